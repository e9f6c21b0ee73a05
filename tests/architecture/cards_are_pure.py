"""Promises: the built libraries of fhir/ and cards/ call nothing that reads or changes the world: no files, sockets,
clock, randomness, environment, console, processes or threads. Judged on the symbols, so no spelling escapes."""
import re
import subprocess

import guard

# Undefined C symbols (exact), and demangled C++ names (patterns).
BANNED_C = set("""
    open open64 openat openat64 creat fopen fopen64 fdopen freopen freopen64 tmpfile tmpfile64 mkstemp mkstemp64 fread fwrite
    fgets fputs fprintf printf puts putchar vprintf vfprintf perror __printf_chk __fprintf_chk __vfprintf_chk
    stdout stderr stdin read write pread pwrite readv writev lseek unlink rename mkdir rmdir stat stat64 lstat fstat
    opendir readdir mmap mmap64 ioctl fcntl fcntl64 select poll epoll_wait fsync fdatasync
    socket connect bind listen accept accept4 send recv sendto recvfrom sendmsg recvmsg getaddrinfo gethostbyname
    time ftime clock clock_gettime clock_getres gettimeofday timespec_get localtime localtime_r mktime nanosleep usleep sleep
    rand srand rand_r random srandom random_r drand48 lrand48 getrandom getentropy arc4random
    getenv secure_getenv setenv putenv setlocale system popen fork vfork execv execve execvp posix_spawn kill raise signal
    sigaction pthread_create syslog dlopen dlsym getpid gethostname
""".split())
BANNED_CXX = re.compile(
    r"^std::(basic_[io]?fstream|basic_filebuf|cout|cerr|clog|cin|wcout|wcerr|random_device|"
    r"(this_thread|chrono)::|thread::|filesystem::|__cxx11::filesystem|locale::global|"
    r"chrono::(_V2::)?(system|steady)_clock::now|basic_ifstream|basic_ofstream|ios_base::Init|async|future)"
    r"|^std::__cxx11::basic_[io]?fstream|^sqlite3_|^SSL_|^EVP_|^RAND_|^boost::|^spdlog::|^prometheus::|^web::|^pplx::")


def undefined_symbols(archive):
    """(member, demangled symbol) for every symbol that the archive takes from elsewhere."""
    listing = subprocess.run(["nm", "--undefined-only", "--demangle", "--print-file-name", str(archive)],
                             check=True, capture_output=True, text=True).stdout
    for line in listing.splitlines():
        where, _, symbol = line.partition(" U ")
        if symbol:
            yield where.rsplit(":", 2)[-2] if where.count(":") >= 2 else where, symbol.strip()


def faults(_root, archives):
    found = []
    for archive in archives:
        symbols = list(undefined_symbols(archive))
        if not symbols:
            found.append(f"{archive}: no symbols to judge: is it built?")
        for member, symbol in symbols:
            plain = symbol.split("@")[0]
            if plain in BANNED_C or BANNED_CXX.match(plain):
                found.append(f"{archive}({member}): uses `{plain}`: fhir/ and cards/ do no I/O, read no clock, no chance, no environment")
    return found


if __name__ == "__main__":
    guard.main(__doc__, faults, [("archives", {"nargs": "+"})])
