"""The fixed list of workloads: data, exact results, and the peers' versions.

A pair is one (i, j); rates are pairs a second. `exact` gives the results of a few
rows i in float64, from the arrays as they were rounded to the element type.
"""

import math
from dataclasses import dataclass, field
from typing import Callable

import numpy as np


def squares(x, y):
    """|x_i - y_j|^2 by differences, as float64."""
    total = np.zeros((len(x), len(y)))
    for k in range(x.shape[1]):
        total += (x[:, k, None].astype(float) - y[None, :, k].astype(float)) ** 2
    return total


def expanded(x, y):
    """|x_i - y_j|^2 as NumPy users write it, by one matrix product."""
    q = x @ y.T
    q *= -2
    q += (y * y).sum(1)
    q += (x * x).sum(1)[:, None]
    return q


@dataclass
class Workload:
    name: str
    title: str
    program: str
    features: int
    m: int
    n: int
    exact: Callable  # (x of some rows, y, others) -> float64
    others: dict = field(default_factory=dict)  # name -> (axis, features)
    output: tuple = ("f4", ())  # element type and feature shape of a row
    elem: str = "f32"
    numpy: Callable = None  # (rows x, y, others) -> results in the element type
    plain: bool = False  # plain.cpp has it
    places: bool = False  # results are row numbers: another one must be as near
    own: bool = False  # pairs of one set of rows: the program has no y
    twice: str = ""  # the program that meets each two rows twice, a contender
    operations: int = 0  # vector instructions of arithmetic that a pair needs, by AVX-512
    keops: str = ""  # its formula; none: it is not asked
    keops_reduction: str = "Sum"
    keops_more: dict = field(default_factory=dict)  # of the reduction

    @property
    def has_matrices(self):
        """Whether AMX has a use: for nearest rows of many features."""
        return self.places and self.features > 16

    @property
    def dtype(self):
        return "f8" if self.elem == "f64" else "f4"

    def data(self, scale):
        """The arrays of a size, `scale` times the one of the table."""
        random = np.random.default_rng(1)
        m, n = max(1, int(self.m * scale)), max(1, int(self.n * scale))
        draw = lambda rows, k: random.standard_normal((rows, k) if k else rows)
        x, y = draw(m, self.features), draw(n, self.features)
        if self.own:
            y = x
        rest = {
            name: draw(m if axis == "M" else n, k).astype(self.dtype)
            for name, (axis, k) in self.others.items()
        }
        return x.astype(self.dtype), y.astype(self.dtype), rest


def radial(f):
    """A sum of f(|x - y|^2) b: exactly, and with NumPy."""

    def exact(x, y, b):
        return f(squares(x, y)) @ b.astype(float)

    def blocked(x, y, b):
        return f(expanded(x, y)) @ b

    return exact, blocked


def lse(t):
    top = t.max(1, keepdims=True)
    return top[:, 0] + np.log(np.exp(t - top).sum(1))


def softmax(t, v):
    t = np.exp(t - t.max(1, keepdims=True))
    return (t @ v) / t.sum(1, keepdims=True)


def gradient(x, y, b, d_a):
    x, y, b, d_a = (array.astype(float) for array in (x, y, b, d_a))
    weight = -4 * np.exp(-2 * squares(x, y)) * (d_a @ b.T)
    return weight.sum(1)[:, None] * x - weight @ y


def gravity(x, y, b):
    x, y, b = (array.astype(float) for array in (x, y, b))
    weight = b / (squares(x, y) + 0.01) ** 1.5
    return weight @ y - weight.sum(1)[:, None] * x


def differences(f):
    """A sum of f(|x - y|, feature by feature) b."""
    return lambda x, y, b: f(
        np.abs(x[:, None].astype(float) - y[None].astype(float))) @ b.astype(float)


def erfc(x):
    return np.vectorize(math.erfc, otypes=[float])(x)


GAUSS = radial(lambda q: np.exp(-2 * q))
WIDE = radial(lambda q: np.exp(q / -200))
LAPLACE = radial(lambda q: np.exp(-np.sqrt(np.maximum(q, 0))))
CAUCHY = radial(lambda q: 1 / (1 + q))
INVERSE = radial(lambda q: 1 / np.sqrt(1 + q))
OTHERS = radial(lambda q: np.exp(-2 * q) * (q > 0))
POWER = radial(lambda q: (1 + q) ** -1.5)
EWALD = radial(lambda q: erfc(np.sqrt(q)) / np.sqrt(q + 0.01))
B = {"b": ("N", 0)}

