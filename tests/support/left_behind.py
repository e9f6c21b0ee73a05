"""Promises: everything that a service leaves behind, and a search of it: log and stderr, metrics, the answers that were
refusals, every file of its folder byte by byte (database, WAL, journals, spools that later code adds), and the audit's
contents decompressed. What is searched for is looked for as it is and as it could hide: base64, URL-encoded, hexadecimal,
in capitals, and its last 32 characters. And the memory of a running process, as it is; with kept_memory() for its
environment nothing that was freed is hidden by later use, and makers() tells where the code asked for the memory.

    left = LeftBehind(service)          # while it runs or after it has stopped
    left.found({"token": secret})       # ["log: token (base64)", ...]; empty is what is wanted
"""
import base64
import ctypes
import json
import os
import re
import sqlite3
import struct
import subprocess
import urllib.parse


def decompressed(body, dictionary):
    """One stored content (zstd with the store's own dictionary)."""
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
    library.ZSTD_createDCtx.restype = ctypes.c_void_p
    library.ZSTD_decompress_usingDict.restype = ctypes.c_size_t
    size = library.ZSTD_getFrameContentSize(body, ctypes.c_size_t(len(body)))
    room = ctypes.create_string_buffer(size)
    context = ctypes.c_void_p(library.ZSTD_createDCtx())
    got = library.ZSTD_decompress_usingDict(context, room, ctypes.c_size_t(size), body, ctypes.c_size_t(len(body)), dictionary, ctypes.c_size_t(len(dictionary)))
    library.ZSTD_freeDCtx(context)
    assert got == size, "a stored content cannot be decompressed"
    return room.raw


def disguises(secret):
    data = secret.encode("utf-8")
    forms = {"as it is": data, "in capitals": secret.upper().encode(), "in small letters": secret.lower().encode(),
             "URL-encoded": urllib.parse.quote(secret, safe="").encode(), "as JSON": json.dumps(secret)[1:-1].encode(), "hexadecimal": data.hex().encode()}
    # Base64 of a longer text that holds it: its middle looks the same at each of three offsets.
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + data)
        forms[f"base64 at {offset}"] = whole[4 if offset else 0:len(whole) // 4 * 4 - 4]
        forms[f"base64url at {offset}"] = forms[f"base64 at {offset}"].replace(b"+", b"-").replace(b"/", b"_")
    if len(secret) > 48:
        forms["its last 32 characters"] = data[-32:]
    return {name: form for name, form in forms.items() if len(form) >= 5}


def writable_mappings(pid):
    """Begin, end and the last word of each. Not those of terabytes: they are a sanitizer's shadow, which holds what it knows
    about memory and never the memory's bytes."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        for line in maps:
            begin, end, rights = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
            if rights.startswith("rw") and int(end, 16) - int(begin, 16) <= 1 << 33:
                yield int(begin, 16), int(end, 16), line.split()[-1]


def found_in_memory(pid, needle):
    """Where in a process these bytes are: address, begin of the mapping and its name."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for begin, end, name in writable_mappings(pid):
            for at in range(begin, end, 1 << 20):
                try:
                    memory.seek(at)
                    data = memory.read(min(end - at, (1 << 20) + len(needle) - 1))  # a little into the next: no cut hides one
                except (OSError, OverflowError):
                    break
                found += [(at + hit.start(), begin, name) for hit in re.finditer(re.escape(needle), data)]
    return found


def mappings_with(pid, needle):
    """The writable mappings of a process that hold these bytes."""
    return [f"{name} +{address - begin:x}" for address, begin, name in found_in_memory(pid, needle)]


KEPT_MARK, KEPT_HEAD = b"PEEKPEEK", struct.Struct("<8sq28QQQ")  # kept_memory.cpp


def kept_memory():
    """The environment of a service whose memory is never given out twice; the plain one where a sanitizer brings its own."""
    library = os.environ.get("KEPT_MEMORY")
    return {**os.environ, "LD_PRELOAD": library} if library else None


def memory_is_kept(pid):
    """Whether that allocator is in force: a library that cannot be loaded is only warned of."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        return os.environ["KEPT_MEMORY"] in maps.read() and len(found_in_memory(pid, KEPT_MARK)) > 1000


def function_names(pid, addresses):
    """What addr2line says of code addresses; without it, or without debug information, file and offset."""
    names = {address: hex(address) for address in addresses}
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        for line in maps:
            begin, end, _, offset, file = re.match(r"(\S+)-(\S+) (\S+) (\S+) \S+ \S+\s*(.*)", line).groups()
            here = [address for address in addresses if int(begin, 16) <= address < int(end, 16)]
            if not here or not file.startswith("/"):
                continue
            offsets = [hex(address - int(begin, 16) + int(offset, 16) - 1) for address in here]
            names.update((address, f"{os.path.basename(file)} {at}") for address, at in zip(here, offsets))
            try:
                told = subprocess.run(["addr2line", "-Cfps", "-e", file, *offsets], capture_output=True, encoding="utf-8", timeout=30, check=False).stdout.splitlines()
            except (OSError, subprocess.TimeoutExpired):
                continue
            names.update((address, name[:160]) for address, name in zip(here, told) if not name.startswith("??"))
    return names


def makers(pid, needle, most=3):
    """Of the first blocks of kept memory that hold these bytes: how much was asked for, and by which functions."""
    blocks = []
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for address, begin, _ in found_in_memory(pid, needle)[:most]:
            before = max(begin, address - (1 << 20))
            memory.seek(before)
            data = memory.read(address - before)
            if (head := data.rfind(KEPT_MARK)) >= 0 and len(data) - head >= KEPT_HEAD.size:
                _, count, *callers, _, size = KEPT_HEAD.unpack_from(data, head)
                blocks.append((size, callers[:max(0, count)]))
    names = function_names(pid, {address for _, callers in blocks for address in callers})
    told = []
    for size, callers in blocks:
        path = [names[address] for address in callers]
        told.append(f"{size} bytes asked for by " + " < ".join([each for each in path if "cofactor::" in each] or path))
    return told


class LeftBehind:
    def __init__(self, service, refusals=()):
        self.service = service
        self.places = {"log": service.log_text().encode("utf-8", "replace")}
        if service.process:
            self.places["metrics"] = service.operations("/metrics").body
        for answer in refusals:
            self.places.setdefault("refusals", b"")
            self.places["refusals"] += answer.body + str(answer.headers).encode()

    def stored(self, configuration=("cofactor.json",)):
        """Adds the files, the service's own configuration left out, and the contents."""
        for file in sorted(self.service.folder.rglob("*")):
            if file.is_file() and file.name not in configuration:
                self.places[f"file {file.name}"] = file.read_bytes()
        store = sqlite3.connect(f"file:{self.service.folder}/audit.db?mode=ro", uri=True)
        dictionaries = dict(store.execute("SELECT id, bytes FROM dictionary"))
        contents = [decompressed(body, dictionaries[dictionary]) for dictionary, body in store.execute("SELECT dictionary, body FROM content")]
        store.close()
        self.contents = [json.loads(content) for content in contents]
        self.places["contents"] = b"\n".join(contents)
        return self

    def found(self, secrets, besides=()):
        """Where which secret is; `besides` names places where it may be."""
        return [f"{place}: {name} ({form})" for place, data in self.places.items() if place not in besides
                for name, secret in secrets.items() for form, bytes_ in disguises(secret).items() if bytes_ in data]
