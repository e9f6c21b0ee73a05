"""Promises: small hook requests for tests, made of fictional data. Days are counted back from today in UTC, because the
service judges by its clock. Each call gives a new object, free to be changed."""
import copy
import datetime
import uuid

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
PATIENT = "pt-30817"


def day(days_ago):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return (today - datetime.timedelta(days=days_ago)).isoformat()


def order(order_id, code, text, sig, frequency=1, period=1, unit="d", status="draft", patient=PATIENT, **more):
    return {
        "resourceType": "MedicationRequest", "id": order_id, "status": status, "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": code}], "text": text},
        "subject": {"reference": f"Patient/{patient}"},
        "dosageInstruction": [{
            "text": sig, "timing": {"repeat": {"frequency": frequency, "period": period, "periodUnit": unit}},
            "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "capsule"}}]}],
        **more}


def weekly_vitamin_d(order_id="draft-1", **more):
    return order(order_id, "1367410", "ergocalciferol 50,000 unit capsule", "Take 1 capsule by mouth once a week", unit="wk", **more)


def omeprazole(order_id="mr-omeprazole", **more):
    return order(order_id, "198051", "omeprazole 20 mg capsule", "Take 1 capsule by mouth once daily", status="active",
                 authoredOn=day(700), **more)


def lisinopril(order_id="draft-2", **more):
    return order(order_id, "314076", "lisinopril 10 mg tablet", "Take 1 tablet by mouth once daily", **more)


def magnesium(value=2.0, days_ago=10, observation_id="mg-1", patient=PATIENT, **more):
    return {
        "resourceType": "Observation", "id": observation_id, "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "19123-9"}]}, "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": day(days_ago),
        "valueQuantity": {"value": value, "unit": "mg/dL", "system": UCUM, "code": "mg/dL"}, **more}


def bundle(*resources, **more):
    return {"resourceType": "Bundle", "type": "searchset", "total": len(resources),
            "entry": [{"resource": resource} for resource in resources], **more}


def empty_bundle():
    return {"resourceType": "Bundle", "type": "searchset", "total": 0}


def patient(patient_id=PATIENT, born="1961-04-22"):
    return {"resourceType": "Patient", "id": patient_id, "gender": "female", "birthDate": born}


def prefetch(**changes):
    """Everything asked for and nothing found but omeprazole; `changes` replace keys, None is JSON null, ... leaves a key out."""
    values = {"patient": patient(), "medications": bundle(omeprazole()), "statements": empty_bundle(), "magnesium": None,
              "vitaminD": empty_bundle(), "calciumRenal": empty_bundle(), "conditions": empty_bundle(),
              "serviceRequests": empty_bundle()}
    values.update(changes)
    return {key: value for key, value in values.items() if value is not ...}


def request(*drafts, hook="order-sign", patient_id=PATIENT, selections=None, **members):
    """A call that fires `high-dose-ppi` unless told otherwise. `members` replace top-level members; ... leaves one out."""
    drafts = drafts or (weekly_vitamin_d(),)
    context = {"userId": "Practitioner/dr-114", "patientId": patient_id, "encounterId": "enc-88213",
               "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": draft} for draft in drafts]}}
    if hook == "order-select":
        context["selections"] = selections if selections is not None else [f"{d['resourceType']}/{d['id']}" for d in drafts]
    body = {"hook": hook, "hookInstance": str(uuid.uuid4()), "context": context, "prefetch": prefetch()}
    body.update(members)
    return copy.deepcopy({key: value for key, value in body.items() if value is not ...})


def rules_of(cards):
    return [card["extension"]["org.cofactor"]["rule"] for card in cards]


def without_identity(value):
    """Cards without what is new in every call: uuids and the decision."""
    if isinstance(value, dict):
        return {key: without_identity(item) for key, item in value.items() if key not in ("uuid", "decision")}
    if isinstance(value, list):
        return [without_identity(item) for item in value]
    return value
