"""Hostile programs: sizes, arithmetic, growth (A09 to A16, A20 to A24,
A31 to A33), and long vectors as they run (R03)."""

import os
import re
import subprocess

from Harness import (Failure, Tools, accepted, case, expect, folder, program,
                     read, refused, run, verdict, write)


@case("A09", "sizes that are none")
def sizes():
    for value in ("0", "-1", "2.5", "1/0", "inf", "nan"):
        refused("const D = %s\n" % value
                + program("sum(x[i])", "x: [M] real[D]"), "whole number")


@case("A10", "sizes beyond all limits")
def large_sizes():
    body = program("sum(x[i])", "x: [M] real[%s]")
    refused(body % "2147483648", "65536")
    refused("const D = 2097152\n" + body % "D*D*D", "[K0")
    refused("const D = 4000000000000\n" + body % "D*D*D*D", "[K0")
    verdict(body % "65536")
    verdict(program("sum[j](exp(-sqdist(x[i], y[j])))",
                    "x: [M] real[65536], y: [N] real[65536]"))
    verdict(program("sum[j](trace(x[i] @ y[j]))",
                    "x: [M] real[255, 255], y: [N] real[255, 255]"))


@case("A11", "counts of lists")
def counts():
    text = "sum(kmin[j](x[i] * x[j], %s))"
    refused(program(text % "1000000000"), "[K029]")
    refused(program(text % "0"), "[K029]")
    refused("program p(x: [M] real) -> a: [M] real[K] {\n"
            " a[i] = kmin[j](x[i] * x[j], K)\n}\n", "[K031]")
    verdict(program(text % "1024"))


@case("A12", "powers")
def powers():
    with folder():
        write("p.kdsl", program("x[i]^1000000"))
        expect(run(["p.kdsl", "--emit=planned", "-o", "p.mlir",
                    "--target=x86-64-v3"]), 0)
        products = read("p.mlir").count(b"arith.mulf")
        if products > 40:
            raise Failure("%d products" % products)
        write("t.kdsl", """
program p(x: [M] real) -> (a: [M] real, b: [M] real, c: [M] real) {
    a[i] = x[i]^-3
    b[i] = x[i]^0.5
    c[i] = x[i]^0
}
test p { x = [2, 0]; expect a = [0.125, inf]; expect b = [sqrt(2), 0]
         expect c = [1, 1] }
""")
        expect(run(["--test", "t.kdsl"]), 0)


def kernels(count, body):
    lines = ["kernel g0(x) = x*2"]
    lines += ["kernel g%d(x) = %s" % (n, body(n)) for n in range(1, count)]
    return "\n".join(lines) + "\n" + program("g%d(x[i])" % (count - 1))


@case("A13", "kernels that double")
def doubling():
    refused(kernels(41, lambda n: "g%d(x*%d) + g%d(x+%d)" % (n-1, n, n-1, n)),
            "more than 1000000 expression nodes", "g40 -> g39 -> g38")
    refused(kernels(10**4, lambda n: "g%d(x) + 1" % (n - 1)),
            "nested deeper than 1000 levels after kernels and lets")


@case("A14", "kernels that double and mean one value")
def shared():
    accepted(kernels(41, lambda n: "g%d(x) + g%d(x)" % (n - 1, n - 1)))
    with folder():
        write("p.kdsl", kernels(41, lambda n: "g%d(x) + g%d(x)" % (n-1, n-1)))
        expect(run(["p.kdsl", "-o", "p.o"]), 0)


def derivatives(base, orders, mode="vjp"):
    text, last = base, "p"
    for order in range(1, orders + 1):
        text += "derive g%d = %s(%s, x)\n" % (order, mode, last)
        last = "g%d" % order
    return text


def operations_of(text):
    """The operations of each program at stage kdsl, by name."""
    with folder():
        write("p.kdsl", text)
        expect(run(["p.kdsl", "--emit=kdsl", "-o", "p.mlir"]), 0)
        parts = re.split(r"kdsl\.program @", read("p.mlir").decode())[1:]
        return {p.split("(")[0]: p.count(" = ") for p in parts}


@case("A15", "derivatives of derivatives")
def orders():
    base = program("sum[j](%s)" % " + ".join(
        "exp(x[i] * y[j] + %d)" % k for k in range(50)),
        "x: [M] real, y: [N] real")
    counts = operations_of(derivatives(base, 4))
    sizes_ = [counts["p"]] + [counts["g%d" % n] for n in range(1, 5)]
    for order in range(1, 5):
        if sizes_[order] > 5 * sizes_[order - 1]:
            raise Failure("sizes of orders 0 to 4: %s" % sizes_)
    refused(derivatives(base, 5), "order 4 is the deepest", "[K046]")
    chain = ["let t0[i, j] = x[i] * y[j]"]
    chain += ["let t%d[i, j] = sin(t%d[i, j]) * t%d[i, j]" % (k, k-1, k-1)
              for k in range(1, 900)]
    chain = program("0", "x: [M] real, y: [N] real").replace(
        "a[i] = 0", "\n".join(chain) + "\na[i] = sum[j](t899[i, j])")
    for mode in ("vjp", "jvp"):
        refused(derivatives(chain, 4, mode), "derived", "[K046]",
                args=["--emit=kdsl", "-o", "/dev/null", "-"])


@case("A16", "the derivative of a long product is linear in it")
def product():
    def text(count):
        return program("*".join("(x[i]+%d)" % k for k in range(count))) + \
            "derive g = vjp(p, x)\n"

    small, large = operations_of(text(1000)), operations_of(text(10000))
    if large["g"] > 10.1 * small["g"] or large["g"] > 10 * 10000:
        raise Failure("%d operations of 1000 factors, %d of 10000"
                      % (small["g"], large["g"]))
    verdict(text(10000))
    accepted(text(1000), args=["-o", "/dev/null", "-"])


