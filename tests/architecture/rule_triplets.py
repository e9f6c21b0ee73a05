"""Promises: a rule is three things that stand together: cards/rules/<rule_id>.cpp, cards/knowledge/policy/<rule-id>.json
and tests/vignettes/<rule-id>/ with at least one case. None is missing and none is an orphan."""
import guard

POLICIES = "cards/knowledge/policy"


def rules_in_code(root):
    """Rule ids (kebab-case) that cards/rules/ implements."""
    return {path.stem.replace("_", "-") for path in (root / "cards/rules").glob("*.cpp")
            if f"Answer {path.stem}(" in guard.without_comments(path.read_text(encoding="utf-8"))}


def faults(root):
    found = []
    code = rules_in_code(root)
    policies = {path.stem for path in (root / POLICIES).glob("*.json")}
    folder = root / "tests/vignettes"
    vignettes = {path.name for path in folder.iterdir() if path.is_dir() and any(path.glob("*.json"))} if folder.is_dir() else set()
    for path in sorted((root / "cards/rules").glob("*.cpp")):
        if path.stem.replace("_", "-") not in code:
            found.append(f"cards/rules/{path.name}: defines no `Answer {path.stem}(...)`: a rule's file is named as its function")
    for rule in sorted(code):
        if rule not in policies:
            found.append(f"cards/rules/{rule.replace('-', '_')}.cpp: has no {POLICIES}/{rule}.json")
        if rule not in vignettes:
            found.append(f"cards/rules/{rule.replace('-', '_')}.cpp: has no case in tests/vignettes/{rule}/")
    for rule in sorted(policies - code):
        found.append(f"{POLICIES}/{rule}.json: belongs to no rule in cards/rules/")
    for rule in sorted(vignettes - code):
        found.append(f"tests/vignettes/{rule}/: belongs to no rule in cards/rules/")
    if not code:
        found.append("cards/rules/: no rule found: this guard would prove nothing")
    return found


if __name__ == "__main__":
    guard.main(__doc__, faults)
