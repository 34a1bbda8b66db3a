"""Files, streams and limits of the process (A18, A27 to A30, A34)."""

import os
import resource
import shutil
import subprocess

from Harness import (Failure, Tools, case, expect, folder, program, read, run,
                     write)

GOOD = program("sum[j](exp(x[i] * y[j]))", "x: [M] real, y: [N] real")


@case("A18", "imports that leave the import path, and what is no file")
def imports():
    with folder():
        os.mkdir("in")
        write("secret.kdsl", "kernel secret(x) = x\n")
        os.symlink("../secret.kdsl", "in/link.kdsl")
        os.mkfifo("in/pipe.kdsl")
        os.mkdir("in/folder.kdsl")
        os.symlink("/dev/zero", "in/device.kdsl")
        for path, words in (
                ("/dev/zero", "absolute"), ("/etc/passwd", "absolute"),
                ("../secret.kdsl", "above it"),
                ("x/../../secret.kdsl", "above it"),
                ("link.kdsl", "is a link out of it"),
                ("pipe.kdsl", "is not a regular file"),
                ("folder.kdsl", "is not a regular file"),
                ("device.kdsl", "is not a regular file"),
                ("", "empty"), ("none.kdsl", "neither beside")):
            write("in/main.kdsl", 'import "%s"\n' % path + GOOD)
            expect(run(["--check", "in/main.kdsl"]), 1, "in/main.kdsl:1:8: ",
                   words, "[K038]", absent=["secret(x)", "root:"])
        for path in ("in/pipe.kdsl", "in/folder.kdsl", "/dev/zero"):
            expect(run(["--check", path]), 3, path)
        with open("/dev/zero", "rb") as endless:
            expect(run(["--check", "-"], stdin=endless), 1,
                   "more than 4194304 bytes")


def leftovers():
    return [name for name in os.listdir(".") if "tmp" in name]


@case("A27", "outputs that cannot be written")
def outputs():
    with folder():
        write("p.kdsl", GOOD)
        expect(run(["p.kdsl", "-o", "p.o"]), 0)
        good = {name: read(name) for name in ("p.o", "p.h")}
        os.mkdir("place.o")
        for path in ("place.o", "none/p.o", "/proc/p.o", "/dev/full"):
            expect(run(["p.kdsl", "-o", path, "-h", "x.h"]), 3,
                   "kdslc: error: " + path)
        with open("/dev/full", "wb") as full:
            for args in (["p.kdsl", "--emit=asm", "-o", "-"], ["--help"],
                         ["--help-lang"], ["--list-targets"]):
                expect(run(args, stdout=full), 3, "stdout: No space left")
        # A source error leaves old files as they are.
        write("bad.kdsl", "program")
        expect(run(["bad.kdsl", "-o", "p.o"]), 1)
        # The disk fills up at each write.
        for at in range(1, 1000):
            for name in good:
                write(name, b"old " + name.encode())
            result = run(["p.kdsl", "-o", "p.o"], env={
                "LD_PRELOAD": Tools.failing_writes, "KDSL_FAIL_AT": str(at)})
            for name in good:
                if read(name) not in (good[name], b"old " + name.encode()):
                    raise Failure("a part of %s after write %d" % (name, at))
            if leftovers():
                raise Failure("left after write %d: %s" % (at, leftovers()))
            if result.code == 0:
                break
            expect(result, 3, "No space left on device")
        if at < 4 or any(read(name) != good[name] for name in good):
            raise Failure("the disk did not fill up (%d writes)" % at)


def limit(what, amount):
    return lambda: resource.setrlimit(what, (amount, amount))


