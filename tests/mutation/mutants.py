"""Promises: every mutant, as (kind, name, file, whole new content), always in the same order. Knowledge: each number that a rule
reads moved just across its boundary, each swallowed rule no longer swallowed, neighbouring ranks swapped, each group of a value
set emptied. Code: comparisons at their boundary, equality and conditions the other way round, operands of && and || dropped."""
import csv
import io
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
KNOWLEDGE = ROOT / "cards" / "knowledge"
CODE = ["cards/rules/*.cpp", "cards/rules/absence.hpp", "cards/rules/on_board.hpp", "cards/engine/merge.cpp",
        "cards/engine/order.cpp"] + ["cards/facts/%s.cpp" % name for name in (
            "situation", "magnesium_state", "depleters", "vitamin_d_total", "calcium_state", "thiazide_calcium", "vitamin_d_level",
            "treatment_response", "dose_safety", "relevance")]


def nudged(value):
    """Just across the boundary, both ways."""
    step = 1 if float(value).is_integer() and value >= 10 else 0.01 if value < 2 else 0.1
    return [round(value - step, 6), round(value + step, 6)]


def dump(value):
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def knowledge():
    policies = {path: json.loads(path.read_text()) for path in sorted((KNOWLEDGE / "policy").glob("*.json"))}
    used = {key for policy in policies.values() for key in policy["thresholds"]}
    file = KNOWLEDGE / "thresholds.json"
    thresholds = json.loads(file.read_text())
    for key, entry in thresholds.items():
        for value in nudged(entry["value"]) if key in used else []:
            changed = {name: dict(other) for name, other in thresholds.items()}
            changed[key]["value"] = value
            changed[key].pop("bounds", None)
            yield "threshold", f"thresholds.json {key} {entry['value']} -> {value}", file, dump(changed)
    for path, policy in policies.items():
        for rule in policy["swallows"]:
            changed = dict(policy, swallows=[other for other in policy["swallows"] if other != rule])
            yield "swallows", f"{path.name} swallows {rule} -> (not)", path, dump(changed)
    ranked = sorted(policies.items(), key=lambda item: item[1]["rank"])
    for (path, low), (_, high) in zip(ranked, ranked[1:]):  # just behind its neighbour; ranks leave gaps
        yield "rank", f"{path.name} rank {low['rank']} -> behind {high['rule']}", path, dump(dict(low, rank=high["rank"] + 1))
    for name, column in (("conditions", "groups"), ("labs", "group")):
        path = KNOWLEDGE / "value-sets" / f"{name}.csv"
        rows = list(csv.reader(io.StringIO(path.read_text())))
        at = rows[0].index(column)
        groups = sorted({group.strip() for row in rows[1:] for group in re.split("[; ]+", row[at]) if group.strip()})
        for group in groups:
            out = io.StringIO()
            csv.writer(out, lineterminator="\n").writerows(
                row for row in rows if row is rows[0] or group not in re.split("[; ]+", row[at]))
            yield "value set", f"{path.name} {group} -> (empty)", path, out.getvalue()


def masked(text):
    """Same length, with remarks, texts and preprocessor lines blanked."""
    hide = lambda m: re.sub(r"[^\n]", "~", m[0])
    text = re.sub(r'"(\\.|[^"\\\n])*"', hide, text)
    text = re.sub(r"'(\\.|[^'\\\n])'", hide, text)
    text = re.sub(r"//[^\n]*", lambda m: " " * len(m[0]), text)
    return re.sub(r"(?m)^ *(#|static_assert|template)[^\n]*", lambda m: " " * len(m[0]), text)


def operand_end(code, at):
    depth = 0
    while at < len(code):
        c = code[at]
        if depth == 0 and (c in ")]};,?" or code[at:at + 2] in ("&&", "||") or (c == ":" and code[at - 1] == " ")):
            return at
        depth += (c in "([{") - (c in ")]}")
        at += 1
    return at


