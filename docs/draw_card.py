#!/usr/bin/env python3
"""Promises: a picture (SVG) of the first card of a CDS Hooks response, laid out the way record systems show cards: a
colour for the indicator, summary, detail, what is offered, how to pass it by, and the source.

  build/release/cds-service/cofactor evaluate --as-of 2026-03-01 deploy/examples/order-sign-high-dose.json \\
    | docs/draw_card.py > docs/card.svg
"""
import html
import json
import pathlib
import sys
import textwrap

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "deploy"))
import show_cards  # noqa: E402  (the same reading of Markdown as on the terminal)

WIDTH, LEFT, LINE = 760, 34, 20
COLOURS = {"info": ("#1f6feb", "Information"), "warning": ("#b35900", "Warning"), "critical": ("#b3261e", "Critical")}


class Drawing:
    """Lines of text from top to bottom; knows how far down it is."""

    def __init__(self):
        self.parts, self.y = [], 16

    def text(self, words, size=14, weight="normal", colour="#1b1f24", x=LEFT, step=LINE):
        self.y += step
        self.parts.append(f'<text x="{x}" y="{self.y}" font-size="{size}" font-weight="{weight}" fill="{colour}" '
                          f'xml:space="preserve">{html.escape(words)}</text>')

    def button(self, label, x):
        width = 22 + int(len(label) * 7.2)
        self.parts.append(f'<rect x="{x}" y="{self.y + 12}" width="{width}" height="28" rx="5" fill="#fff" stroke="#57606a"/>'
                          f'<text x="{x + 11}" y="{self.y + 31}" font-size="13" fill="#1b1f24">{html.escape(label)}</text>')
        return x + width + 10


def draw(card):
    colour, name = COLOURS[card["indicator"]]
    page = Drawing()
    page.text(name.upper(), 12, "bold", colour)
    for line in textwrap.wrap(card["summary"], 80):
        page.text(line, 16, "bold", step=23)
    page.y += 6
    for line in show_cards.plain(card.get("detail", "")):
        page.text(line) if line else setattr(page, "y", page.y + 8)
    x = LEFT
    page.y += 4
    for suggestion in card.get("suggestions", []):
        x = page.button(suggestion["label"], x)
    if card.get("overrideReasons"):
        page.button("Pass by, because …  ▾", x)
    page.y += 48
    page.text(f"{card['source']['label']} · rule {show_cards.rule_of(card)}", 12, colour="#57606a")
    height = page.y + 20
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
            f'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif" role="img" '
            f'aria-label="{html.escape(card["summary"], quote=True)}">\n'
            f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8" fill="#ffffff" stroke="#d0d7de"/>\n'
            f'<rect x="8" y="12" width="6" height="{height - 24}" rx="3" fill="{colour}"/>\n' + "\n".join(page.parts) + "\n</svg>\n")


def main():
    response = json.load(sys.stdin)
    if not response.get("cards"):
        sys.exit("draw_card: the response has no card")
    sys.stdout.write(draw(response["cards"][0]))


if __name__ == "__main__":
    main()
