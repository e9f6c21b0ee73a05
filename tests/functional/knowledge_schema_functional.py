"""Proves: the schemas of cards/knowledge/schema describe every shipped knowledge file, and refuse and accept what the
program refuses and accepts: each fault that a schema can name is planted, one at a time, and shown to both."""
import copy
import csv
import fnmatch
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from running_service import run  # noqa: E402
from site_knowledge import SHIPPED, SiteKnowledge  # noqa: E402

SCHEMAS = {path.name.removesuffix(".schema.json"): json.loads(path.read_text(encoding="utf-8"))
           for path in sorted((SHIPPED / "schema").glob("*.schema.json"))}
VALIDATORS = {name: jsonschema.Draft202012Validator(schema) for name, schema in SCHEMAS.items()}
SITE_ONLY = {"site", "formulary"}  # formulary_functional.py shows the latter to both


def is_table(schema):
    return all(pattern.endswith(".csv") for pattern in schema["x-files"])


def schema_of(path):
    """The one schema that describes that file."""
    found = [name for name, schema in SCHEMAS.items() if any(fnmatch.fnmatch(path, pattern) for pattern in schema["x-files"])]
    assert len(found) == 1, f"{path} is described by {found or 'no schema'}: cards/knowledge/schema needs exactly one"
    return found[0]


def shipped_files():
    return sorted(path.relative_to(SHIPPED).as_posix() for path in SHIPPED.rglob("*")
                  if path.suffix in (".json", ".csv") and "schema" not in path.relative_to(SHIPPED).parts)


