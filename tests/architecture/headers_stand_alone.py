"""Promises: every header compiles on its own and twice in a row, so that nobody has to know what to include before it."""
import concurrent.futures
import os
import pathlib
import subprocess
import tempfile

import guard


def faults(root, compiler, launcher):
    headers = [path for path in guard.sources(root, endings=(".hpp",))]
    command = ([launcher] if launcher else []) + [compiler, "-std=c++20", "-O0", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{root}", "-c"]
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        def compile_one(numbered):
            number, header = numbered
            source = pathlib.Path(scratch) / f"{number}.cpp"
            source.write_text(f'#include "{header.as_posix()}"\n#include "{header.as_posix()}"\n', encoding="utf-8")
            done = subprocess.run([*command, f"{number}.cpp", "-o", f"{number}.o"], cwd=scratch, capture_output=True, text=True)
            if done.returncode:
                first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr.strip()[:300])
                return f"{header.as_posix()}: does not compile on its own: {first}"
            return None
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
            found = [fault for fault in workers.map(compile_one, enumerate(headers)) if fault]
    if not headers:
        found.append("no header found: this guard would prove nothing")
    return found


if __name__ == "__main__":
    guard.main(__doc__, faults, [("--compiler", {"default": "c++"}), ("--launcher", {"default": ""})])