def operand_begin(code, at):
    depth = 0
    while at > 0:
        at -= 1
        c = code[at]
        if depth == 0 and (c in "([{;,?" or code[at - 1:at + 1] in ("&&", "||") or (c == ":" and code[at - 1] == " ") or
                           (c == "=" and code[at - 1] == " " and code[at + 1] == " ")):
            return at + 1
        if depth == 0 and code[at - 5:at + 1] == "return":
            return at + 1
        depth += (c in ")]}") - (c in "([{")
    return at


def edits(text):
    """(kind, begin, end, replacement) of each change of a source text."""
    code = masked(text)
    for kind, pattern, new in (("comparison", r"(?<= )<(?= )", "<="), ("comparison", r" <= ", " < "), ("comparison", r"(?<= )>(?= )", ">="),
                               ("comparison", r" >= ", " > "), ("equality", r" == ", " != "), ("equality", r" != ", " == ")):
        for m in re.finditer(pattern, code):
            yield kind, m.start(), m.end(), new
    for m in re.finditer(r"(?<![\w.])(above|below)\(", code):
        if code[:m.start()].endswith("bool "):
            continue
        yield "comparison", m.start(), m.end(), ("!below(" if m[1] == "above" else "!above(")
    for m in re.finditer(r"&&|\|\|", code):
        neutral = "true ||" if m[0] == "&&" else "false &&"
        begin, end = m.end(), operand_end(code, m.end())
        yield "operand dropped", begin, end, f" ({neutral} ({text[begin:end].strip()}))"
        begin, end = operand_begin(code, m.start()), m.start()
        if code[begin - 2:begin] not in ("&&", "||"):
            yield "operand dropped", begin, end, f" ({neutral} ({text[begin:end].strip()})) "
    for m in re.finditer(r"\bif \(", code):
        begin = end = m.end()
        depth = 1
        while depth:
            depth += {"(": 1, ")": -1}.get(code[end], 0)
            end += 1
        inner = text[begin:end - 1]
        if re.fullmatch(r"[^&|?;]* [=!]= [^&|?;]*", code[begin:end - 1]):
            continue  # the equality the other way round is the same mutant
        if ";" in code[begin:end - 1]:
            begin += code[begin:end].index(";") + 1
            yield "condition negated", begin, end - 1, f" !({text[begin:end - 1].strip()})"
        elif re.match(r"(const )?auto\b", inner):
            continue
        else:
            yield "condition negated", begin, end - 1, f"!({inner})"
    for m in re.finditer(r"\breturn (true|false);", code):
        yield "answer", m.start(1), m.end(1), "false" if m[1] == "true" else "true"
    for m in re.finditer(r" \? ", code):
        begin = m.start()
        while True:  # the whole condition, && and || included
            begin = operand_begin(code, begin)
            if code[begin - 2:begin] not in ("&&", "||"):
                break
            begin -= 2
        if not re.fullmatch(r"[^&|?;]* [=!]= [^&|?;]*", code[begin:m.start()]):
            yield "condition negated", begin, m.start(), f" !({text[begin:m.start()].strip()})"


def told(text, kind, begin, end, new):
    """What a person reads of a change: for an operator the comparison that it stands in."""
    old = text[begin:end]
    if kind in ("comparison", "equality", "answer"):
        code = masked(text)
        start = begin - len("return ") if kind == "answer" else operand_begin(code, begin)
        stop = end if kind == "answer" else operand_end(code, end)
        old, new = text[start:stop], text[start:begin] + new + text[end:stop]
    return f"`{' '.join(old.split())}` -> `{' '.join(new.split())}`"


def code(only=""):
    for pattern in CODE:
        for path in sorted(ROOT.glob(pattern)):
            name = str(path.relative_to(ROOT))
            if only not in name:
                continue
            text = path.read_text()
            seen = {}
            for kind, begin, end, new in sorted(set(edits(text)), key=lambda e: e[1:]):
                line = text.count("\n", 0, begin) + 1
                change = told(text, kind, begin, end, new)
                seen[change] = seen.get(change, 0) + 1  # the second of its like in a file says so
                again = f" #{seen[change]}" if seen[change] > 1 else ""
                yield kind, f"{name}:{line} {change}{again}", path, text[:begin] + new + text[end:]