def read_table(text):
    """Header and (line, cells) of each row, as the program counts lines; no shipped field holds a line break."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line and not line.startswith("#")]
    rows = [(number, next(csv.reader([line]))) for number, line in lines]
    return rows[0][1], rows[1:]


def write_table(header, rows):
    cell = lambda text: '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n') else text  # noqa: E731
    return "\n".join(",".join(map(cell, row)) for row in [header, *rows]) + "\n"


def at(instance, pointer):
    for part in pointer:
        instance = instance[part]
    return instance


def faults(schema, instance, pointer=()):
    """(what, where, changed root maker) for everything the schema says about this value; maps show one entry."""
    def changed(where, value, remove=False):
        def make(root):
            root = copy.deepcopy(root)
            holder = at(root, where[:-1])
            if remove:
                del holder[where[-1]]
            else:
                holder[where[-1]] = value
            return root
        return make
    kind = schema.get("type", "string")
    if pointer:
        wrong = {"string": 7, "number": "seven", "integer": "seven", "array": "seven", "object": "seven"}[kind]
        yield "another type", pointer, changed(pointer, wrong)
    if kind == "string" and schema.get("minLength"):
        yield "empty", pointer, changed(pointer, "")
    if kind == "string" and "pattern" in schema:
        yield "another pattern", pointer, changed(pointer, "}?{")
    if kind == "string" and "enum" in schema:
        yield "another word", pointer, changed(pointer, "perhaps")
    if "exclusiveMinimum" in schema:
        yield "too small", pointer, changed(pointer, schema["exclusiveMinimum"])
    if kind == "integer":
        yield "no whole number", pointer, changed(pointer, 1.5)
        yield "too small", pointer, changed(pointer, schema["minimum"] - 1)
        yield "too large", pointer, changed(pointer, schema["maximum"] + 1)
    if kind == "array":
        if schema.get("minItems"):
            yield "an empty list", pointer, changed(pointer, [])
        if schema.get("uniqueItems") and instance:
            yield "twice", (*pointer, len(instance)), changed(pointer, [*instance, instance[0]])
        if instance:
            yield from faults(schema["items"], instance[0], (*pointer, 0))
    if kind == "object":
        if schema.get("additionalProperties") is False:
            yield "unknown member", (*pointer, "sauce"), changed((*pointer, "sauce"), "hot")
        for name in schema.get("required", ()):
            yield "missing", (*pointer, name), changed((*pointer, name), None, remove=True)
        for name, member in schema.get("properties", {}).items():
            if name in instance:
                yield from faults(member, instance[name], (*pointer, name))
            else:
                yield "a wrong value", (*pointer, name), changed((*pointer, name), 7)
        if isinstance(schema.get("additionalProperties"), dict) and instance:
            name = next(iter(instance))
            yield from faults(schema["additionalProperties"], instance[name], (*pointer, name))


class Shipped(unittest.TestCase):
    def test_SchemasAreSchemasAndDescribeEveryColumnAndMember(self):
        def undescribed(schema, where):
            for name, member in schema.get("properties", {}).items():
                if "description" not in member:
                    yield f"{where}/{name}"
                yield from undescribed(member, f"{where}/{name}")
            for inner in ("items", "additionalProperties"):
                if isinstance(schema.get(inner), dict):
                    yield from undescribed(schema[inner], f"{where}/{inner}")
        for name, schema in SCHEMAS.items():
            jsonschema.Draft202012Validator.check_schema(schema)
            self.assertEqual(list(undescribed(schema, name)), [])
            self.assertIn("description", schema)
            self.assertTrue(any(fnmatch.fnmatch(path, pattern) for path in shipped_files() for pattern in schema["x-files"]) or name in SITE_ONLY, name)

    def test_EveryShippedFileFitsItsSchema(self):
        for path in shipped_files():
            name = schema_of(path)
            text = (SHIPPED / path).read_text(encoding="utf-8")
            if not is_table(SCHEMAS[name]):
                self.assertEqual([f"{path} {list(e.absolute_path)}: {e.message}" for e in VALIDATORS[name].iter_errors(json.loads(text))], [])
                continue
            header, rows = read_table(text)
            self.assertEqual(header, SCHEMAS[name]["required"], path)
            self.assertTrue(rows, path)
            for line, cells in rows:
                row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
                self.assertEqual([f"{path} line {line} {list(e.absolute_path)}: {e.message}" for e in VALIDATORS[name].iter_errors(row)], [])


class Faults(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cofactor-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def check(self, path, text):
        """The program's verdict on a site that has this one file: exit code and lines."""
        shutil.rmtree(self.folder)
        site = SiteKnowledge(self.folder)
        if path == "site.json":
            site.change("thresholds.json", lambda data: data["mg_repeat_days"].update(note="as before"))
            (self.folder / path).write_text(text, encoding="utf-8")
        else:
            site.put(path, text)
        done = run("knowledge", "check", str(self.folder))
        return done.returncode, done.stdout.splitlines()

    def test_BothRefuseEachFaultOfAJsonFileAtTheSamePlace(self):
        examples = {path: json.loads((SHIPPED / path).read_text(encoding="utf-8"))
                    for path in ("thresholds.json", "sentences.json", "override-reasons.json", "lab-orders.json", "evidence.json",
                                 "forbidden-wording.json",
                                 "policy/high-dose-ppi.json")}
        examples["site.json"] = {"overrides": [{"file": "thresholds.json", "date": "2026-03-01", "author": "A", "reason": "R"}]}
        self.assertEqual({schema_of(path) for path in examples}, {name for name, schema in SCHEMAS.items() if not is_table(schema)})
        tried = 0
        for path, example in examples.items():
            name = schema_of(path)
            self.assertEqual(self.check(path, json.dumps(example))[0], 0, path)
            for what, where, make in faults(SCHEMAS[name], example):
                broken, pointer = make(example), "/" + "/".join(map(str, where))
                with self.subTest(file=path, pointer=pointer, fault=what):
                    tried += 1
                    self.assertFalse(VALIDATORS[name].is_valid(broken), "the schema accepts it")
                    code, lines = self.check(path, json.dumps(broken))
                    self.assertEqual(code, 1, "the program accepts it")
                    self.assertTrue(any(line.startswith(f"{path} {pointer}:") for line in lines), lines)
        self.assertGreater(tried, 100)

    TABLE_FAULTS = {
        "products/ndc.csv": [("system", "icd9"), ("code", ""), ("code", "12-34-56-78"), ("level", "pack"), ("ingredients", ""),
                             ("ingredients", "omeprazole"), ("ingredients", "omeprazole=ppis"), ("vitamin_d_iu", "many"), ("vitamin_d_iu", "0"),
                             ("vitamin_d_per", "cup"), ("elemental_magnesium_mg", "-3"), ("use", "external"), ("combination", "no"),
                             ("course_days", "two weeks"), ("source", "")],
        "products/snomed-substances.csv": [("code", "18414"), ("code", "1841400X")],
        "names.csv": [("words", "-"), ("ingredients", "=ppi"), ("where", "end"), ("weak", "maybe"), ("strength_is", "total"), ("use", "x"),
                      ("combination", "1"), ("vitamin_d_per", "drop"), ("source", "")],
        "do-not-use.csv": [("system", ""), ("code", ""), ("why", ""), ("source", "")],
        "value-sets/labs.csv": [("loinc", "19123"), ("group", "magnesium-blut"), ("group", ""), ("source", "")],
        "value-sets/conditions.csv": [("system", "icd10"), ("code", "44054O06"), ("code", ""), ("groups", ""), ("source", "")],
        "value-sets/routes.csv": [("kind", "text"), ("value", "26643006a"), ("route", "unknown"), ("in_product_text", "perhaps"), ("source", "")],
        "value-sets/class-routes.csv": [("class", "ppis"), ("route", "nose"), ("effect", "none"), ("source", "")],
    }

    def test_BothRefuseEachFaultOfATableInTheSameCell(self):
        self.assertEqual({schema_of(path) for path in self.TABLE_FAULTS}, {name for name, schema in SCHEMAS.items() if is_table(schema)} - SITE_ONLY)
        for path, planted in self.TABLE_FAULTS.items():
            validator = VALIDATORS[schema_of(path)]
            header, rows = read_table((SHIPPED / path).read_text(encoding="utf-8"))
            for column, value in planted:
                with self.subTest(file=path, column=column, value=value):
                    broken = [list(cells) for _, cells in rows]
                    broken[0][header.index(column)] = value
                    self.assertFalse(validator.is_valid(dict(zip(header, broken[0]))), "the schema accepts it")
                    code, lines = self.check(path, write_table(header, broken))
                    self.assertEqual(code, 1, "the program accepts it")
                    self.assertTrue(any(line.startswith(f"{path} line 2, column {column}:") for line in lines), lines)

    def test_BothRefuseATableWithOtherColumns(self):
        for path in self.TABLE_FAULTS:
            header, rows = read_table((SHIPPED / path).read_text(encoding="utf-8"))
            code, lines = self.check(path, write_table(header[:-1], [cells[:-1] for _, cells in rows]))
            self.assertEqual(code, 1)
            self.assertTrue(any(line.startswith(f"{path} line 1: the first row must be") for line in lines), lines)
            self.assertFalse(VALIDATORS[schema_of(path)].is_valid(dict(zip(header[:-1], rows[0][1]))))


if __name__ == "__main__":
    unittest.main(verbosity=1)