@case("A28", "little memory, small stacks, closed streams")
def process():
    with folder():
        deep = "kernel g0(x) = x*2\n" + "".join(
            "kernel g%d(x) = g%d(x) + %d\n" % (n, n - 1, n)
            for n in range(1, 490)) + program("g489(x[i])")
        write("p.kdsl", GOOD)
        write("deep.kdsl", deep)
        write("parens.kdsl", program("(" * 250 + "x[i]" + ")" * 250))
        write("open.kdsl", program("(" * 10**6))
        expect(run(["p.kdsl", "-o", "good.o"]), 0)
        good = read("good.o")
        # The loader of shared libraries needs a part itself.
        for kibibytes in (128, 256, 1024):
            stack = limit(resource.RLIMIT_STACK, kibibytes << 10)
            expect(run(["p.kdsl", "-o", "p.o"], prepare=stack), 0)
            if read("p.o") != good:
                raise Failure("another object with a stack of %d KiB"
                              % kibibytes)
            expect(run(["deep.kdsl", "-o", "deep.o"], prepare=stack), 0)
            expect(run(["--check", "parens.kdsl"], prepare=stack), 0)
            expect(run(["--check", "open.kdsl"], prepare=stack), 1, "[K036]")
        ended = set()
        # A sanitizer maps terabytes.
        sizes = [] if Tools.sanitized else [*range(256, 700, 40), 4096]
        for mebibytes in sizes:
            write("p.o", "old")
            result = run(["p.kdsl", "-o", "p.o"],
                         prepare=limit(resource.RLIMIT_AS, mebibytes << 20))
            ended.add(result.code)
            if read("p.o") not in (good, b"old"):
                raise Failure("a corrupt object with %d MiB" % mebibytes)
            if result.code == 3 and "out of memory" not in result.text or \
                    result.code not in (0, 3, 127):  # 127: the loader's
                raise Failure("exit code %d with %d MiB:\n%s" % (
                    result.code, mebibytes, result.text[:2000]))
        if sizes and not {0, 3} <= ended:
            raise Failure("memory was not scarce: %s" % ended)
        write("p.o", "old")
        expect(run(["p.kdsl", "-o", "p.o"],
                   prepare=limit(resource.RLIMIT_FSIZE, 1000)), 3,
               "File too large")
        if read("p.o") != b"old" or leftovers():
            raise Failure("a part of a file is left")
        streams()


def streams():
    def shell(command):
        return subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60,
                              env=dict(os.environ, K=Tools.kdslc, LC_ALL="C"))

    for command, code in (
            ('"$K" p.kdsl -o q.o <&- >&- 2>&-', 0),
            ('"$K" --check - <&-', 3),
            ('"$K" --emit=asm p.kdsl -o - >&-', 3),
            ('"$K" --help >&-', 0),
            ('"$K" --check open.kdsl 2>&-', 1),
            ('"$K" --check open.kdsl 2>/dev/full', 1)):
        got = shell(command)
        if got.returncode != code:
            raise Failure("%s: exit code %d, expected %d\n%s" % (
                command, got.returncode, code, got.stderr.decode()))
    if read("q.o") != read("good.o"):
        raise Failure("another object without streams")
    got = shell('{ "$K" --emit=asm p.kdsl; echo "code $?" >&2; } | true')
    if b"code 3" not in got.stderr and b"code 0" not in got.stderr:
        raise Failure("a pipe without a reader: " + got.stderr.decode())


@case("A29", "two compilers write one file")
def together():
    with folder():
        write("p.kdsl", GOOD)
        expect(run(["p.kdsl", "-o", "good.o"]), 0)
        both = [subprocess.Popen([Tools.kdslc, "p.kdsl", "-o", "p.o"])
                for _ in range(4)]
        if any(process.wait() for process in both):
            raise Failure("one of them failed")
        if read("p.o") != read("good.o") or leftovers():
            raise Failure("the object is not whole: %s" % leftovers())


@case("A30", "options that do not exist")
def options():
    with folder():
        write("p.kdsl", GOOD)
        for args, words in ((["--target=vax"], "x86-64-v4"),
                            (["--target=sm_999"], "sm_80"),
                            (["--target=" + "a" * 100000], "x86-64-v4"),
                            (["-mcpu=%s"], "mcpu"),
                            (["-DX=1"] * 2 + ["-DX=2"], "'X' is 1 already"),
                            (["--max-work=-1"], "--max-work"),
                            (["--emit=" + ",".join(["obj"] * 1000) + ",pdf"],
                             "kinds are")):
            result = expect(run(args + ["p.kdsl", "-o", "p.o"]), 2, words)
            if len(result.text) > 210000:
                raise Failure("%d bytes of messages" % len(result.text))
        result = run(["-DX%d=1" % n for n in range(20000)] + ["--check",
                                                            "p.kdsl"])
        expect(result, 1, "[K051]")


@case("A34", "the same bytes anywhere")
def reproducible():
    with folder():
        made = set()
        for where, env in (("a", {}), ("b/c", {"TZ": "Asia/Tokyo"}),
                           ("d", {"LC_ALL": "C.UTF-8", "HOME": "/"})):
            os.makedirs(where)
            write(where + "/p.kdsl", GOOD)
            for prefix in ([], ["setarch", "-R"]):
                if prefix and not shutil.which("setarch"):
                    continue
                got = subprocess.run(
                    prefix + [Tools.kdslc, "p.kdsl", "-o", "p.o"], cwd=where,
                    env=dict(os.environ, **env))
                if got.returncode not in (0, 1):
                    raise Failure("exit code %d" % got.returncode)
                made.add(read(where + "/p.o") + read(where + "/p.h"))
        if len(made) != 1:
            raise Failure("%d different objects" % len(made))
