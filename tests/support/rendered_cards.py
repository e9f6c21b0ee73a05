"""Promises: what a card's texts become in a client that renders GitHub Flavored Markdown with raw HTML allowed, and what
of that came from anywhere but our own templates: elements, attributes, addresses that turn into links, characters that
nobody sees. The renderer is Debian's cmark-gfm with its GFM extensions and without its tag filter.

    faults = faults_of_cards(cards)        # one sentence each; empty is what is wanted
"""
import html.parser
import re
import subprocess
import unicodedata

RENDERER = ["cmark-gfm", "--unsafe", "-e", "table", "-e", "strikethrough", "-e", "autolink", "-e", "tasklist"]
# What renderers look for in finished text (remark-gfm does so after the escapes are gone): addresses and e-mail.
LINK_IN_TEXT = re.compile(r"(?:https?|ftp)://|\bwww\.|[\w.+-]+@[\w-]+\.\w", re.I)
# Arabic, Syriac and Kaithi number and end-of-text signs are format characters that are seen.
SEEN = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
SEPARATOR = "\n\n# card\n\n"


class Elements(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.cards, self.in_separator = [], False

    def handle_starttag(self, tag, attributes):
        if tag == "h1" and not attributes:
            self.cards.append(([], []))
            self.in_separator = True
        else:
            self.cards[-1][0].append(tag + "".join(f" {name}={value!r}" for name, value in attributes))

    def handle_endtag(self, tag):
        self.in_separator = self.in_separator and tag != "h1"

    def handle_data(self, data):
        if not self.in_separator:
            self.cards[-1][1].append(data)

    def handle_comment(self, data):
        self.cards[-1][0].append("comment")


def rendered(details):
    """For each detail its elements in order and its text."""
    source = SEPARATOR + SEPARATOR.join(details)
    done = subprocess.run(RENDERER, input=source.encode("utf-8"), capture_output=True, timeout=120, check=True)
    parser = Elements()
    parser.feed(done.stdout.decode("utf-8"))
    parser.close()
    return [(elements, "".join(text)) for elements, text in parser.cards]


def own_elements(detail):
    """What our templates make: paragraphs, and lists of lines that begin with a hyphen."""
    found = []
    for block in detail.split("\n\n"):
        found += ["ul"] + ["li"] * (block.count("\n- ") + 1) if block.startswith("- ") else ["p"]
    return found


def unseen(text):
    return sorted({f"U+{ord(c):04X}" for c in text
                   if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp") and c not in SEEN and c != "\n"})


def faults_of_cards(cards, source_url="http://127.0.0.1:8080"):
    faults = []
    details = [card.get("detail", "") for card in cards]
    views = rendered(details) if details else []
    if len(views) != len(cards):
        return [f"{len(cards)} cards became {len(views)}: one of them opened a block that swallowed the next"]
    for card, (elements, text) in zip(cards, views):
        detail, summary = card.get("detail", ""), card["summary"]
        if elements != own_elements(detail):
            faults.append(f"elements {elements} instead of {own_elements(detail)}: {detail!r}")
        if LINK_IN_TEXT.search(text) or LINK_IN_TEXT.search(summary):
            faults.append(f"an address that some renderers link: {text!r}")
        if len(summary) > 139:
            faults.append(f"a summary of {len(summary)} code points")
        if "<" in summary or ">" in summary or "\n" in summary:
            faults.append(f"a tag or a second line in a summary: {summary!r}")
        for said in (detail, summary, *(s["label"] for s in card.get("suggestions", []))):
            if unseen(said):
                faults.append(f"characters that nobody sees: {unseen(said)} in {said!r}")
        if "links" in card:
            faults.append("a link")
        if set(card["source"]) - {"label", "url", "topic"} or card["source"].get("url") != source_url:
            faults.append(f"a source that is not the configured one: {card['source']}")
    return faults
