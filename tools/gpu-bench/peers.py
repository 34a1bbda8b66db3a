"""The same results by PyTorch, by Triton as its users write such kernels, and by
KeOps: name -> form -> a function of (workload, x, y, others) that makes a call
without arguments, which returns the result as a tensor.

Each is there if it can be imported. PyTorch works on so many rows i at a time that
its matrix fits, as its users must.
"""

import importlib.util

from workloads import BLUR, SOFTENING

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

    def gravity(a, _):
        k = (square(a) + SOFTENING**2) ** -1.5 * o["m"]
        return k @ y - k.sum(1)[:, None] * a

    def near(a, _):
        if not w.result[1]:
            return torch.argmin(torch.cdist(a, y), 1)
        return torch.topk(torch.cdist(a, y), w.result[1][0], largest=False).indices

    return {
        "gauss": lambda a, _: torch.exp(-square(a) * inverse(w)) @ o["b"],
        "slope": slope,
        "sinkhorn": lambda a, _: torch.logsumexp(o["v"] - square(a) / BLUR, 1),
        "gravity": gravity,
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
    if w.form == "gravity":
        k = (square + SOFTENING**2).rsqrt() ** 3 * column(o["m"]) * (j - i)
        return lambda: k.sum(1)
    return None


# --- Triton -------------------------------------------------------------------


def by_triton(w, x, y, o):
    """Tiles of 64 x 64, in registers."""
    import torch

    if w.features != 3 or w.elem != "f32" or w.form not in ("gauss", "sinkhorn"):
        return None
    import fused
    import triton

    kernel, weights = getattr(fused, w.form), o["b" if w.form == "gauss" else "v"]
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
