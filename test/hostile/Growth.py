"""Small files that ask for much: each gets its verdict in time."""

from Harness import case, program, refused, verdict


def terms(pattern, count, operator=" + "):
    return operator.join(pattern % k for k in range(count))


PAIRS = "x: [M] real, y: [N] real"


@case("A05-growth", "little text, much code")
def growth():
    bombs = [
        program("sum[j](%s)" % terms("exp(x[i]*y[j]+%d)", 2000), PAIRS),
        program("sum[j](%s)" % terms("lgamma(x[i]*y[j]+%d)", 1000), PAIRS),
        program("sum[j](%s)" % terms("(x[i]*y[j])^(y[j]+%d)", 1000), PAIRS),
        program(terms("sum(kmin[j](x[i]*y[j]+%d, 64))", 100), PAIRS),
        program("sum[j](%s)" % " + ".join(
            "sqdist(x[i][0:%d], y[j][0:%d])" % (k, k) for k in range(10, 800)),
            "x: [M] real[1000], y: [N] real[1000]"),
        program(terms("sum[j](exp(x[i]*y[j]+%d))", 300), PAIRS),
        "program p(x: [M] real[D], y: [N] real[D]) -> a: [M] real {\n"
        " a[i] = sum[j](exp(sqdist(x[i], y[j])))\n}\n"
        "specialize p { D = %s }\n" % ", ".join(map(str, range(1, 65))),
        "".join("program p%d(x: [M] real, y: [N] real) -> a: [M] real {\n"
                " a[i] = sum[j](exp(x[i]*y[j]))\n}\n" % k for k in range(400)),
    ]
    nested = ["let t0[i] = x[i]"] + [
        "let t%d[i] = sum[k](exp(x[i]*x[k] + t%d[k]))" % (k, k - 1)
        for k in range(1, 200)]
    bombs.append(program("0").replace(
        "a[i] = 0", "\n".join(nested) + "\na[i] = t199[i]"))
    for bomb in bombs:
        refused(bomb, "--max-work=", "[K046]", args=["-o", "/dev/null", "-"])
    # A shorter one stays below the limit, and in time.
    verdict(program("sum[j](%s)" % terms("sin(x[i]*y[j]+%d)", 250), PAIRS))
    verdict(program("sum[j](sum(exp(%s)))"
                    % ("[" * 100 + "x[i]*y[j]" + ", y[j]]" * 100), PAIRS))
