"""The fixed list of workloads: arrays, sizes, exact results, and the peers' words.

The programs are those of test/targets/nvptx/Inputs/benchmark.kdsl. `exact` gives
rows of results in f64, with the magnitude that errors are measured in.
"""

from dataclasses import dataclass, field
from typing import Callable

GAUSS_WIDTH = 0.5
BLUR = 0.1
SOFTENING = 0.1


@dataclass
class Workload:
    name: str
    title: str
    program: str
    sizes: list  # (M, N)
    features: int
    exact: Callable  # (library, rows x, y, others, M's rows of others) -> results
    elem: str = "f32"
    others: dict = field(default_factory=dict)  # name -> (axis, features, elem)
    scalars: dict = field(default_factory=dict)  # name -> value; behind the inputs
    late: tuple = ()  # names of `others` that stand behind the scalars
    result: tuple = ("f32", ())  # element type and shape of a row
    places: bool = False  # results are row numbers: another one must be as near
    own: bool = False  # pairs of one set of rows
    form: str = ""  # what peers compute: a key of their tables


def squares(x, y):
    """|x_i - y_j|^2 by differences."""
    total = 0
    for k in range(x.shape[1]):
        total = total + (x[:, k, None] - y[None, :, k]) ** 2
    return total


def gauss(lib, x, y, b):
    terms = lib.exp(-squares(x, y) / (2 * GAUSS_WIDTH**2)) * b[None]
    return terms.sum(1), abs(terms).sum(1)


def wide_gauss(lib, x, y, b):
    """Of many features: the width grows with the distances."""
    terms = lib.exp(-squares(x, y) / (2 * x.shape[1])) * b[None]
    return terms.sum(1), abs(terms).sum(1)


def slope(lib, x, y, b, d_a):
    """The gradient in x, feature by feature."""
    w = lib.exp(-squares(x, y) / (2 * GAUSS_WIDTH**2)) * b[None] * d_a[:, None]
    parts = [w * (y[None, :, k] - x[:, k, None]) / GAUSS_WIDTH**2
             for k in range(x.shape[1])]
    return (lib.stack([p.sum(1) for p in parts], 1),
            lib.stack([abs(p).sum(1) for p in parts], 1))


def gravity(lib, x, y, m):
    w = m[None] * (squares(x, y) + SOFTENING**2) ** -1.5
    parts = [w * (y[None, :, k] - x[:, k, None]) for k in range(x.shape[1])]
    return (lib.stack([p.sum(1) for p in parts], 1),
            lib.stack([abs(p).sum(1) for p in parts], 1))


def sinkhorn(lib, x, y, v):
    t = v[None] - squares(x, y) / BLUR
    top = lib.amax(t, 1)
    result = top + lib.log(lib.exp(t - top[:, None]).sum(1))
    return result, abs(result) + 1


def near(lib, x, y):
    """The distances themselves: results are places in their rows."""
    return squares(x, y), None


SUM = {"b": ("N", 0, "f32")}
WIDTH = {"s": GAUSS_WIDTH}


def of_features(name, title, program, sizes, features, form):
    return Workload(name, title, program, sizes, features, wide_gauss, others=SUM,
                    scalars={"s": features**0.5}, form=form)


CUBE = [(10**k, 10**k) for k in (3, 4, 5, 6)]
ALL = [
    Workload("A", "Gaussian sum, D=3", "gauss", CUBE, 3, gauss, others=SUM,
             scalars=WIDTH, form="gauss"),
    Workload("A/exp", "the same, form = expanded", "gauss_exp", CUBE[2:], 3, gauss,
             others=SUM, scalars=WIDTH, form="gauss"),
    Workload("A/own", "Gaussian sum of one set, D=3", "gauss_self", CUBE, 3, gauss,
             others=SUM, scalars=WIDTH, own=True, form="gauss"),
    Workload("A/force", "gravity of one set, D=3", "gravity", CUBE[1:], 3, gravity,
             others={"m": ("N", 0, "f32")}, scalars={"s": SOFTENING},
             result=("f32", (3,)), own=True, form="gravity"),
    Workload("B", "gradient in x, D=3", "slope", CUBE[1:], 3, slope,
             others={**SUM, "d_a": ("M", 0, "f32")}, late=("d_a",),
             scalars=WIDTH, result=("f32", (3,)), form="slope"),
    Workload("C", "logsumexp with weights, D=3", "sinkhorn", CUBE[1:], 3, sinkhorn,
             others={"v": ("N", 0, "f32")}, scalars={"eps": BLUR}, form="sinkhorn"),
    Workload("D", "10 nearest, D=3", "neighbours", CUBE[1:], 3, near,
             result=("i32", (10,)), places=True, form="near"),
    Workload("D/64", "10 nearest, D=64", "neighbours64",
             [(10**4, 10**5), (10**5, 10**6)], 64, near, result=("i32", (10,)),
             places=True, form="near"),
    Workload("E", "nearest of 1000, D=64", "nearest64",
             [(10**5, 1000), (10**6, 1000), (10**7, 1000)], 64, near,
             result=("i32", ()), places=True, form="near"),
    Workload("E/128", "nearest of 1000, D=128", "nearest128",
             [(10**5, 1000), (10**6, 1000)], 128, near, result=("i32", ()),
             places=True, form="near"),
    of_features("F", "Gaussian sum, D=100", "gauss100", CUBE[1:3], 100, "gauss"),
    of_features("F/exp", "the same, form = expanded", "expanded100", CUBE[1:3], 100,
                "gauss"),
    Workload("H", "Gaussian sum in f64, D=3", "gauss_f64", CUBE[1:3], 3, gauss,
             elem="f64", others={"b": ("N", 0, "f64")}, scalars=WIDTH,
             result=("f64", ()), form="gauss"),
]
