"""Boosted trees and random forests as plain numbers."""

from typing import Any, Self

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

from strate.scores.propensity import expression
from strate.scores.propensity.encoder import FeatureEncoder

ROWS_AT_ONCE = 8192  # their columns fit in the cache
LEAF = -1
_INTEGERS = ("feature", "left", "right", "goes_left")


class TreeEnsemble:
    """Trees whose leaves add up to log-odds (boosting), or have probabilities of which the mean is taken (a forest).

    Parameters
    ----------
    start : float or None
        Log-odds before the first tree; None of a forest.
    trees : list of dict of str to numpy.ndarray
        Arrays of one length, an entry a node, the root first: `feature` (position of the column, -1 of a leaf),
        `threshold` (whoever has at most that goes left), `goes_left` (1 where a missing value goes left), `left` and
        `right` (positions of the children), and `value` of a leaf.
    """

    kind = "trees"

    def __init__(self, start: float | None, trees: list[dict[str, np.ndarray]]) -> None:
        self.start = start
        self.trees = trees

    @classmethod
    def of(cls, model: HistGradientBoostingClassifier | RandomForestClassifier) -> Self:
        """Return the trees of a fitted model of two classes."""
        if isinstance(model, RandomForestClassifier):
            return cls(None, [_of_forest(tree.tree_) for tree in model.estimators_])
        return cls(
            float(model._baseline_prediction.ravel()[0]), [_of_boosting(trees[0].nodes) for trees in model._predictors]
        )

    def probability(self, matrix: np.ndarray) -> np.ndarray:
        """Return probabilities of shape (n_rows,) for a matrix of shape (n_rows, n_columns), NaN where missing."""
        total = self.total(matrix)
        return total / len(self.trees) if self.start is None else expression.logistic(total)

    def total(self, matrix: np.ndarray) -> np.ndarray:
        """Return what the leaves of each row add up to, of shape (n_rows,)."""
        total = np.empty(len(matrix))
        for begin in range(0, len(matrix), ROWS_AT_ONCE):
            rows = matrix[begin : begin + ROWS_AT_ONCE]
            part = np.full(len(rows), self.start or 0.0)
            for tree in self.trees:
                part += leaf_values(tree, rows)
            total[begin : begin + ROWS_AT_ONCE] = part
        return total

    @property
    def leaf_count(self) -> int:
        """Leaves of all trees."""
        return sum(int((tree["feature"] == LEAF).sum()) for tree in self.trees)

    def to_sql(self, encoder: FeatureEncoder, max_leaves: int) -> list[expression.Step] | None:
        """Return the probability as portable SQL over the columns of `encoder.to_sql()`, None beyond `max_leaves`."""
        if self.leaf_count > max_leaves:
            return None
        columns = [f"raw_{column}" for column in encoder.columns_]
        steps = [
            (2, f"tree_{place + 1}", expression.double(_case(tree, 0, columns)))
            for place, tree in enumerate(self.trees)
        ]
        total = expression.weighted_sum(self.start or 0.0, [name for _, name, _ in steps], np.ones(len(steps)))
        if self.start is None:
            return [*steps, (3, "probability", f"({total}) / {expression.number(len(self.trees))}")]
        return steps + expression.logistic_steps(3, total)

    def to_plain(self) -> dict[str, Any]:
        """Return what `from_plain` takes."""
        trees = [{name: values.tolist() for name, values in tree.items()} for tree in self.trees]
        return {"start": self.start, "trees": trees}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Return the trees that `to_plain` wrote.

        Raises
        ------
        ValueError
            If a node leads to itself or to an earlier one, or out of the tree: a row would never arrive.
        """
        trees = [
            {name: np.array(values, dtype="int64" if name in _INTEGERS else "float64") for name, values in tree.items()}
            for tree in plain["trees"]
        ]
        for tree in trees:
            inner = np.flatnonzero(tree["feature"] != LEAF)
            ahead = np.concatenate([tree["left"][inner] - inner, tree["right"][inner] - inner])
            last = np.concatenate([tree["left"][inner], tree["right"][inner], [0]]).max()
            if (ahead <= 0).any() or last >= len(tree["feature"]):
                raise ValueError("a tree must lead from each node to later ones; this one does not.")
        return cls(plain["start"], trees)


def _of_boosting(nodes: np.ndarray) -> dict[str, np.ndarray]:
    is_leaf = nodes["is_leaf"].astype(bool)
    return {
        "feature": np.where(is_leaf, LEAF, nodes["feature_idx"].astype("int64")),
        # A split of the known from the missing has an infinite threshold.
        "threshold": np.where(is_leaf, 0.0, np.minimum(nodes["num_threshold"], expression.LARGEST)),
        "goes_left": nodes["missing_go_to_left"].astype("int64"),
        "left": nodes["left"].astype("int64"),
        "right": nodes["right"].astype("int64"),
        "value": np.where(is_leaf, nodes["value"], 0.0),
    }


def _of_forest(tree: Any) -> dict[str, np.ndarray]:
    nodes = tree.__getstate__()["nodes"]
    is_leaf = nodes["left_child"] == LEAF
    share = tree.value[:, 0, 1] / tree.value[:, 0].sum(axis=1)
    return {
        "feature": np.where(is_leaf, LEAF, nodes["feature"]).astype("int64"),
        "threshold": np.where(is_leaf, 0.0, _for_doubles(nodes["threshold"])),
        "goes_left": nodes["missing_go_to_left"].astype("int64"),
        "left": nodes["left_child"].astype("int64"),
        "right": nodes["right_child"].astype("int64"),
        "value": np.where(is_leaf, share, 0.0),
    }


def _for_doubles(threshold: np.ndarray) -> np.ndarray:
    """Return the largest double that a forest sends left: it rounds values to 32 bits before it compares them."""
    # A split of the known from the missing has an infinite threshold.
    finite = np.where(np.isfinite(threshold), threshold, 0.0)
    low = finite.astype("float32")
    low = np.where(low > finite, np.nextafter(low, np.float32(-np.inf)), low).astype("float32")
    high = np.nextafter(low, np.float32(np.inf))
    middle = (low.astype("float64") + high.astype("float64")) / 2  # exact
    last = np.where(middle.astype("float32") == low, middle, np.nextafter(middle, -np.inf))
    return np.where(np.isfinite(threshold), last, np.sign(threshold) * expression.LARGEST)


def leaf_values(tree: dict[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Return the value of the leaf in which each row ends, of shape (n_rows,)."""
    node = np.zeros(len(rows), dtype="int64")
    moving = np.arange(len(rows)) if tree["feature"][0] != LEAF else np.empty(0, dtype="int64")
    while len(moving):
        at = node[moving]
        value = rows[moving, tree["feature"][at]]
        is_left = np.where(np.isnan(value), tree["goes_left"][at] == 1, value <= tree["threshold"][at])
        at = np.where(is_left, tree["left"][at], tree["right"][at])
        node[moving] = at
        moving = moving[tree["feature"][at] != LEAF]
    return tree["value"][node]


def _case(tree: dict[str, np.ndarray], node: int, columns: list[str]) -> str:
    """Return a node and all below as SQL; a comparison with null is not true, so null takes the second way."""
    if tree["feature"][node] == LEAF:
        return expression.number(tree["value"][node])
    left, right = (_case(tree, tree[side][node], columns) for side in ("left", "right"))
    column, threshold = columns[tree["feature"][node]], expression.number(tree["threshold"][node])
    if tree["goes_left"][node]:
        return f"case when {column} > {threshold} then {right} else {left} end"
    return f"case when {column} <= {threshold} then {left} else {right} end"