@case("A20", "names that C has taken")
def c_names():
    with folder():
        for name in ("main", "int", "class", "malloc", "__x", "_A", "restrict",
                     "printf", "NULL", "bool", "template", "kdsl_call_v1",
                     "int64_t", "KDSL_OK"):
            text = "program %s(x: [M] real) -> a: [M] real { a[i] = x[i] }"
            compiles(text % name)
        for name in ("M", "exec", "args", "restrict", "int", "x_stride",
                     "size", "class", "i_base", "NULL", "errno"):
            compiles("program p(%s: [N] real) -> a: [N] real { a[i] = %s[i] }"
                     % (name, name))
            compiles("program p(x: [%s] real) -> a: [%s] real { a[i] = x[i] }"
                     % (name, name))


def compiles(text):
    """Refused with a place, or the header compiles as C and C++."""
    write("p.kdsl", text)
    result = run(["p.kdsl", "-o", "p.o", "--target=x86-64-v2"])
    if result.code == 1 and "p.kdsl:1:" in result.text:
        return
    expect(result, 0)
    write("p.c", '#include "p.h"\n#include <stdlib.h>\n#include <stdio.h>\n'
          "#include <errno.h>\nint main(void) { return 0; }\n")
    for compiler, standard in ((Tools.cc, "c99"), (Tools.cxx, "c++17")):
        made = subprocess.run(
            [compiler, "-x", "c" if standard == "c99" else "c++",
             "-std=" + standard, "-Wall", "-Wextra", "-pedantic", "-Werror",
             "-I", Tools.include, "-fsyntax-only", "p.c"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if made.returncode:
            raise Failure(text + "\n" + made.stdout.decode()[:2000])


@case("A21", "two programs with one C name")
def collision():
    refused("program conv(x: [M] real) -> a: [M] real { a[i] = x[i] }\n"
            "specialize conv { real = f32, f64 }\n"
            "program conv_f32(x: [M] real) -> a: [M] real { a[i] = x[i] }\n",
            "conv_f32", "conv")


@case("A22", "indices bound twice or not at all")
def indices():
    refused(program("sum[j, j](x[i] * x[j])"), "[K0")
    refused(program("sum[j where k < 3](x[i] * x[j])"), "[K0")


@case("A23", "sizes that follow from sums")
def puzzle():
    text = ("program p(x: [M] real[D], y: [M] real[E], z: [M] real[%s]) "
            "-> a: [M] real { a[i] = dot([x[i], y[i]], z[i]) }\n")
    accepted("const D = 2\nconst E = 3\n" + text % "D+E")
    refused("const D = 2\nconst E = 3\n" + text % "D*E", "[K007]")
    refused(text % "D+E", "[K031]")


@case("A24", "integers that are too large")
def integers():
    refused("const a = 9223372036854775807 + 1\n" + program("x[i] * a"),
            "[K0")
    refused(program("x[i] + 3000000000", "x: [M] i32"), "[K0")
    refused("const D = 2^63\n" + program("sum(x[i])", "x: [M] real[D]"), "[K0")


@case("A31", "constants outside of functions")
def outside():
    with folder():
        write("p.kdsl", """
program p(x: [M] real) -> (a: [M] real, b: [M] real, c: [M] real) {
    a[i] = x[i] + 1/0
    b[i] = x[i] + log(-1)
    c[i] = x[i] + sqrt(-1)
}
test p { x = [1]; expect a = [inf]; expect b = [nan]; expect c = [nan] }
""")
        expect(run(["--test", "p.kdsl"]), 0, "warning: ")


@case("A32", "NaN in what looks dead")
def dead():
    with folder():
        write("p.kdsl", """
program p(x: [M] real) -> (a: [M] real, b: [M] real, c: [M] real, d: [M] i32) {
    a[i] = 0 * x[i]
    b[i] = x[i] - x[i]
    c[i] = x[i] / x[i]
    d[i] = i32(select(x[i] == x[i], 1, 0))
}
test p { x = [nan, inf, 2]; expect a = [nan, nan, 0]
         expect b = [nan, nan, 0]; expect c = [nan, nan, 1]
         expect d = [0, 1, 1] }
""")
        expect(run(["--test", "p.kdsl"]), 0)


@case("A33", "sums that must keep their order")
def order():
    with folder():
        # In f32 (1 + 1e8) - 1e8 is 0, and Kahan's correction is not.
        write("p.kdsl", """
program p(x: [M] real, y: [M] real) -> (a: [M] real, e: [M] real) {
    a[i] = (x[i] + y[i]) - y[i]
    e[i] = ((x[i] + y[i]) - y[i]) - x[i]
}
test p { x = [1]; y = [1e8]; expect a = [0] within 0
         expect e = [-1] within 0 }
""")
        expect(run(["--test", "p.kdsl"]), 0)


@case("R03", "vectors of 1,000 and 4,096 features, run")
def long_vectors():
    with folder():
        for features in (1000, 4096):
            write("p.kdsl", """
const D = %d
program p(x: [M] real[D], y: [N] real[D]) -> (a: [M] real, b: [M] real[D],
                                              k: [M] i32) {
    let d[i, j] = sqdist(x[i], y[j])
    a[i] = sum[j](exp(-d[i, j] / D))
    b[i] = sum[j](exp(-d[i, j] / D) * y[j])
    k[i] = argmin[j](d[i, j])
}
test p random(M = 3, N = 5)
""" % features)
            expect(run(["--test", "p.kdsl"]), 0)
