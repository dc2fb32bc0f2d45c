"""Trees of merges: made by average or Ward linkage, cut into clusters, shortened for a picture."""

import numpy as np


def linkage_tree(points: np.ndarray, weights: np.ndarray, method: str) -> np.ndarray:
    """Merge weighted points two by two until one is left.

    The nearest-neighbour chain with the update formulas of Lance and Williams, in quadratic time and memory.
    A point of weight w counts as w equal rows, so the tree is that of the rows, less its merges at height 0.

    Parameters
    ----------
    points : numpy.ndarray of shape (n_points, n_components)
    weights : numpy.ndarray of shape (n_points,)
    method : {'ward', 'average'}

    Returns
    -------
    numpy.ndarray of shape (n_points - 1, 4)
        One merge a row, lowest first, in SciPy's form: the two merged (points from 0, the merge in row i is
        n_points + i), height, weight.

    References
    ----------
    Müllner, D. (2011). Modern hierarchical, agglomerative clustering algorithms. arXiv:1109.2378.
    """
    n = len(points)
    sizes = np.asarray(weights, dtype="float64")
    weights = sizes.copy()
    apart = np.zeros((n, n))
    for column in points.T:
        apart += (column[:, None] - column) ** 2
    if method == "ward":
        apart *= 2 * weights[:, None] * weights / (weights[:, None] + weights)
    else:
        apart = np.sqrt(apart)
    np.fill_diagonal(apart, np.inf)
    merges, chain, is_left = [], [], np.ones(n, dtype=bool)
    for _ in range(n - 1):
        if not chain:
            chain.append(int(is_left.argmax()))
        while True:
            top = chain[-1]
            nearest = int(apart[top].argmin())
            if len(chain) > 1 and apart[top, chain[-2]] <= apart[top, nearest]:
                nearest = chain[-2]
                break
            chain.append(nearest)
        del chain[-2:]
        low, high = sorted((top, nearest))
        height, a, b = apart[low, high], weights[low], weights[high]
        merges.append((low, high, height))
        if method == "ward":
            total = weights + a + b
            row = ((weights + a) * apart[low] + (weights + b) * apart[high] - weights * height) / total
        else:
            row = (a * apart[low] + b * apart[high]) / (a + b)
        row[[low, high]] = np.inf
        row[~is_left] = np.inf
        apart[high], apart[:, high] = row, row
        apart[low], apart[:, low] = np.inf, np.inf
        is_left[low] = False
        weights[high] = a + b
    merges = np.array(merges).reshape(-1, 3)
    if method == "ward":
        merges[:, 2] = np.sqrt(np.maximum(merges[:, 2], 0))
    return tree_of_merges(merges[np.argsort(merges[:, 2], kind="stable")], sizes)


def tree_of_merges(merges: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the tree of merges that are named by any point of each side.

    Parameters
    ----------
    merges : numpy.ndarray of shape (n_merges, 3)
        Two points and the height, in the order of merging.
    weights : numpy.ndarray of shape (n_points,)

    Returns
    -------
    numpy.ndarray of shape (n_merges, 4)
        As `linkage_tree` returns it.
    """
    n_points = len(weights)
    parents = np.arange(n_points + len(merges)).tolist()
    sizes = [*np.asarray(weights, dtype="float64").tolist(), *[0.0] * len(merges)]
    tree = np.empty((len(merges), 4))

    def root(node: int) -> int:
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    for i, (one, other, height) in enumerate(merges):
        low, high = sorted((root(int(one)), root(int(other))))
        new = n_points + i
        parents[low] = parents[high] = new
        sizes[new] = sizes[low] + sizes[high]
        tree[i] = low, high, height, sizes[new]
    return tree


def cut_tree(tree: np.ndarray, n_points: int, n_merges: int) -> np.ndarray:
    """Return each point's cluster after the first `n_merges` merges, from 0 by the first point of each."""
    roots = np.arange(n_points + len(tree))
    for i in range(min(n_merges, len(tree)) - 1, -1, -1):  # parents come after children
        roots[tree[i, :2].astype("int64")] = roots[n_points + i]
    first = np.unique(roots[:n_points], return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first[1], kind="stable"), kind="stable")
    return order[first[2]]


def top_of_tree(tree: np.ndarray, n_points: int, most: int) -> np.ndarray:
    """Return the last `most` merges, with what they merge numbered anew as in a tree of its own."""
    n_kept = min(most, len(tree))
    kept = tree[len(tree) - n_kept :].copy()
    inner = n_points + len(tree) - n_kept
    leaves = np.unique(kept[:, :2][kept[:, :2] < inner])
    children = kept[:, :2]
    is_leaf = children < inner
    kept[:, :2] = np.where(is_leaf, np.searchsorted(leaves, children), children - inner + len(leaves))
    return kept
