"""Runs kdslc on hostile input and judges how it ends.

A case is a function under @case("A07", ...). Its helpers raise Failure when a
run does not end with the expected code and words, within the promised time and
memory. A signal is never the expected end.
"""

import contextlib
import os
import resource
import signal
import subprocess
import tempfile

SECONDS = 10 * float(os.environ.get("KDSL_HOSTILE_SLOWNESS", "1"))
BYTES = 1 << 30

CASES = []
slowest = 0.0  # of the case at hand, in seconds of a processor


class Failure(Exception):
    pass


class Tools:
    kdslc = "kdslc"
    cc = "cc"
    cxx = "c++"
    include = ""
    failing_writes = ""
    sanitized = False


def case(name, title):
    def add(function):
        CASES.append(("adv-" + name, title, function))
        return function

    return add


class Result:
    def __init__(self, code, text, seconds, out):
        self.code, self.text, self.seconds, self.out = code, text, seconds, out


def run(args, source=None, env=None, prepare=None, **streams):
    """kdslc with these arguments; `source` comes from stdin."""

    def child():
        resource.setrlimit(resource.RLIMIT_CPU, (int(SECONDS) + 1,) * 2)
        # Python ignores it, and children would inherit that.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        if prepare:
            prepare()

    if isinstance(source, str):
        source = source.encode()
    given = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE,
             "stderr": subprocess.PIPE}
    given.update(streams)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        [Tools.kdslc] + list(args), preexec_fn=child,
        env={**os.environ, "LC_ALL": "C", **(env or {})}, **given)
    try:
        out, text = process.communicate(
            source or b"" if given["stdin"] == subprocess.PIPE else None,
            timeout=12 * SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Failure("it hangs")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = (after.ru_utime + after.ru_stime
               - before.ru_utime - before.ru_stime)
    global slowest
    slowest = max(slowest, seconds)
    text = (text or b"").decode(errors="replace")
    if process.returncode < 0:
        raise Failure("signal %d after %.1f s\n%s"
                      % (-process.returncode, seconds, text[:2000]))
    if seconds > SECONDS:
        raise Failure("%.1f s of processor time" % seconds)
    if after.ru_maxrss * 1024 > BYTES:
        raise Failure("%d MiB of memory" % (after.ru_maxrss // 1024))
    return Result(process.returncode, text, seconds, out)


def expect(result, code, *words, absent=()):
    if result.code != code:
        raise Failure("exit code %d, expected %d\n%s"
                      % (result.code, code, result.text[:2000]))
    for word in words:
        if word not in result.text:
            raise Failure("it does not say '%s':\n%s"
                          % (word, result.text[:2000]))
    for word in absent:
        if word in result.text:
            raise Failure("it says '%s':\n%s" % (word, result.text[:2000]))
    return result


def refused(source, *words, args=(), absent=()):
    """Exit 1 with errors that have a place and these words."""
    result = expect(run(list(args) or ["--check", "-"], source), 1,
                    "<stdin>:", "error: ", *words, absent=absent)
    if result.text.count("error: ") > 20:
        raise Failure("more than 20 errors")
    if len(result.text) > 40000:
        raise Failure("%d bytes of messages" % len(result.text))
    return result


def accepted(source, *words, args=(), absent=()):
    return expect(run(list(args) or ["--check", "-"], source), 0, *words,
                  absent=absent)


def verdict(source, args=()):
    """Either end, for files whose verdict is a matter of limits."""
    result = run(list(args) or ["-o", "/dev/null", "-"], source)
    if result.code not in (0, 1):
        raise Failure("exit code %d\n%s" % (result.code, result.text[:2000]))
    if result.code == 1 and "<stdin>:" not in result.text:
        raise Failure("no place:\n" + result.text[:2000])
    return result


@contextlib.contextmanager
def folder():
    """A new folder that is the current one."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as path:
        os.chdir(path)
        try:
            yield path
        finally:
            os.chdir(before)


def write(path, text):
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())


def read(path):
    with open(path, "rb") as file:
        return file.read()


def program(expression, inputs="x: [M] real"):
    return "program p(%s) -> a: [M] real {\n a[i] = %s\n}\n" % (inputs,
                                                                expression)


def main(argv):
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("--kdslc", required=True)
    parser.add_argument("--cc", required=True)
    parser.add_argument("--cxx", required=True)
    parser.add_argument("--include", required=True)
    parser.add_argument("--failing-writes", required=True)
    parser.add_argument("--sanitized", action="store_true",
                        help="kdslc has sanitizers: no limits of memory, more time")
    parser.add_argument("names", nargs="*", help="such as adv-A07")
    given = parser.parse_args(argv)
    Tools.kdslc, Tools.cc, Tools.cxx = given.kdslc, given.cc, given.cxx
    Tools.include = given.include
    Tools.failing_writes = given.failing_writes
    Tools.sanitized = given.sanitized
    if given.sanitized:
        global SECONDS, BYTES
        SECONDS, BYTES = 5 * SECONDS, 8 * BYTES
    unknown = set(given.names) - {name for name, _, _ in CASES}
    if unknown:
        parser.error("no case is called " + ", ".join(sorted(unknown)))
    global slowest
    failed = []
    for name, title, function in sorted(CASES, key=lambda c: c[0]):
        if given.names and name not in given.names:
            continue
        slowest = 0.0
        try:
            function()
            print("%s passed: %s (at most %.1f s)" % (name, title, slowest),
                  flush=True)
        except Failure as failure:
            failed.append(name)
            print("%s FAILED: %s\n%s" % (name, title, failure), flush=True)
    print("failed: " + ", ".join(failed) if failed else "all passed")
    return 1 if failed else 0
