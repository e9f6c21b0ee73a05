"""Promises: every source file says in its first lines what it promises, is named in snake_case, is at most 450 lines
long, and lives in no drawer called utils, common, helpers, core or manager."""
import re

import guard

COMMENT = {".hpp": "//", ".cpp": "//", ".py": ("#", '"""'), ".sh": "#", ".js": ("//", "#!"), ".mjs": ("//", "#!"), ".lua": "--"}
ROOMS = (*guard.ROOMS, "tests", "deploy")
LONGEST = 450
DRAWERS = re.compile(r"(^|_)(util|utils|common|helper|helpers|manager|managers|core|misc)(_|$)")
NAME = re.compile(r"^[a-z][a-z0-9_]*$")


def faults(root):
    found = []
    for path in guard.sources(root, rooms=ROOMS, endings=tuple(COMMENT)):
        name = path.as_posix()
        lines = (root / path).read_text(encoding="utf-8").splitlines()
        if len(lines) > LONGEST:
            found.append(f"{name}: {len(lines)} lines, more than {LONGEST}: split it by what it promises")
        opening = next((line.strip() for line in lines if line.strip() and not line.startswith("#!")), "")
        if not opening.startswith(COMMENT[path.suffix]) or len(opening) < 20:
            found.append(f"{name}: opens without saying what it promises")
        if not NAME.match(path.stem.removesuffix(".cpp")):
            found.append(f"{name}: a file name is snake_case")
        for part in (*path.parts[:-1], path.stem):
            if DRAWERS.search(part.replace("-", "_")):
                found.append(f"{name}: `{part}` is a drawer, not a subject: name what is in it")
    return found


if __name__ == "__main__":
    guard.main(__doc__, faults)
