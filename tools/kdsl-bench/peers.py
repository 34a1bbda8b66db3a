"""The peers that come from PyPI (`tools/kdsl-bench/install-peers`).

Each computes a whole workload in a call, with threads of its own, as many as the
environment says. A peer that does not do a workload's job is none of its contenders.
"""

import numpy as np


class Keops:
    """A reduction of KeOps, compiled at the first call."""

    module = "pykeops.numpy"

    def __init__(self, workload, data, threads):
        from pykeops.numpy import Genred

        x, y, others = data
        formula = workload.keops
        dims = {"x": x.shape[1], "y": y.shape[1]}
        dims |= {name: a.shape[1] if a.ndim > 1 else 1 for name, a in others.items()}
        kinds = {"x": "Vi", "y": "Vj"}
        kinds |= {name: "Vi" if workload.others[name][0] == "M" else "Vj"
                  for name in others}
        self.call = Genred(formula.format(D=dims["x"]),
                           [f"{n} = {kinds[n]}({dims[n]})" for n in dims],
                           workload.keops_reduction, axis=1, **workload.keops_more)
        self.arrays = [np.ascontiguousarray(a.reshape(len(a), -1))
                       for a in (x, y, *others.values())]

    def __call__(self):
        self.result = self.call(*self.arrays, backend="CPU")

    def finish(self, shape):
        return np.asarray(self.result).reshape(shape)


class Faiss:
    """Exact search of FAISS."""

    module = "faiss"

    def __init__(self, workload, data, threads):
        import faiss

        faiss.omp_set_num_threads(threads)
        self.x, self.y, _ = data
        self.index, self.count = faiss.IndexFlatL2, (workload.output[1] or (1,))[0]

    def __call__(self):
        index = self.index(self.y.shape[1])
        index.add(self.y)
        self.result = index.search(self.x, self.count)[1]

    def finish(self, shape):
        return self.result.reshape(shape)


class ScikitLearn(Faiss):
    """Pairwise reductions of scikit-learn."""

    module = "sklearn.neighbors"

    def __init__(self, workload, data, threads):
        from sklearn.metrics import pairwise_distances_argmin
        from sklearn.neighbors import NearestNeighbors

        self.x, self.y, _ = data
        self.nearest, self.neighbours = pairwise_distances_argmin, NearestNeighbors
        self.count = (workload.output[1] or (1,))[0]

    def __call__(self):
        if self.count == 1:
            self.result = self.nearest(self.x, self.y)
            return
        search = self.neighbours(n_neighbors=self.count, algorithm="brute", n_jobs=-1)
        self.result = search.fit(self.y).kneighbors(self.x, return_distance=False)


class KdTree(Faiss):
    """SciPy's k-d tree, which does not look at every pair."""

    module = "scipy.spatial"

    def __init__(self, workload, data, threads):
        from scipy.spatial import cKDTree

        self.x, self.y, _ = data
        self.tree, self.threads = cKDTree, threads
        self.count = (workload.output[1] or (1,))[0]

    def __call__(self):
        self.result = self.tree(self.y).query(
            self.x, self.count, workers=self.threads)[1]


def peers(workload):
    """Name -> (class, environment) of those that do a workload's job."""
    found = {}
    if workload.keops:
        found["KeOps"] = (Keops, {})
        found["KeOps tuned"] = (
            Keops, {"CXXFLAGS": "-march=native -ffast-math", "CXX": "g++"})
    if workload.places:
        found["FAISS"] = (Faiss, {})
        found["scikit-learn"] = (ScikitLearn, {})
        if workload.features <= 3:
            found["k-d tree"] = (KdTree, {})
    return found
