"""Consolidation: clusters that are too small or cannot be told apart are merged, one at a time, with a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from strate.checks import check_integer, check_names, check_number
from strate.clustering.detachment import Neighbourhood
from strate.clustering.distances import canonical_order
from strate.clustering.separation import LEAST_EFFECT, LEAST_GAP, ClusterMoments, compare_pairs
from strate.clustering.value_added import value_added

LEAST_VALUE = 0.02


@dataclass(frozen=True)
class Merge:
    """One merge.

    Attributes
    ----------
    step : int
        From 1.
    absorbed, into : int
        Numbers before consolidation. `into` is the larger cluster, or what it had become, and keeps its number.
    reason : str
        `too_small`, `not_separable` or `adds_no_value`.
    sentence : str
        The reason, for people.
    absorbed_size, into_size : int
        Rows of the sample.
    distance, gap : float
        Of the centroids: see `pairwise_separation`.
    value : float
        Share of an outcome's variance that the split explained among the customers of the two clusters, out
        of sample and on ranks: the largest over the outcomes; NaN without outcomes.
    """

    step: int
    absorbed: int
    into: int
    reason: str
    sentence: str
    absorbed_size: int
    into_size: int
    distance: float
    gap: float
    value: float


@dataclass(frozen=True)
class Consolidation:
    """Where each cluster went (`mapping`, old number to new; 0 stays 0), and the merges in their order."""

    mapping: dict[int, int]
    merges: list[Merge]

    def relabel(self, labels: np.ndarray) -> np.ndarray:
        """Return labels with the new numbers."""
        table = np.zeros(max(self.mapping, default=0) + 1, dtype="int64")
        table[list(self.mapping)] = list(self.mapping.values())
        return table[labels]


def consolidate(
    values: np.ndarray,
    labels: np.ndarray,
    *,
    features: Sequence[str],
    min_size: float,
    customers_per_row: float = 1.0,
    least_gap: float = LEAST_GAP,
    outcomes: Mapping[str, np.ndarray] | None = None,
    is_kept_for_value: bool = False,
    least_value: float = LEAST_VALUE,
    max_rows: int = 2_000,
    seed: int = 7,
) -> Consolidation:
    """Merge clusters along Ward's hierarchy until each is large enough and any two can be told apart.

    One merge at a time, everything worked out anew after each, until none is left to do or one cluster:

    1. `too_small`: the smallest cluster under `min_size` joins the one for which the sum of squares within
       grows least (Ward's criterion on centroids and sizes).
    2. Of the pairs that are not separable (see `pairwise_separation`), the one that Ward's criterion would
       join first. If no feature tells the two apart, they are merged as `not_separable`. If features do,
       but without a gap, they are one cloud that was cut, and

       - without `is_kept_for_value` that is `not_separable` too;
       - with it, the cut stays when it explains at least `least_value` of some outcome among the customers
         of the two, out of sample. Else it neither follows the data nor adds value and is undone as
         `adds_no_value`.

    A split with a gap or empty space between stays, whatever its value: another behaviour is worth knowing.
    On customers who form one cloud, as most do, every cut is one through a cloud, and without
    `is_kept_for_value` (or with a high `least_gap`) one cluster may be all that is left. Too many clusters
    are mended here, too few are not: a cluster made of two clouds is wide, and may join a third.

    Noise is never merged. The order of the numbers stays: the clusters left are numbered 1, 2, 3 by the
    number of the largest they were made of. Which clusters merge does not depend on the numbers.

    Parameters
    ----------
    values : numpy.ndarray of shape (n_rows, n_features)
        Scaled features, finite.
    labels : numpy.ndarray of int, of shape (n_rows,)
        Clusters from 1, noise 0.
    features : sequence of str
        Names of the columns.
    min_size : float
        Customers, at least 0.
    customers_per_row : float
        Customers that a row of the sample stands for.
    least_gap : float
        See `pairwise_separation`.
    outcomes : mapping of str to numpy.ndarray of shape (n_rows,), optional
        Such as revenue and the next period's revenue; NaN where not known. Each merge says what it costs.
    is_kept_for_value : bool
        Whether outcomes decide, as above, or are only reported.
    least_value : float
        0.02 is where Cohen's small effects begin. It is a share within the pair, so small clusters have
        the same chance as large ones.
    max_rows : int
        Most rows on which detachment is taken.
    seed : int
        Of their draw, and of the folds in which value is measured.

    Returns
    -------
    Consolidation

    Raises
    ------
    ValueError
        If an argument is not legal.

    References
    ----------
    Ward, J. H. (1963). Hierarchical grouping to optimize an objective function. Journal of the American
    Statistical Association 58.
    """
    features = check_names("features", list(features))
    check_number("min_size", min_size, 0, np.inf)
    check_number("customers_per_row", customers_per_row, 0, np.inf)
    check_number("least_gap", least_gap, 0, np.inf)
    check_number("least_value", least_value, 0, 1)
    check_integer("max_rows", max_rows, 1)
    if is_kept_for_value and not outcomes:
        raise ValueError("is_kept_for_value needs outcomes; got none.")
    moments = _in_canonical_order(ClusterMoments.of(values, labels))
    neighbourhood = Neighbourhood(values, labels, max_rows=max_rows, seed=seed)
    value_of = _ValueOfSplits(np.array(labels, dtype="int64"), outcomes or {}, seed)
    went_to = {int(cluster): int(cluster) for cluster in moments.clusters}
    merges: list[Merge] = []
    while len(moments.sizes) > 1:
        pairs = compare_pairs(moments, neighbourhood, features, least_gap)
        cost = pairs["distance"] ** 2 * pairs["size"] * pairs["other_size"] / (pairs["size"] + pairs["other_size"])
        by_cost = [_Pair(**row) for row in pairs.iloc[cost.argsort(kind="stable")].to_dict("records")]
        found = _too_small(moments, by_cost, min_size, customers_per_row) or _not_separable(
            by_cost, least_gap, least_value if is_kept_for_value else None, value_of
        )
        if found is None:
            break
        pair, reason, cause = found
        absorbed, into = pair.from_small_to_large()
        positions = [int(np.flatnonzero(moments.clusters == cluster)[0]) for cluster in (absorbed, into)]
        sizes = [int(moments.sizes[position]) for position in positions]
        sentence = f"{cause}, so cluster {absorbed} joins cluster {into}."
        value = value_of(pair)[0]
        merges.append(Merge(len(merges) + 1, absorbed, into, reason, sentence, *sizes, pair.distance, pair.gap, value))
        moments = moments.merge(*positions)
        neighbourhood.merge(absorbed, into)
        value_of.merge(absorbed, into)
        went_to = {old: into if now == absorbed else now for old, now in went_to.items()}
    new = {old: position for position, old in enumerate(sorted(moments.clusters.tolist()), 1)}
    return Consolidation({0: 0} | {old: new[now] for old, now in went_to.items()}, merges)


@dataclass(frozen=True)
class _Pair:
    """A row of `compare_pairs`."""

    cluster: int
    other_cluster: int
    size: int
    other_size: int
    distance: float
    gap: float
    detachment: float
    n_features_apart: int
    strongest_feature: str
    strongest_effect: float
    is_separable: bool

    def from_small_to_large(self) -> tuple[int, int]:
        """Return the two clusters, the smaller first; of equals the one that comes later in canonical order."""
        if self.size < self.other_size:
            return self.cluster, self.other_cluster
        return self.other_cluster, self.cluster


class _ValueOfSplits:
    """What the split between two clusters explains of the outcomes, as the clusters stand now."""

    def __init__(self, labels: np.ndarray, outcomes: Mapping[str, np.ndarray], seed: int) -> None:
        self.labels, self.outcomes, self.seed = labels, outcomes, seed
        self.known: dict[tuple[int, int], tuple[float, str]] = {}

    def __call__(self, pair: _Pair) -> tuple[float, str]:
        """Return the largest share of variance explained and the name of its outcome; NaN if none is measured."""
        key = pair.cluster, pair.other_cluster
        if key not in self.known:
            rows = np.isin(self.labels, key)
            labels = self.labels[rows]
            shares = {name: value_added(labels, y[rows], seed=self.seed).r_squared for name, y in self.outcomes.items()}
            measured = {name: share for name, share in shares.items() if not np.isnan(share)}
            best = max(measured, key=measured.__getitem__, default="")
            self.known[key] = measured.get(best, float("nan")), best
        return self.known[key]

    def merge(self, absorbed: int, into: int) -> None:
        """Follow a merge."""
        self.labels[self.labels == absorbed] = into
        self.known = {key: value for key, value in self.known.items() if not {absorbed, into} & set(key)}


def _in_canonical_order(moments: ClusterMoments) -> ClusterMoments:
    """Sort the clusters by their means, so that ties do not depend on their numbers."""
    order = canonical_order(moments.means) if len(moments.sizes) else []
    return ClusterMoments(moments.clusters[order], moments.sizes[order], moments.means[order], moments.scatters[order])


def _too_small(
    moments: ClusterMoments, by_cost: Sequence[_Pair], min_size: float, customers_per_row: float
) -> tuple[_Pair, str, str] | None:
    """Return the cheapest pair of the smallest cluster that is under the minimum, and why; None if none is."""
    customers = moments.sizes * customers_per_row
    smallest = int(customers.argmin())
    if customers[smallest] >= min_size:
        return None
    cluster = int(moments.clusters[smallest])
    pair = next(pair for pair in by_cost if cluster in (pair.cluster, pair.other_cluster))
    cause = f"Cluster {cluster} stands for {customers[smallest]:.0f} customers, fewer than {min_size:g}"
    return pair, "too_small", cause


def _not_separable(
    by_cost: Sequence[_Pair], least_gap: float, least_value: float | None, value_of: _ValueOfSplits
) -> tuple[_Pair, str, str] | None:
    """Return the cheapest pair to be merged because it is not separable, and why; None if there is none."""
    for pair in by_cost:
        if pair.is_separable:
            continue
        names = f"clusters {pair.cluster} and {pair.other_cluster}"
        if not pair.n_features_apart:
            return pair, "not_separable", f"No feature tells {names} apart by {LEAST_EFFECT:g} standard deviations"
        cut = f"{names.capitalize()} lie {pair.gap:.2f} spreads apart, under {least_gap:.2f}: one cloud that was cut"
        if least_value is None:
            return pair, "not_separable", cut
        value, name = value_of(pair)
        if np.isnan(value):
            return pair, "adds_no_value", f"{cut}, and no outcome can be measured there"
        if value < least_value:
            explains = f"explains {max(value, 0.0):.1%} of {name}, under {least_value:.0%}"
            return pair, "adds_no_value", f"{cut}, and the cut {explains}"
    return None
