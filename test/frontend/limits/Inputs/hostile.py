"""Prints one hostile source, named on the command line, to stdout."""

import random
import sys


def program(expression):
    return "program p(x: [M] real) -> a: [M] real {\n a[i] = %s\n}\n" % expression


def kernels(count, body):
    lines = ["kernel g0(x) = x*2"]
    lines += ["kernel g%d(x) = %s" % (n, body(n)) for n in range(1, count)]
    return "\n".join(lines) + "\n" + program("g%d(x[i])" % (count - 1))


def tokens():
    words = "program kernel let x i [ ] ( ) { } + - = == < 1 2.5 sum , : -> \n"
    random.seed(1)
    return "1 " + " ".join(random.choice(words.split(" ")) for _ in range(200000))


def noise():
    random.seed(1)
    return b"\xff" + bytes(random.getrandbits(8) for _ in range(1 << 20))


CASES = {
    "empty": lambda: "",
    "bom": lambda: b"\xef\xbb\xbf" + program("x[i]").encode(),
    "crlf": lambda: program("x[i]").replace("\n", "\r\n"),
    "random": noise,
    "tokens": tokens,
    "nul": lambda: b"program \0",
    "return": lambda: "a\rb",
    "toolarge": lambda: " " * ((4 << 20) + 1),
    "parens": lambda: program("(" * 10**6),
    "minus": lambda: program("-" * 10**6 + "x[i]"),
    "not": lambda: program("not " * 10**6 + "x[i]"),
    "brackets": lambda: program("[" * 10**5),
    "power": lambda: program("^".join(["x[i]"] * 10**5)),
    "subscripts": lambda: program("x[i]" + "[0]" * 10**4),
    "chain": lambda: program("+".join(["x[i]"] * 10**5)),
    "name": lambda: program("y" * 10**6),
    "params": lambda: "program p(%s) -> a: real { a = 1 }"
    % ", ".join("x%d: real" % n for n in range(10**5)),
    "lets": lambda: "program p(s: real) -> a: real {\n%s\na = s\n}"
    % "\n".join("let x%d = s" % n for n in range(10**5)),
    "doubling": lambda: kernels(41, lambda n: "g%d(x) + g%d(x)" % (n - 1, n - 1)),
    "kernels": lambda: kernels(10**4, lambda n: "g%d(x) + 1" % (n - 1)),
    "exploding": lambda: kernels(
        41, lambda n: "g%d(x*%d) + g%d(x+%d)" % (n - 1, n, n - 1, n)
    ),
}

text = CASES[sys.argv[1]]()
sys.stdout.buffer.write(text if isinstance(text, bytes) else text.encode())
