"""Promises: no clinical code, dose unit, threshold or sentence for a clinician stands in cds-service/: they are data in
cards/knowledge/ and sentences of cards/. Names of prefetch keys and examples in --help texts are no content."""
import re

import guard

# A LOINC code; a bare RxNorm, SNOMED CT or ATC code as a whole literal.
CODES = re.compile(r'"(\d{3,5}-\d|\d{5,18}|[A-V]\d\d[A-Z]{2}\d\d)"')
# A dose or a lab value with its unit.
AMOUNTS = re.compile(r"\d\s*(IU|UNT|mcg|ug|mmol/L|mg/dL|mEq/L|ng/mL|nmol/L)\b|\bIU/(day|d)\b", re.I)
# Drug and disease words: in a literal of several words they make a sentence.
WORDS = re.compile(r"\b(magnesium|vitamin|ergocalciferol|cholecalciferol|diuretic|omeprazole|proton pump|hypomagnes\w*|calcium|creatinine|"
                   r"furosemide|hydrochlorothiazide|deficiency|hospice|renal)\b", re.I)
# The command line shows examples and discovery names the service; both are for engineers.
MAY_SAY_WORDS = ("cds-service/cli/", "cds-service/hooks/discovery")


def faults(root):
    found = []
    for path in guard.sources(root, rooms=("cds-service",)):
        name = path.as_posix()
        text = (root / path).read_text(encoding="utf-8")
        for line, literal in guard.string_literals(text):
            if CODES.search(literal):
                found.append(f"{name}:{line}: {literal} looks like a clinical code")
            if AMOUNTS.search(literal):
                found.append(f"{name}:{line}: {literal} holds a clinical amount")
            if WORDS.search(literal) and literal.count(" ") >= 2 and not name.startswith(MAY_SAY_WORDS):
                found.append(f"{name}:{line}: {literal} is a clinical sentence")
    return found


if __name__ == "__main__":
    guard.main(__doc__, faults)
