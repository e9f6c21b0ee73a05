"""Promises: a site's knowledge folder for tests: whole files that replace shipped ones, and the site.json that accounts for them.

    site = SiteKnowledge(folder)
    site.change("thresholds.json", lambda data: data["mg_lookback_depleting"].update(value=120))
"""
import json
import pathlib

SHIPPED = pathlib.Path(__file__).resolve().parent.parent.parent / "cards" / "knowledge"


class SiteKnowledge:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.entries = []

    def put(self, path, text, reason="tried in a test", author="A. Pharmacist", date="2026-11-22"):
        """The file as it is given, and its entry in site.json."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        if all(entry["file"] != path for entry in self.entries):
            self.entries.append({"file": path, "date": date, "author": author, "reason": reason})
        self.account()

    def change(self, path, edit, **entry):
        """A copy of the shipped JSON file after `edit(data)`."""
        data = json.loads((SHIPPED / path).read_text(encoding="utf-8"))
        edit(data)
        self.put(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n", **entry)

    def account(self):
        (self.folder / "site.json").write_text(json.dumps({"overrides": self.entries}, indent=2), encoding="utf-8")
