"""Promises: includes go one way (cds-service -> cards -> fhir), heavy libraries stay in .cpp files or private
headers, a rule sees only what a rule may see, JSON text is parsed in one file, and only the HTTP edge speaks
status codes."""
import re

import guard

MAY_INCLUDE = {"fhir": {"fhir"}, "cards": {"cards", "fhir"}, "cds-service": {"cds-service", "cards", "fhir"}}

# Library -> the rooms that may use it at all (in .cpp files or *_private.hpp); everything else is the standard library.
HEAVY = {
    r"rapidjson/": {"fhir", "cards", "cds-service"},
    r"boost/": {"cds-service"},
    r"openssl/": {"cds-service"},
    r"(sqlite3\.h|libpq-fe\.h)": {"cds-service"},
    r"(zstd\.h|zdict\.h)": {"cds-service"},
    r"CLI/": {"cds-service"},
    r"(spdlog|fmt)/": {"cds-service"},
    r"prometheus/": {"cds-service"},
    r"(cpprest|pplx)/": {"fhir", "cds-service"},
}
LIGHT = r"tl/expected\.hpp"
# In this folder a public header may name Boost: nowhere. A private header says so in its name.
PRIVATE = re.compile(r"_private\.hpp$")

# What a rule may include besides the standard library: its contract, the situation, and plain values.
RULE_MAY_INCLUDE = re.compile(r"^(cards/(rules|card\.hpp|facts|engine/knowledge\.hpp)|fhir/(units|dates|issue\.hpp|dosage/daily_dose\.hpp))")

# RapidJSON's ways to parse text. One file may call them, because one recipe survives hostile input.
PARSES = r"\b(\w+(\.|->)(Parse(Insitu|Stream)?|Populate)\s*(<|\()|rapidjson::(Reader|GenericReader)\b)"
PARSER = "fhir/json/reader.cpp"

# The FHIR client is the one part of fhir/ that touches the world: what it may use besides, and in which files.
CLIENT = "fhir/client/"
CLIENT_MAY_INCLUDE = r"(openssl/|arpa/|netinet/|linux/tcp\.h|(cpprest|pplx)/)"
CPPREST = r"(cpprest|pplx)/"
CPPREST_FILES = {"fhir/client/http_transport.cpp"}

# Status codes as numbers next to the words that make them so, or by Beast's names.
STATUS = r"(\bstatus\s*(=|==|!=|<|>|>=|<=)\s*[1-5]\d\d\b|\b(http|beast)::status::\w+|\{\s*[1-5]\d\d\s*,\s*\"|\bstatus_code\b)"
STATUS_ROOM = "cds-service/http/"
# Read the status of answers that the client receives, and give none out.
STATUS_READERS = {"fhir/client/http_transport.cpp", "fhir/client/answer_header.cpp"}


def faults(root):
    found = []
    for path in guard.sources(root):
        name, room = path.as_posix(), path.parts[0]
        text = (root / path).read_text(encoding="utf-8")
        code = guard.without_comments(text)
        private = path.suffix == ".cpp" or PRIVATE.search(path.name)
        for line, directive in guard.matches(r"(?m)^[ \t]*#[ \t]*include[ \t]*[<\"][^>\"]+[>\"]", code):
            header = re.search(r"[<\"]([^>\"]+)[>\"]", directive).group(1)
            where = f"{name}:{line}: includes `{header}`"
            target = header.split("/")[0]
            if "<" in directive:
                if re.match(CPPREST, header) and name not in CPPREST_FILES:
                    found.append(f"{where}: cpprestsdk is seen by {', '.join(sorted(CPPREST_FILES))} alone")
                    continue
                if name.startswith(CLIENT) and private and re.match(CLIENT_MAY_INCLUDE, header):
                    continue
                for library, rooms in HEAVY.items():
                    if not re.match(library, header):
                        continue
                    if room not in rooms:
                        found.append(f"{where}: this library is not for {room}/")
                    elif not private:
                        found.append(f"{where}: only a .cpp file or a *_private.hpp may")
                if "/" in header and not re.match(LIGHT, header) and not header.startswith("sys/") \
                        and not any(re.match(library, header) for library in HEAVY) and room != "cds-service":
                    found.append(f"{where}: outside the standard library {room}/ uses RapidJSON and tl::expected only")
                continue
            if target in MAY_INCLUDE and target not in MAY_INCLUDE[room]:
                found.append(f"{where}: {room}/ must not know {target}/")
            elif target not in MAY_INCLUDE:
                found.append(f"{where}: name project headers from the top of the tree (`fhir/...`)")
            if header.startswith("fhir/client/") and room != "cds-service" and not name.startswith("fhir/client/"):
                found.append(f"{where}: the FHIR client does I/O and is for cds-service/ only")
            if name.startswith("cards/rules/") and not RULE_MAY_INCLUDE.match(header):
                found.append(f"{where}: a rule sees its situation, its policy and plain values")
        if name != PARSER:
            for line, call in guard.matches(PARSES, guard.code_only(text)):
                found.append(f"{name}:{line}: `{call}` parses JSON: only {PARSER} may")
        if not name.startswith(STATUS_ROOM) and name not in STATUS_READERS:
            for line, use in guard.matches(STATUS, code):
                found.append(f"{name}:{line}: `{use}` is a status code: only {STATUS_ROOM} speaks them")
    return found


if __name__ == "__main__":
    guard.main(__doc__, faults)