ALL = [
    Workload("W1", "Gaussian, D=3", "w1", 3, 10000, 10000, GAUSS[0], B,
             numpy=GAUSS[1], plain=True,
             operations=15, keops="Exp(-IntCst(2)*SqDist(x,y))*b"),
    Workload("W2", "gradient in x, D=E=3", "w2", 3, 10000, 10000, gradient,
             {"b": ("N", 3), "d_a": ("M", 3)}, ("f4", (3,)),
             operations=23,
             keops="Grad(Exp(-IntCst(2)*SqDist(x,y))*b,x,d_a)"),
    Workload("W3", "logsumexp, D=3", "w3", 3, 10000, 10000,
             lambda x, y: lse(-20 * squares(x, y)),
             numpy=lambda x, y: lse(-20 * expanded(x, y)), plain=True,
             operations=16, keops="-IntCst(20)*SqDist(x,y)",
             keops_reduction="LogSumExp"),
    Workload("W4", "10 nearest, D=3", "w4", 3, 10000, 10000, squares,
             output=("i4", (10,)), places=True,
             operations=7, keops="SqDist(x,y)",
             keops_reduction="ArgKMin", keops_more={"opt_arg": 10}),
    Workload("W4/64", "10 nearest, D=64", "w4", 64, 10000, 10000, squares,
             output=("i4", (10,)), places=True,
             operations=66, keops="SqDist(x,y)",
             keops_reduction="ArgKMin", keops_more={"opt_arg": 10}),
    Workload("W4/128", "10 nearest, D=128", "w4", 128, 10000, 10000, squares,
             output=("i4", (10,)), places=True,
             operations=130, keops="SqDist(x,y)",
             keops_reduction="ArgKMin", keops_more={"opt_arg": 10}),
    Workload("W5", "nearest, D=64", "w5", 64, 100000, 1000, squares,
             output=("i4", ()), places=True, plain=True,
             numpy=lambda x, y: expanded(x, y).argmin(1),
             operations=66, keops="SqDist(x,y)", keops_reduction="ArgMin"),
    Workload("W5/exp", "nearest, D=64, expanded", "w5_expanded", 64, 100000, 1000,
             squares, output=("i4", ()), places=True, operations=67),
    Workload("W6", "attention, D=E=64", "w6", 64, 8000, 8000,
             lambda x, y, v: softmax(
                 x.astype(float) @ y.T.astype(float) / 8, v.astype(float)),
             {"v": ("N", 64)}, ("f4", (64,)),
             numpy=lambda x, y, v: softmax(x @ y.T / np.float32(8), v),
             operations=138, keops="(x|y)/IntCst(8)",
             keops_reduction="SumSoftMaxWeight", keops_more={"formula2": "v"}),
    Workload("W7", "Gaussian, D=100", "w7", 100, 10000, 10000, WIDE[0], B,
             numpy=WIDE[1], plain=True,
             operations=209, keops="Exp(-SqDist(x,y)/IntCst(200))*b"),
    Workload("W7/exp", "Gaussian, D=100, expanded", "w7_expanded", 100, 10000, 10000,
             WIDE[0], B, operations=112),
    Workload("W8", "Laplacian, D=3", "w8", 3, 10000, 10000, LAPLACE[0], B,
             numpy=LAPLACE[1], plain=True,
             operations=17, keops="Exp(-Norm2(x-y))*b"),
    Workload("W9", "Cauchy, D=3", "w9", 3, 10000, 10000, CAUCHY[0], B,
             numpy=CAUCHY[1], plain=True,
             operations=8, keops="b*Inv(IntCst(1)+SqDist(x,y))"),
    Workload("W9/imq", "inverse multiquadric, D=3", "w9_imq", 3, 10000, 10000,
             INVERSE[0], B, numpy=INVERSE[1], plain=True,
             operations=13, keops="b*Rsqrt(IntCst(1)+SqDist(x,y))"),
    Workload("W10", "Gaussian in f64, D=3", "w1", 3, 10000, 10000, GAUSS[0], B,
             ("f8", ()), "f64", GAUSS[1], plain=True,
             operations=21, keops="Exp(-IntCst(2)*SqDist(x,y))*b"),
    Workload("W1/own", "Gaussian of one set, D=3", "w1_own", 3, 10000, 10000,
             GAUSS[0], B, own=True, twice="w1_twice", operations=9),
    Workload("gravity", "gravity, D=3", "gravity", 3, 10000, 10000,
             gravity, B, ("f4", (3,)), own=True, twice="gravity_twice",
             operations=13),
    Workload("near/10", "10 nearest of 100,000, D=3", "w4", 3, 2000, 100000, squares,
             output=("i4", (10,)), places=True, operations=7),
    Workload("near/100", "100 nearest of 100,000, D=3", "w4_100", 3, 2000, 100000,
             squares, output=("i4", (100,)), places=True, operations=7),
    Workload("waves", "Fourier sum, D=3", "waves", 3, 10000, 10000,
             lambda x, y, b: np.cos(x.astype(float) @ y.T.astype(float)) @ b, B,
             plain=True, operations=19, keops="Cos((x|y))*b"),
    Workload("power", "(1 + r^2)^-1.5, D=3", "power", 3, 10000, 10000, POWER[0], B,
             numpy=POWER[1], plain=True, operations=10,
             keops="Powf(IntCst(1)+SqDist(x,y),-IntCst(3)/IntCst(2))*b"),
    Workload("l1", "exp(-|x - y|_1), D=3", "l1", 3, 10000, 10000,
             differences(lambda d: np.exp(-d.sum(-1))), B, plain=True,
             operations=18, keops="Exp(-Sum(Abs(x-y)))*b"),
    Workload("chebyshev", "exp(-max|x - y|), D=3", "chebyshev", 3, 10000, 10000,
             differences(lambda d: np.exp(-d.max(-1))), B, plain=True,
             operations=18, keops="Exp(-Max(Abs(x-y)))*b"),
    Workload("ewald", "erfc(r)/r, D=3", "ewald", 3, 10000, 10000, EWALD[0], B,
             plain=True, operations=50),
    Workload("within", "count within a ball, D=3", "within", 3, 10000, 10000,
             lambda x, y: (squares(x, y) < 1).sum(1), output=("i8", ()), plain=True,
             operations=8),
    Workload("others", "Gaussian of the others, D=3", "others", 3, 10000, 10000,
             OTHERS[0], B, own=True, twice="others_twice", operations=9),
]
