#!/usr/bin/env python3
"""Writes one C++ file that holds the knowledge files as text: embed_knowledge.py ROOT OUTPUT FILE...

Same files, same output: the order is that of the sorted paths. Literals stay under 4 kB each, so that no compiler limit
or warning is near; the file is written only when it changes.
"""
import pathlib
import sys

PIECE = 4000


def literal(data: bytes) -> str:
    out = []
    for byte in data:
        char = chr(byte)
        if char in '"\\':
            out.append("\\" + char)
        elif char == "\n":
            out.append("\\n")
        elif 0x20 <= byte < 0x7F and char != "?":
            out.append(char)
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"sv'


def main() -> None:
    root, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    files = sorted(pathlib.Path(name).relative_to(root).as_posix() for name in sys.argv[3:])
    lines = [
        "// Generated from cards/knowledge by cmake/embed_knowledge.py: do not edit.",
        "#include <iterator>",
        "",
        '#include "cards/engine/knowledge.hpp"',
        "",
        "namespace cofactor::cards {",
        "namespace {",
        "using namespace std::string_view_literals;",
    ]
    for number, name in enumerate(files):
        data = (root / name).read_bytes()
        lines.append(f"constexpr std::string_view file_{number}[] = {{")
        pieces = [data[at : at + PIECE] for at in range(0, len(data), PIECE)] or [b""]
        lines += [f"    {literal(piece)}," for piece in pieces]
        lines.append("};")
    lines += [
        "std::string joined(const std::string_view* from, const std::string_view* to) {",
        "  std::string text;",
        "  for (; from != to; ++from) text += *from;",
        "  return text;",
        "}",
        "}  // namespace",
        "",
        "std::vector<KnowledgeFile> shipped_knowledge_files() {",
        "  std::vector<KnowledgeFile> files;",
        f"  files.reserve({len(files)});",
    ]
    lines += [
        f'  files.push_back({{"{name}", joined(std::begin(file_{number}), std::end(file_{number}))}});'
        for number, name in enumerate(files)
    ]
    lines += ["  return files;", "}", "", "}  // namespace cofactor::cards", ""]
    text = "\n".join(lines)
    if not output.exists() or output.read_text() != text:
        output.write_text(text)


main()
