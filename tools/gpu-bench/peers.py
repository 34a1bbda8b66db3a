"""The same results by PyTorch, by Triton as its users write such kernels, and by
KeOps: name -> form -> a function of (workload, x, y, others) that makes a call
without arguments, which returns the result as a tensor.

Each is there if it can be imported. PyTorch works on so many rows i at a time that
its matrix fits, as its users must.
"""

import importlib.util

from workloads import BLUR

MOST = 1 << 28  # numbers of a matrix that PyTorch holds


def inverse(w):
    """1 / (2 s^2) of a Gaussian."""
    return 1 / (2 * w.scalars["s"] ** 2)


# --- PyTorch ------------------------------------------------------------------


def torch_rows(w, x, y, o):
    import torch

    square = lambda a: torch.cdist(a, y) ** 2

    def slope(a, first):
        k = torch.exp(-square(a) * inverse(w)) * o["b"]
        mine = o["d_a"][first : first + len(a)]
        return (k @ y - k.sum(1)[:, None] * a) * mine[:, None] * (2 * inverse(w))

    def near(a, _):
        if not w.result[1]:
            return torch.argmin(torch.cdist(a, y), 1)
        return torch.topk(torch.cdist(a, y), w.result[1][0], largest=False).indices

    return {
        "gauss": lambda a, _: torch.exp(-square(a) * inverse(w)) @ o["b"],
        "slope": slope,
        "sinkhorn": lambda a, _: torch.logsumexp(o["v"] - square(a) / BLUR, 1),
        "attention": lambda a, _: torch.nn.functional.scaled_dot_product_attention(
            a[None], y[None], o["v"][None])[0],
        "near": near,
    }[w.form]


def by_torch(w, x, y, o):
    import torch

    rows = torch_rows(w, x, y, o)
    step = max(1, MOST // len(y))
    return lambda: torch.cat(
        [rows(x[k : k + step], k) for k in range(0, len(x), step)])


# --- KeOps --------------------------------------------------------------------


def by_keops(w, x, y, o):
    from pykeops.torch import LazyTensor

    i, j = LazyTensor(x[:, None].contiguous()), LazyTensor(y[None].contiguous())
    column = lambda a: LazyTensor(a.reshape(1, len(a), -1).contiguous())
    square = ((i - j) ** 2).sum(-1)
    if w.form == "gauss":
        k = (-square * inverse(w)).exp() * column(o["b"])
        return lambda: k.sum(1).reshape(-1)
    if w.form == "slope":
        own = LazyTensor(o["d_a"].reshape(-1, 1, 1).contiguous())
        k = (-square * inverse(w)).exp() * column(o["b"]) * own
        k = k * (j - i) * (2 * inverse(w))
        return lambda: k.sum(1)
    if w.form == "sinkhorn":
        t = column(o["v"]) - square / BLUR
        return lambda: t.logsumexp(1).reshape(-1)
    if w.form == "near":
        count = w.result[1][0] if w.result[1] else 1
        return lambda: square.argKmin(count, dim=1).reshape(len(x), *w.result[1])
    if w.form == "attention":
        t = (i * j).sum(-1) / 8
        return lambda: t.sumsoftmaxweight(column(o["v"]), 1)
    return None


# --- Triton -------------------------------------------------------------------


def triton_kernels():
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

    return triton, {"gauss": gauss, "sinkhorn": sinkhorn}


def by_triton(w, x, y, o):
    """Tiles of 64 x 64, in registers; what a first version looks like."""
    import torch

    if w.features != 3 or w.elem != "f32" or w.form not in ("gauss", "sinkhorn"):
        return None
    triton, kernels = triton_kernels()
    kernel, weights = kernels[w.form], o["b" if w.form == "gauss" else "v"]
    scale = -1.4426950408889634 * (inverse(w) if w.form == "gauss" else 1 / BLUR)
    out = torch.empty(len(x), device=x.device)

    def call():
        kernel[(triton.cdiv(len(x), 64),)](x, y, weights, out, len(x), len(y), scale,
                                           ROWS=64, COLUMNS=64)
        return out

    return call


def there(name):
    return importlib.util.find_spec(name) is not None


def all_peers():
    """Name -> maker, of those that are installed."""
    if not there("torch"):
        return {}
    peers = {"torch": by_torch}
    if there("triton"):
        peers["triton"] = by_triton
    if there("pykeops"):
        peers["keops"] = by_keops
    return peers
