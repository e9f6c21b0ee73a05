"""Promises: every mutant, always in the same order: a knowledge file's whole new content, or the place of a change in a source. Knowledge: each number that a rule
reads moved just across its boundary, each swallowed rule no longer swallowed, neighbouring ranks swapped, each group of a value
set emptied. Code: comparisons at their boundary, equality and conditions the other way round, operands of && and || dropped."""
import collections
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


# `change`: the new content of a knowledge file, or (begin, end, new) of a condition in a source text
Mutant = collections.namedtuple("Mutant", "kind name path change")


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
            yield Mutant("threshold", f"thresholds.json {key} {entry['value']} -> {value}", file, dump(changed))
    for path, policy in policies.items():
        for rule in policy["swallows"]:
            changed = dict(policy, swallows=[other for other in policy["swallows"] if other != rule])
            yield Mutant("swallows", f"{path.name} swallows {rule} -> (not)", path, dump(changed))
    ranked = sorted(policies.items(), key=lambda item: item[1]["rank"])
    for (path, low), (_, high) in zip(ranked, ranked[1:]):  # just behind its neighbour; ranks leave gaps
        yield Mutant("rank", f"{path.name} rank {low['rank']} -> behind {high['rule']}", path, dump(dict(low, rank=high["rank"] + 1)))
    for name, column in (("conditions", "groups"), ("labs", "group")):
        path = KNOWLEDGE / "value-sets" / f"{name}.csv"
        rows = list(csv.reader(io.StringIO(path.read_text())))
        at = rows[0].index(column)
        groups = sorted({group.strip() for row in rows[1:] for group in re.split("[; ]+", row[at]) if group.strip()})
        for group in groups:
            out = io.StringIO()
            csv.writer(out, lineterminator="\n").writerows(
                row for row in rows if row is rows[0] or group not in re.split("[; ]+", row[at]))
            yield Mutant("value set", f"{path.name} {group} -> (empty)", path, out.getvalue())


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
                           (c == "=" and code[at - 1].isspace() and code[at + 1].isspace())):
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


def condition(text, code, kind, begin, end, new):
    """The whole condition that a change stands in, as (begin, end, new)."""
    start, stop = begin, end
    if kind in ("comparison", "equality") and text[end - 1] == "(":  # above(a, b)
        stop = operand_end(code, end)
        while code[stop] == ",":
            stop = operand_end(code, stop + 1)
        stop += 1
    elif kind in ("comparison", "equality"):
        start, stop = operand_begin(code, begin), operand_end(code, end)
    new = text[start:begin] + new + text[end:stop]
    while text[start].isspace():
        start += 1
    while text[stop - 1].isspace():
        stop -= 1
    return start, stop, new.strip()


def code(only=""):
    for pattern in CODE:
        for path in sorted(ROOT.glob(pattern)):
            name = str(path.relative_to(ROOT))
            if only not in name:
                continue
            text, seen = path.read_text(), {}
            plain = lambda part: " ".join(part.split())
            for kind, *edit in sorted(set(edits(text)), key=lambda e: e[1:]):
                begin, end, new = condition(text, masked(text), kind, *edit)
                change = f"`{plain(text[begin:end])}` -> `{plain(new)}`"
                seen[change] = seen.get(change, 0) + 1  # the second of its like in a file says so
                again = f" #{seen[change]}" if seen[change] > 1 else ""
                line = text.count("\n", 0, edit[0]) + 1
                yield Mutant(kind, f"{name}:{line} {change}{again}", path, (begin, end, new))


def all_in_one(text, changes):
    """The source with every change in it, of which `cofactor_mutant` says the one in force (1 is the first; 0 is none): conditions
    lie in each other, so that each is written around those inside it. None when two of them cross."""
    order = sorted(range(len(changes)), key=lambda i: (changes[i][0], -changes[i][1]))

    def written(begin, end, inside):
        out, at = "", begin
        while inside:
            first, last, _ = changes[inside[0]]
            same = [i for i in inside if changes[i][:2] == (first, last)]
            inner = [i for i in inside if i not in same and changes[i][0] < last]
            if first < at or any(changes[i][1] > last for i in inner):
                return None
            body = written(first, last, inner)
            if body is None:
                return None
            choice = "".join(f"cofactor_mutant == {i + 1} ? static_cast<bool>({changes[i][2]}) : " for i in same)
            out += text[at:first] + f" ({choice}static_cast<bool>({body})) "
            at, inside = last, [i for i in inside if i not in same and i not in inner]
        return out + text[at:end]

    return written(0, len(text), order)
