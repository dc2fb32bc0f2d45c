"""A clustering told as readable rules: a shallow decision tree, with rounded cuts, that imitates it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from strate.checks import check_integer, check_names, check_number, numeric_matrix
from strate.clustering.sampling import draw_rows

HELD_OUT_SHARE = 0.3
LEAST_ROWS = 20
MOST_PATHS = 3
LEAST_PATH_SHARE = 0.05
DIGITS = range(2, 7)
ACCEPTED_LOSS = 0.005
LARGEST = 1e30  # scikit-learn's trees compare in 32 bits

Path = dict[int, tuple[float, float, bool]]
"""Conditions by feature: low, high, and whether a missing value is let through; low < value <= high for the others."""


@dataclass(frozen=True)
class Rule:
    """The rule of one cluster.

    Attributes
    ----------
    cluster : int
    text : str or None
        A condition on the features, as in `order_count > 3 and (recency_days <= 90 or recency_days is null)`.
        It is SQL too: `true` where the tree has no split. None where no leaf of the tree has mostly this cluster.
    precision : float
        Share of the held-out rows under the rule that are in the cluster; NaN if there are none.
    coverage : float
        Share of the cluster's held-out rows that are under the rule; NaN if there are none.
    n_rows : int
        Held-out rows under the rule.
    """

    cluster: int
    text: str | None
    precision: float
    coverage: float
    n_rows: int


@dataclass(frozen=True)
class Surrogate:
    """A clustering as rules.

    Attributes
    ----------
    outcome : str
        `explained`, or why there are no rules: `too_few_rows` (fewer than 20), `one_cluster` (all rows have the
        same label), `no_usable_features` (none varies).
    fidelity : float
        Share of the held-out rows that the tree, with its cuts rounded, puts where the clustering does; NaN without
        rules.
    rules : list of Rule
        One per cluster, by number; none for noise.
    """

    outcome: str
    fidelity: float
    rules: list[Rule]


@dataclass
class _Tree:
    """A tree whose cuts can be changed; node 0 is the root, a leaf has itself as its child."""

    left: np.ndarray
    right: np.ndarray
    feature: np.ndarray
    cut: np.ndarray
    is_missing_left: np.ndarray
    label: np.ndarray

    def leaves_of(self, X: np.ndarray) -> np.ndarray:
        """Return the leaf of each row."""
        nodes = np.zeros(len(X), dtype="int64")
        while True:
            values = X[np.arange(len(X)), self.feature[nodes]]
            goes_left = np.where(np.isnan(values), self.is_missing_left[nodes], values <= self.cut[nodes])
            following = np.where(goes_left, self.left[nodes], self.right[nodes])
            if (following == nodes).all():
                return nodes
            nodes = following

    def is_leaf(self, node: int) -> bool:
        return self.left[node] == node


def explain_clusters(
    frame: pd.DataFrame,
    features: Sequence[str],
    labels: Sequence[int],
    *,
    max_depth: int = 4,
    least_leaf_share: float = 0.005,
    max_rows: int = 10_000,
    seed: int = 7,
) -> Surrogate:
    """Tell which customers are in which cluster, by rules in the features' own units.

    A decision tree learns the labels from 70 % of the rows; the rest measures it. Its cuts are rounded to the fewest
    digits, two to six, that cost no more than half a percent of its hits. A cluster's rule is the paths to its leaves,
    at most three, that with most members first: conditions on the same feature are merged, and those without which a
    path takes in at most half a percent more rows are left out.

    A missing value goes to the side where it fits better, as in the tree, and the rule says so: `x <= 5 or x is null`
    holds for it, `x <= 5` does not, `x is null` holds for nothing else. The words `is null` come up only for features
    that have missing values. An infinite value counts as missing.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per customer, before any transformation.
    features : sequence of str
        Numeric columns of `frame`.
    labels : sequence of int, of shape (n_rows,)
        Cluster of each row; 0 is noise, which the tree learns too but gives no rule.
    max_depth : int
        Most conditions on the way to a leaf, 1 to 8.
    least_leaf_share : float
        Least share of the learning rows in a leaf, 0 to 0.5.
    max_rows : int
        Most rows that are read, drawn by `seed`.
    seed : int
        0 to 2^32 - 1.

    Returns
    -------
    Surrogate
        The same for the same rows in the same order.

    Raises
    ------
    ValueError
        If an argument is not legal, a feature is no number, or labels are not one integer a row.

    References
    ----------
    Craven & Shavlik (1995). Extracting tree-structured representations of trained networks. NIPS 8.
    """
    features = check_names("features", features)
    max_depth = check_integer("max_depth", max_depth, 1, 8)
    least_leaf_share = check_number("least_leaf_share", least_leaf_share, 0, 0.5)
    max_rows = check_integer("max_rows", max_rows, LEAST_ROWS)
    seed = check_integer("seed", seed, 0, 2**32 - 1)
    labels = _check_labels(labels, len(frame))
    clusters = [int(label) for label in np.unique(labels) if label > 0]

    if len(frame) < LEAST_ROWS:
        return Surrogate("too_few_rows", np.nan, [])
    if len(np.unique(labels)) == 1:
        return Surrogate("one_cluster", np.nan, [])
    rows = draw_rows(len(frame), max_rows, seed)
    X, labels = numeric_matrix(frame.iloc[rows], features), labels[rows]
    X = np.clip(np.where(np.isinf(X), np.nan, X), -LARGEST, LARGEST)
    varies = [len(np.unique(column)) > 1 for column in X.T]  # all NaN are one value
    if not any(varies):
        return Surrogate("no_usable_features", np.nan, [])
    X, features = X[:, varies], [name for name, does in zip(features, varies, strict=True) if does]

    order = np.random.RandomState(seed).permutation(len(X))
    n_held_out = round(HELD_OUT_SHARE * len(X))
    held_out, learning = np.sort(order[:n_held_out]), np.sort(order[n_held_out:])
    tree = _grow(X[learning], labels[learning], max_depth, least_leaf_share, seed)
    tree = _round(tree, X[learning], labels[learning])
    has_missing = np.isnan(X).any(axis=0)
    rules = [
        _measure_rule(
            cluster,
            _learn_rule(cluster, tree, X[learning], labels[learning], has_missing),
            features,
            X[held_out],
            labels[held_out],
            has_missing,
        )
        for cluster in clusters
    ]
    is_right = tree.label[tree.leaves_of(X[held_out])] == labels[held_out]
    return Surrogate("explained", float(is_right.mean()), rules)


def _check_labels(labels: Sequence[int], n_rows: int) -> np.ndarray:
    """Return labels as integers."""
    labels = pd.Series(labels).reset_index(drop=True)
    if len(labels) != n_rows or labels.isna().any() or not pd.api.types.is_integer_dtype(labels) or (labels < 0).any():
        raise ValueError(
            f"labels must be one integer of at least 0 for each of the {n_rows} rows; got {len(labels)} of type "
            f"{labels.dtype}, {labels.isna().sum()} of them null."
        )
    return labels.to_numpy(dtype="int64")


def _grow(X: np.ndarray, labels: np.ndarray, max_depth: int, least_leaf_share: float, seed: int) -> _Tree:
    """Fit a tree; splits on whole numbers get a whole cut."""
    least = max(2, int(np.ceil(least_leaf_share * len(X))))
    grown = DecisionTreeClassifier(max_depth=max_depth, min_samples_leaf=least, random_state=seed).fit(X, labels).tree_
    nodes = np.arange(grown.node_count)
    is_leaf = grown.children_left == -1
    feature = np.where(is_leaf, 0, grown.feature)
    is_whole = np.array([(column[~np.isnan(column)] % 1 == 0).all() for column in X.T])
    return _Tree(
        left=np.where(is_leaf, nodes, grown.children_left),
        right=np.where(is_leaf, nodes, grown.children_right),
        feature=feature,
        cut=np.where(is_whole[feature], np.floor(grown.threshold), grown.threshold),
        is_missing_left=grown.missing_go_to_left.astype(bool),
        label=np.unique(labels)[grown.value[:, 0, :].argmax(axis=1)],
    )


def _round(tree: _Tree, X: np.ndarray, labels: np.ndarray) -> _Tree:
    """Round the cuts, let leaves have the commonest label of the rows they get then, and join leaves that agree."""
    aim = np.mean(tree.label[tree.leaves_of(X)] == labels) - ACCEPTED_LOSS
    for digits in DIGITS:
        cuts = np.array([float(f"{cut:.{digits - 1}e}") for cut in tree.cut])
        rounded = _Tree(
            tree.left.copy(), tree.right.copy(), tree.feature, cuts, tree.is_missing_left, tree.label.copy()
        )
        leaves = rounded.leaves_of(X)
        for leaf in np.unique(leaves):
            found, counts = np.unique(labels[leaves == leaf], return_counts=True)
            rounded.label[leaf] = found[counts.argmax()]
        if np.mean(rounded.label[leaves] == labels) >= aim:
            break
    for node in range(len(cuts) - 1, -1, -1):  # children come after their parent
        children = rounded.left[node], rounded.right[node]
        if all(rounded.is_leaf(child) for child in children) and len({rounded.label[child] for child in children}) == 1:
            rounded.label[node] = rounded.label[children[0]]
            rounded.left[node] = rounded.right[node] = node
    return rounded


def _paths(tree: _Tree, has_missing: np.ndarray) -> dict[int, Path]:
    """Return the path to each leaf, its conditions on the same feature merged."""
    paths, waiting = {}, [(0, {})]
    while waiting:
        node, path = waiting.pop()
        if tree.is_leaf(node):
            paths[node] = path
            continue
        i, cut, is_missing_left = int(tree.feature[node]), float(tree.cut[node]), bool(tree.is_missing_left[node])
        low, high, takes_missing = path.get(i, (-np.inf, np.inf, bool(has_missing[i])))
        waiting.append((tree.left[node], path | {i: (low, min(high, cut), takes_missing and is_missing_left)}))
        waiting.append((tree.right[node], path | {i: (max(low, cut), high, takes_missing and not is_missing_left)}))
    return paths


def _holds(path: Path, X: np.ndarray) -> np.ndarray:
    """Return whether each row is on a path."""
    found = np.ones(len(X), dtype=bool)
    for i, (low, high, takes_missing) in path.items():
        values = X[:, i]
        found &= np.where(np.isnan(values), takes_missing, (values > low) & (values <= high))
    return found


def _simplify(path: Path, X: np.ndarray, has_missing: np.ndarray) -> Path:
    """Drop the parts of a path, last split first, without which it takes in the same rows or next to no others."""
    most = (1 + ACCEPTED_LOSS) * _holds(path, X).sum()
    for i in reversed(path):
        missing = bool(has_missing[i])
        for change in ({0: -np.inf, 1: np.inf, 2: missing}, {0: -np.inf}, {1: np.inf}, {2: missing}):
            bound = tuple(change.get(place, part) for place, part in enumerate(path[i]))
            if _holds(path | {i: bound}, X).sum() <= most:
                path = path | {i: bound}
                break
        low, high, takes_missing = path[i]
        if takes_missing and (low > -np.inf or high < np.inf) and not np.isnan(X[_holds(path, X), i]).any():
            path = path | {i: (low, high, False)}
    return path


def _learn_rule(cluster: int, tree: _Tree, X: np.ndarray, labels: np.ndarray, has_missing: np.ndarray) -> list[Path]:
    """Return the paths that tell a cluster, that with most members first."""
    paths = [path for leaf, path in _paths(tree, has_missing).items() if tree.label[leaf] == cluster]
    found = [(path, int((_holds(path, X) & (labels == cluster)).sum())) for path in paths]
    least = max(1, LEAST_PATH_SHARE * sum(members for _, members in found))
    found = sorted((pair for pair in found if pair[1] >= least), key=lambda pair: -pair[1])
    return [_simplify(path, X, has_missing) for path, _ in found[:MOST_PATHS]]


def _measure_rule(
    cluster: int, paths: list[Path], features: Sequence[str], X: np.ndarray, labels: np.ndarray, has_missing: np.ndarray
) -> Rule:
    """Write a rule down and measure it on rows that it was not learned from."""
    if not paths:
        return Rule(cluster, None, np.nan, 0.0, 0)
    texts = []
    for path in paths:
        parts = filter(None, (_condition(features[i], *bound, has_missing[i]) for i, bound in path.items()))
        texts.append(_join(list(parts), "and"))
    is_under = np.any([_holds(path, X) for path in paths], axis=0)
    is_member = labels == cluster
    both = np.sum(is_under & is_member)
    return Rule(
        cluster=cluster,
        text=_join(texts, "or") or "true",
        precision=float(both / is_under.sum()) if is_under.any() else np.nan,
        coverage=float(both / is_member.sum()) if is_member.any() else np.nan,
        n_rows=int(is_under.sum()),
    )


def _condition(feature: str, low: float, high: float, takes_missing: bool, has_missing: bool) -> str:
    """Return the condition low < feature <= high, which some value meets; empty if every value does."""
    if low >= high:
        return f"{feature} is null"
    bounds = [f"{feature} > {_number(low)}"] if low > -np.inf else []
    bounds += [f"{feature} <= {_number(high)}"] if high < np.inf else []
    if takes_missing and bounds:
        return f"{' and '.join(bounds)} or {feature} is null"
    if has_missing and not takes_missing and not bounds:
        return f"{feature} is not null"
    return " and ".join(bounds)


def _join(texts: list[str], word: str) -> str:
    """Join conditions by `and` or `or`, those that hold the other word in brackets."""
    other = " and " if word == "or" else " or "
    return f" {word} ".join(f"({text})" if len(texts) > 1 and other in text else text for text in texts)


def _number(number: float) -> str:
    """Return a number without an exponent."""
    return np.format_float_positional(number + 0.0, trim="-")
