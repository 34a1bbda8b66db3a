"""The peers that come from PyPI (`tools/kdsl-bench/install-peers`).

Each computes a whole workload in a call, with threads of its own, as many as the
environment says. A peer that does not do a workload's job is none of its contenders.
"""

import numpy as np


class Keops:
    """A reduction of KeOps, compiled at the first call."""

    def __init__(self, workload, data, threads):
        from pykeops.numpy import Genred

        x, y, others = data
        dims = {"x": x.shape[1], "y": y.shape[1]}
        dims |= {name: a.shape[1] if a.ndim > 1 else 1 for name, a in others.items()}
        kinds = {"x": "Vi", "y": "Vj"}
        kinds |= {name: "Vi" if workload.others[name][0] == "M" else "Vj"
                  for name in others}
        self.call = Genred(workload.keops,
                           [f"{n} = {kinds[n]}({dims[n]})" for n in dims],
                           workload.keops_reduction, axis=1, **workload.keops_more)
        self.arrays = [np.ascontiguousarray(a.reshape(len(a), -1))
                       for a in (x, y, *others.values())]

    def __call__(self):
        self.result = self.call(*self.arrays, backend="CPU")


class Search:
    """The rows j that are nearest to each row i."""

    def __init__(self, workload, data, threads):
        self.x, self.y, _ = data
        self.count, self.threads = (workload.output[1] or (1,))[0], threads
        self.load()


class Faiss(Search):
    """Exact search of FAISS."""

    def load(self):
        import faiss

        faiss.omp_set_num_threads(self.threads)
        self.index = faiss.IndexFlatL2

    def __call__(self):
        index = self.index(self.y.shape[1])
        index.add(self.y)
        self.result = index.search(self.x, self.count)[1]


class ScikitLearn(Search):
    """Pairwise reductions of scikit-learn."""

    def load(self):
        from sklearn.metrics import pairwise_distances_argmin
        from sklearn.neighbors import NearestNeighbors

        self.nearest, self.neighbours = pairwise_distances_argmin, NearestNeighbors

    def __call__(self):
        if self.count == 1:
            self.result = self.nearest(self.x, self.y)
            return
        search = self.neighbours(n_neighbors=self.count, algorithm="brute", n_jobs=-1)
        self.result = search.fit(self.y).kneighbors(self.x, return_distance=False)


class KdTree(Search):
    """SciPy's k-d tree, which does not look at every pair."""

    def load(self):
        from scipy.spatial import cKDTree

        self.tree = cKDTree

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
