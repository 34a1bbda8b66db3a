"""Two workloads as users of Triton write them at first: one pass over rows j."""

import triton
import triton.language as tl


@triton.jit
def squares(x, y, i, j, m, n):
    total = 0.0
    for k in tl.static_range(3):
        a = tl.load(x + i * 3 + k, mask=i < m, other=0.0)
        c = tl.load(y + j * 3 + k, mask=j < n, other=0.0)
        d = a[:, None] - c[None, :]
        total += d * d
    return total


@triton.jit
def gauss(x, y, b, out, m, n, scale, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    i = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    acc = tl.zeros((ROWS,), tl.float32)
    for first in range(0, n, COLUMNS):
        j = first + tl.arange(0, COLUMNS)
        w = tl.load(b + j, mask=j < n, other=0.0)
        t = squares(x, y, i, j, m, n)
        acc += tl.sum(tl.exp2(t * scale) * w[None, :], 1)
    tl.store(out + i, acc, mask=i < m)


@triton.jit
def sinkhorn(x, y, v, out, m, n, scale, ROWS: tl.constexpr,
             COLUMNS: tl.constexpr):
    i = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    top = tl.full((ROWS,), -float("inf"), tl.float32)
    acc = tl.zeros((ROWS,), tl.float32)
    for first in range(0, n, COLUMNS):
        j = first + tl.arange(0, COLUMNS)
        w = tl.load(v + j, mask=j < n, other=-float("inf"))
        t = squares(x, y, i, j, m, n) * scale + w[None, :] * 1.4426950408889634
        larger = tl.maximum(top, tl.max(t, 1))
        acc = acc * tl.exp2(top - larger) + tl.sum(
            tl.exp2(t - larger[:, None]), 1)
        top = larger
    tl.store(out + i, (top + tl.log2(acc)) * 0.6931471805599453, mask=i < m)
