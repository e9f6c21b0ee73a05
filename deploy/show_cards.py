#!/usr/bin/env python3
"""Promises: the cards of a CDS Hooks response in plain words, as a clinician would read them, from a file or standard
input. --expect RULE exits 1 unless a card of that rule is among them. Standard library only."""
import argparse
import json
import re
import sys
import textwrap

WIDTH = 92
SIGNS = {"info": "INFORMATION", "warning": "WARNING", "critical": "CRITICAL"}


def rule_of(card):
    """The rule that a card of ours names, or an empty text."""
    for holder in (card, card.get("source", {})):
        extension = holder.get("extension", {}).get("org.cofactor", {})
        if extension.get("rule"):
            return extension["rule"]
    return ""


def plain(markdown):
    """Lines of text without the marks: emphasis and escapes gone, table rows as columns, bullets kept."""
    lines, rows = [], []

    def flush():
        if rows:
            widths = [max(len(cell) for cell in column) for column in zip(*rows)]
            lines.extend("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)
            rows.clear()

    for line in markdown.splitlines():
        line = re.sub(r"(?<!\\)(\*\*|__|`)", "", line)
        line = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r"\1 <\2>", line)
        if line.lstrip().startswith("|"):
            cells = [re.sub(r"\\(.)", r"\1", cell.strip()) for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
            if not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                rows.append(cells + [""] * (len(rows[0]) - len(cells)) if rows else cells)
            continue
        flush()
        bullet = re.match(r"\s*[-*]\s+", line)
        line = re.sub(r"\\([^\w\s])", r"\1", line)
        line = re.sub(r"^#+\s*", "", line)
        lines.extend(textwrap.wrap(line, WIDTH - 4, subsequent_indent="  " if bullet else "") or [""])
    flush()
    return lines


def show(card, out):
    indicator = card.get("indicator", "?")
    print("+" + "-" * WIDTH, file=out)
    for number, line in enumerate(textwrap.wrap(f"{SIGNS.get(indicator, indicator)}: {card.get('summary', '')}", WIDTH - 2)):
        print(("| " if number == 0 else "|   ") + line, file=out)
    print("|", file=out)
    for line in plain(card.get("detail", "")):
        print(f"|   {line}".rstrip(), file=out)
    suggestions = card.get("suggestions", [])
    if suggestions:
        choose = "choose at most one" if card.get("selectionBehavior") == "at-most-one" else "choose any"
        print(f"|\n|   Offered ({choose}, nothing is done unless you do):", file=out)
        for suggestion in suggestions:
            print(f"|     [ ] {suggestion.get('label', '')}", file=out)
    reasons = [reason.get("display", "") for reason in card.get("overrideReasons", [])]
    if reasons:
        print("|\n|   To pass it by, say why:", file=out)
        for line in textwrap.wrap(" / ".join(reasons), WIDTH - 8):
            print(f"|     {line}", file=out)
    source = card.get("source", {})
    extension = card.get("extension", {}).get("org.cofactor", {})
    basis = f", rule {rule_of(card)}" if rule_of(card) else ""
    strength = f", basis: {extension['evidence']}" if extension.get("evidence") else ""
    print(f"|\n|   From {source.get('label', '?')}{basis}{strength}", file=out)
    print("+" + "-" * WIDTH, file=out)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", default="-", help="a CDS Hooks response; - is standard input")
    parser.add_argument("--expect", metavar="RULE", help="exit 1 unless a card of this rule came")
    given = parser.parse_args()
    try:
        text = sys.stdin.read() if given.file == "-" else open(given.file, encoding="utf-8").read()
        response = json.loads(text)
    except (OSError, ValueError) as problem:
        print(f"show_cards: the response could not be read: {problem}", file=sys.stderr)
        sys.exit(3)
    cards = response.get("cards") if isinstance(response, dict) else None
    if not isinstance(cards, list):
        print("show_cards: this is no CDS Hooks response: it has no `cards`", file=sys.stderr)
        sys.exit(1)
    if not cards:
        print("No card: nothing to say about these orders.")
    for card in cards:
        show(card, sys.stdout)
    if given.expect and given.expect not in [rule_of(card) for card in cards]:
        print(f"show_cards: expected a card of `{given.expect}`, got {[rule_of(card) for card in cards]}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
