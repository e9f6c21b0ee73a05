"""Promises: no SQL is built from data (T-SQL-1). Only cds-service/audit/sqlite.cpp speaks to SQLite; what is prepared or
executed is made of string literals and constexpr texts of the same file, and no SQL literal is joined with anything else.
Values travel as bound parameters. The few other texts, all of our own making, are named here."""
import re

import guard

SPEAKS_SQLITE = "cds-service/audit/sqlite.cpp"
# What may stand in SQL beside literals, by file: names of our own tables, numbers of ours, loops over lists of literals.
OUR_OWN = {
    SPEAKS_SQLITE: {"sql"},
    "cds-service/audit/record_writer.cpp": {"sql"},  # a loop over a list of literals
    "cds-service/audit/schema.cpp": {"table", "change", "step.sql", "sql.c_str()", "mark.c_str()", "std::to_string(application_id)", "std::to_string(version)"},
    "cds-service/report/report.cpp": {"sql"},  # a parameter of type const char*; its callers hand in literals
}
CALL = re.compile(r"(?:\.|->)\s*(prepare|prepare_kept|execute)\s*\(|database\w*(?:\(\))?\s*(?:\.|->)\s*integer\s*\(")
LITERAL = re.compile(r'(?:R"(?P<mark>[^ ()\\\t\n]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*")', re.S)
SQL = re.compile(r'^(?:R"\w*\(|")\s*(SELECT|INSERT (?:OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|REPLACE INTO|CREATE (?:TABLE|TRIGGER|INDEX|TEMP|UNIQUE)|'
                 r'DROP (?:TABLE|TRIGGER|INDEX)|ALTER TABLE|PRAGMA|ATTACH|WITH \w+ AS|WHERE|ORDER BY|AND \w+ [=<>]|VALUES \()')
FIXED = re.compile(r"\bconstexpr\s+(?:const\s+)?(?:std::string_view|char|auto)\s*(?:const)?\s*\*?\s*(\w+)(?:\[\])?\s*=")
# A loop over nothing but literals makes its name one.
LOOP = re.compile(r"for \(const char\s*\*\s*(\w+)\s*:\s*\{((?:\s|,|" + LITERAL.pattern.replace("?P<mark>", "").replace("(?P=mark)", r"\w*") + r")*)\}\)", re.S)


def ends_at(text, at):
    """Where the bracket that is open at `at` is closed; literals are skipped."""
    depth = 0
    while at < len(text):
        literal = LITERAL.match(text, at)
        if literal:
            at = literal.end()
            continue
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}":
            if depth == 0:
                return at
            depth -= 1
        elif text[at] in ",;" and depth == 0:
            return at
        at += 1
    return at


def operands(expression):
    """The parts of a + b + c; neighbouring literals are one."""
    parts, at, begin, depth = [], 0, 0, 0
    while at < len(expression):
        literal = LITERAL.match(expression, at)
        if literal:
            at = literal.end()
            continue
        depth += expression[at] in "([{"
        depth -= expression[at] in ")]}"
        if expression[at] == "+" and depth == 0:
            parts.append(expression[begin:at])
            begin = at + 1
        at += 1
    return [part.strip() for part in (*parts, expression[begin:])]


def is_fixed(part, fixed, own):
    part = re.sub(r"^std::string(?:_view)?\((.*)\)$", r"\1", part, flags=re.S).strip()
    return not LITERAL.sub("", part).strip() or part in fixed or part in own


def faults(root):
    found = []
    for path in guard.sources(root, rooms=("cds-service",)):
        name = path.as_posix()
        text = guard.without_comments((root / path).read_text(encoding="utf-8"))
        fixed = set(FIXED.findall(text)) | {loop.group(1) for loop in LOOP.finditer(text)}
        own = OUR_OWN.get(name, set())
        line = lambda at: text.count("\n", 0, at) + 1  # noqa: E731
        if name != SPEAKS_SQLITE:
            for number, what in guard.matches(r"#include\s*<sqlite3\.h>|\bsqlite3_\w+\s*\(", guard.code_only(text)):
                found.append(f"{name}:{number}: `{what}`: only {SPEAKS_SQLITE} speaks to SQLite")
        for call in CALL.finditer(text):
            argument = text[call.end():ends_at(text, call.end())]
            if not argument.strip() or argument.strip() == "database":  # a function of another kind
                continue
            for part in operands(argument):
                if not is_fixed(part, fixed, own):
                    found.append(f"{name}:{line(call.start())}: `{part[:60]}` is no fixed SQL: bind it as a parameter")
        for literal in LITERAL.finditer(text):
            if not SQL.match(literal.group(0)):
                continue
            before, after = text[:literal.start()].rstrip(), text[literal.end():].lstrip()
            while (more := LITERAL.match(after)):
                after = after[more.end():].lstrip()
            if re.search(r"(\+=|<<|\b(?:append|format|replace|insert)\s*\()$", before) or re.search(r"\b\w*printf\s*\([^;{}]{0,80}$", before):
                found.append(f"{name}:{line(literal.start())}: SQL is put together: {literal.group(0)[:60]}")
            elif after.startswith("+") and not after.startswith("++"):
                rest = after[1:]
                for part in operands(rest[:ends_at(rest, 0)]):
                    if not is_fixed(part, fixed, own):
                        found.append(f"{name}:{line(literal.start())}: `{part[:60]}` is joined to SQL: bind it as a parameter")
    return sorted(set(found))


if __name__ == "__main__":
    guard.main(__doc__, faults)
