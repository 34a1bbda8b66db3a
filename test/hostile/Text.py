"""Hostile text: bytes, nesting, numbers, names (A01 to A08, A17, A19, A26)."""

import os
import random
import subprocess

from Harness import (Failure, Tools, accepted, case, expect, folder, program,
                     read, refused, run, verdict, write)


@case("A01", "files without a program, and every way to end a line")
def empty():
    accepted("", "warning: the file has no program")
    accepted("// only a comment", "warning: the file has no program")
    accepted(b"\xef\xbb\xbf" + program("x[i]").encode())
    accepted(program("x[i]").replace("\n", "\r\n"))
    accepted(program("x[i]").rstrip())


@case("A02", "bytes that are no text")
def bytes_():
    refused(b"program \0", ":1:9: error: byte 8 is NUL; a source is text")
    refused(b"// \xff", ":1:4: error: byte 3 (0xFF) is not valid UTF-8")
    refused(b"// \xc3", "byte 3 (0xC3) is not valid UTF-8")
    refused(b"// \xed\xa0\x80", "is not valid UTF-8")
    refused("a\rb", "byte 1 is a carriage return without a line feed")


@case("A03", "characters that change the direction of text")
def direction():
    refused("// \u202e gnp.", "U+202E", "[K037]")
    refused('import "\u2066.kdsl"', "U+2066", "[K037]")


@case("A04", "deep nesting")
def nesting():
    words = "nested deeper than 256 levels [K036]"
    for text in ("(" * 10**6, "-" * 10**6 + "x[i]", "not " * 10**6 + "x[i]",
                 "[" * 10**5, "^".join(["x[i]"] * 10**5),
                 "x[i]" + "[0]" * 10**4, "sum[j](" * 10**5, "exp(" * 10**5):
        refused(program(text), words)
    refused("program p(x: [M] real[%sD]) -> a: real { a = 1 }" % ("(" * 10**5),
            words)
    for opener, closer in ("()", "[]"):
        accepted(program(opener * 250 + "x[i]" + closer * 250)
                 if opener == "(" else
                 program("sum(%sx[i]%s)" % ("[" * 240, "]" * 240)))


@case("A05", "long flat expressions")
def flat():
    accepted(program("+".join(["x[i]"] * 10**5)))
    verdict(program("+".join(["x[i]"] * (7 * 10**5))))
    verdict(program("+".join("x[i]*%d" % k for k in range(3 * 10**5))))
    verdict(program("+".join("x[i]*%d" % k for k in range(5000))))


@case("A06", "names and lists without end")
def long_lists():
    refused(program("y" * 10**6), "a name of 1000000 bytes; at most 255")
    refused("program p(%s) -> a: real { a = 1 }"
            % ", ".join("x%d: real" % n for n in range(10**5)),
            "at most 1000 ")
    refused("program p(s: real) -> a: real {\n%s\na = s\n}"
            % "\n".join("let x%d = s" % n for n in range(10**5)),
            "a program has at most 10000 statements")
    refused(" " * ((4 << 20) + 1), "more than 4194304 bytes")
    result = refused("const a = %s\n" % ("b" * 200 + "+") * 10**4)
    if len(result.text) > 20000:
        raise Failure("%d bytes of messages" % len(result.text))
    verdict("\n".join("program p%d(x: [M] real) -> a: [M] real { a[i] = x[i] }"
                      % n for n in range(60000)))


@case("A07", "malformed numbers")
def numbers():
    for text, words in (("1e999", "range"), ("0x10", "numbers are decimal"),
                        ("1e", "an exponent has digits, for example '1e6'"),
                        ("99999999999999999999", "range"),
                        ("1..2", "a number has one point"),
                        (".5", "write a digit before the point")):
        refused(program("x[i] + " + text), words, "[K040]")


@case("A08", "other locales")
def locales():
    with folder():
        write("p.kdsl", program("x[i] * 0.1 + 1.5e-7"))
        texts = set()
        for locale in ("C", "de_DE.UTF-8", "de_DE", "tr_TR.UTF-8"):
            expect(run(["p.kdsl", "-o", "p.o"], env={"LC_ALL": locale}), 0)
            texts.add(read("p.o") + read("p.h"))
        if len(texts) != 1:
            raise Failure("the object depends on the locale")


@case("A17", "kernels and imports in circles")
def circles():
    refused("kernel f(x) = g(x)\nkernel g(x) = f(x)\n" + program("f(x[i])"),
            "[K022]")
    with folder():
        write("self.kdsl", 'import "self.kdsl"\n' + program("x[i]"))
        expect(run(["--check", "self.kdsl"]), 1, "import cycle", "[K038]")
        write("a.kdsl", 'import "b.kdsl"\n' + program("x[i]"))
        write("b.kdsl", 'import "a.kdsl"\n')
        expect(run(["--check", "a.kdsl"]), 1, "import cycle", "[K038]")
        write("top.kdsl", 'import "l.kdsl"\nimport "r.kdsl"\n'
              + program("twice(x[i])"))
        write("l.kdsl", 'import "base.kdsl"\n')
        write("r.kdsl", 'import "base.kdsl"\n')
        write("base.kdsl", "kernel twice(x) = 2*x\n")
        expect(run(["--check", "top.kdsl"]), 0)


@case("A19", "doc comments that are no C")
def docs():
    text = "\n".join("/// " + line for line in (
        "ends */ int x; /*", "a \\", "??/", "#include <nowhere>", "\t\x7f \"",
        "%s %n", "\u00e4 \u4e2d")) + "\n"
    with folder():
        for name, doc in (("wild", text), ("long", "/// y*/\n" * 150000)):
            write(name + ".kdsl", doc + program("x[i]"))
            expect(run([name + ".kdsl", "-o", name + ".o"]), 0)
            write(name + ".c", '#include "%s.h"\nint main(void) { return 0; }\n'
                  % name)
            for compiler, standard in ((Tools.cc, "c99"), (Tools.cxx, "c++17")):
                made = subprocess.run(
                    [compiler, "-x", "c" if standard == "c99" else "c++",
                     "-std=" + standard, "-Wall", "-Wextra", "-pedantic",
                     "-Werror", "-I", Tools.include, "-fsyntax-only",
                     name + ".c"],
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                if made.returncode:
                    raise Failure(made.stdout.decode()[:2000])


@case("A26", "noise")
def noise():
    chance = random.Random(26)
    refused(b"\xff" + bytes(chance.getrandbits(8) for _ in range(1 << 20)))
    printable = "".join(chr(chance.randrange(32, 127)) for _ in range(1 << 20))
    refused(printable)
    words = ("program kernel let derive specialize test x i [ ] ( ) { } + - = "
             "== < 1 2.5 sum argmin where in , : -> ; real M \n").split(" ")
    for first in ("", "1 ", "program p(x: [M] real) -> a: [M] real { a[i] = "):
        result = refused(first + " ".join(chance.choice(words)
                                          for _ in range(200000)))
        if "too many errors" not in result.text and \
                result.text.count("error: ") < 20:
            raise Failure("recovery stops early:\n" + result.text[:500])
