"""How far clusters lie apart: per feature over all clusters, and per pair of clusters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution
from scipy.stats import t as t_distribution

from strate.checks import check_integer, check_matrix, check_names, check_number
from strate.clustering.detachment import Neighbourhood
from strate.significance import FALSE_DISCOVERY_RATE, q_values
from strate.threads import one_thread

LEAST_EFFECT = 0.5
LEAST_GAP = float(np.sqrt(12))
LEAST_DETACHMENT = 2.0
ROUNDING = 1e-20  # share of a sum of squares that is only the rounding of the means


@dataclass(frozen=True)
class ClusterMoments:
    """Sizes, means and scatter of clusters: all that centroid distances and effects need of the rows.

    Attributes
    ----------
    clusters : numpy.ndarray of int, of shape (n_clusters,)
        Their numbers, ascending; noise (0) is left out.
    sizes : numpy.ndarray of float, of shape (n_clusters,)
    means : numpy.ndarray of shape (n_clusters, n_features)
    scatters : numpy.ndarray of shape (n_clusters, n_features, n_features)
        Sums of squares and products about the cluster's mean.
    """

    clusters: np.ndarray
    sizes: np.ndarray
    means: np.ndarray
    scatters: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, labels: np.ndarray) -> "ClusterMoments":
        """Take the moments of `values`, of shape (n_rows, n_features), by cluster."""
        values = check_matrix("values", values)
        if labels.shape != (len(values),):
            raise ValueError(f"labels must have one entry for each of the {len(values)} rows; got {labels.shape}.")
        clusters = np.unique(labels[labels > 0])
        sizes, means = np.zeros(len(clusters)), np.zeros((len(clusters), values.shape[1]))
        scatters = np.zeros((len(clusters), values.shape[1], values.shape[1]))
        with one_thread():
            for i, cluster in enumerate(clusters):
                members = values[labels == cluster]
                sizes[i], means[i] = len(members), members.mean(axis=0)
                centered = members - means[i]
                scatters[i] = centered.T @ centered
        return cls(clusters, sizes, means, scatters)

    def merge(self, absorbed: int, into: int) -> "ClusterMoments":
        """Merge the cluster at position `absorbed` into that at position `into`, which keeps its number."""
        pair = [absorbed, into]
        size = self.sizes[pair].sum()
        shift = self.means[absorbed] - self.means[into]
        sizes, means, scatters = self.sizes.copy(), self.means.copy(), self.scatters.copy()
        sizes[into] = size
        means[into] = (self.sizes[pair, None] * self.means[pair]).sum(axis=0) / size
        scatters[into] = self.scatters[pair].sum(axis=0) + self.sizes[pair].prod() / size * np.outer(shift, shift)
        stays = np.arange(len(self.sizes)) != absorbed
        return ClusterMoments(self.clusters[stays], sizes[stays], means[stays], scatters[stays])


def separation(values: np.ndarray, labels: np.ndarray, features: Sequence[str]) -> pd.DataFrame:
    """Return how much of each feature's variance lies between the clusters (one-way analysis of variance).

    Read the effect sizes. With thousands of customers every p-value is next to nothing. And the p-values
    are descriptive only: clusters are made from these features, so they separate them by construction,
    even where there is no structure. The test of that is the null model.

    Parameters
    ----------
    values : numpy.ndarray of shape (n_rows, n_features)
        Finite, such as the scaled features.
    labels : numpy.ndarray of int, of shape (n_rows,)
        Clusters from 1; noise (0) is left out.
    features : sequence of str
        Names of the columns.

    Returns
    -------
    pandas.DataFrame
        One row per feature, in their order: `feature`; `f_statistic`; `eta_squared`, the share of the
        sample's variance between clusters; `omega_squared`, the same for customers at large (less biased,
        under 0 where there is less than chance gives); `effect` (`negligible`, `small` from an omega
        squared of 0.01, `medium` from 0.06, `large` from 0.14, as Cohen has it); `p_value`; and `q_value`
        (Benjamini-Hochberg over the features). All but the name are null with fewer than two clusters, as
        many clusters as rows, or a feature that does not vary.

    Raises
    ------
    ValueError
        If an argument is not legal.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal
    Statistical Society B 57. Olejnik, S. and Algina, J. (2003). Generalized eta and omega squared
    statistics. Psychological Methods 8(4). Cohen, J. (1988). Statistical power analysis for the behavioral
    sciences.
    """
    features = _check_features(values, features)
    moments = ClusterMoments.of(values, labels)
    n_rows, n_clusters = moments.sizes.sum(), len(moments.sizes)
    center = (moments.sizes[:, None] * moments.means).sum(axis=0) / max(n_rows, 1)
    between = (moments.sizes[:, None] * (moments.means - center) ** 2).sum(axis=0)
    within = np.einsum("cff->f", moments.scatters)
    total = between + within
    is_defined = (n_clusters > 1) & (n_rows > n_clusters) & (total > ROUNDING * n_rows * center**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = within / (n_rows - n_clusters)
        f_statistic = np.where(is_defined, between / (n_clusters - 1) / noise, np.nan)
        eta_squared = np.where(is_defined, between / total, np.nan)
        omega_squared = np.where(is_defined, (between - (n_clusters - 1) * noise) / (total + noise), np.nan)
    p_value = f_distribution.sf(f_statistic, n_clusters - 1, n_rows - n_clusters)
    effect = np.select(
        [np.isnan(omega_squared), omega_squared < 0.01, omega_squared < 0.06, omega_squared < 0.14],
        [None, "negligible", "small", "medium"],
        "large",
    )
    return pd.DataFrame(
        {
            "feature": features,
            "f_statistic": f_statistic,
            "eta_squared": eta_squared,
            "omega_squared": omega_squared,
            "effect": effect,
            "p_value": p_value,
            "q_value": q_values(p_value),
        }
    )


def pairwise_separation(
    values: np.ndarray,
    labels: np.ndarray,
    features: Sequence[str],
    *,
    least_gap: float = LEAST_GAP,
    max_rows: int = 2_000,
    seed: int = 7,
) -> pd.DataFrame:
    """Return for each pair of clusters how far they lie apart and which features tell them apart.

    A feature tells two clusters apart when its q-value (Welch's t, Benjamini-Hochberg over all pairs and
    features) is at most 0.05 and its means differ by at least half a standard deviation. Below that four
    fifths of the two distributions overlap, and no name of a segment could rest on the feature. As for
    `separation`, the p-values are descriptive, and the effect decides. A cluster of one row has no spread
    to measure by, and nothing tells it apart.

    Two clusters are separable when at least one feature tells them apart and their `gap` is at least
    `least_gap`, or when their `detachment` is at least 2.

    The gap is the distance of the centroids over the spread of the two clusters along the line between
    them. It says whether there are two clouds or one that was cut, because cutting moves the means apart by
    itself: halves of a normal cloud have a gap of 2.65, however many customers there are, those of a flat
    cloud sqrt(12) = 3.46, which is the most that halves of any symmetric cloud with one peak have. Two
    normal clouds reach it when their centers lie 3 standard deviations apart. With few customers (under
    about 50 a cluster) halves of one cloud can exceed it by luck.

    Spread is the root mean square of the two clusters' standard deviations, both counting the same. Were
    they weighted by size, the body and the tail of one skewed feature would count as two clouds.

    Centroids see nothing of clusters that wind around each other. Detachment does: it is the least distance
    between the two over the usual distance to the next customer within them (see `Neighbourhood`). Parts of
    one cloud touch, which makes it less than 1.

    Parameters
    ----------
    values : numpy.ndarray of shape (n_rows, n_features)
        Scaled features, finite.
    labels : numpy.ndarray of int, of shape (n_rows,)
        Clusters from 1; noise (0) is left out.
    features : sequence of str
        Names of the columns.
    least_gap : float
        At least 0.
    max_rows : int
        Most rows on which detachment is taken.
    seed : int
        Of their draw.

    Returns
    -------
    pandas.DataFrame
        One row per pair: `cluster`, `other_cluster` (the higher number), `size`, `other_size` in rows,
        `distance` of the centroids in units of `values`, `gap`, `detachment` (null where a cluster has
        fewer than 10 different rows among those looked at), `n_features_apart`, `strongest_feature`, its
        `strongest_effect` (other mean less mean, in standard deviations) and `is_separable`.

    Raises
    ------
    ValueError
        If an argument is not legal.
    """
    features = _check_features(values, features)
    check_number("least_gap", least_gap, 0, np.inf)
    check_integer("max_rows", max_rows, 1)
    moments = ClusterMoments.of(values, labels)
    return compare_pairs(moments, Neighbourhood(values, labels, max_rows=max_rows, seed=seed), features, least_gap)


def compare_pairs(
    moments: ClusterMoments, neighbourhood: Neighbourhood, features: Sequence[str], least_gap: float
) -> pd.DataFrame:
    """Return what `pairwise_separation` does, without looking at the rows again."""
    one, other = np.triu_indices(len(moments.sizes), k=1)
    difference = moments.means[other] - moments.means[one]
    distance = np.sqrt((difference**2).sum(axis=1))
    freedom = np.maximum(moments.sizes - 1, 1)
    covariances = moments.scatters / freedom[:, None, None]
    along = difference / np.where(distance > 0, distance, 1.0)[:, None]
    along_line = [np.einsum("pf,pfg,pg->p", along, covariances[side], along) for side in (one, other)]
    gap = _in_spreads(distance, *along_line)

    variances = np.einsum("cff->cf", covariances)
    effects = _in_spreads(difference, variances[one], variances[other])
    p_values = _welch(difference, variances[one], variances[other], moments.sizes[one], moments.sizes[other])
    is_apart = (q_values(p_values) <= FALSE_DISCOVERY_RATE) & (np.abs(effects) >= LEAST_EFFECT)
    strongest = np.abs(np.round(effects, 9)).argmax(axis=1) if len(one) else np.zeros(0, dtype="int64")
    n_apart = is_apart.sum(axis=1)
    clusters = moments.clusters.tolist()
    detachment = np.array([neighbourhood.detachment(clusters[i], clusters[j]) for i, j in zip(one, other, strict=True)])
    return pd.DataFrame(
        {
            "cluster": moments.clusters[one],
            "other_cluster": moments.clusters[other],
            "size": moments.sizes[one].astype("int64"),
            "other_size": moments.sizes[other].astype("int64"),
            "distance": distance,
            "gap": gap,
            "detachment": detachment,
            "n_features_apart": n_apart,
            "strongest_feature": np.array(features, dtype=object)[strongest],
            "strongest_effect": effects[np.arange(len(one)), strongest],
            "is_separable": ((n_apart >= 1) & (gap >= least_gap)) | (detachment >= LEAST_DETACHMENT),
        }
    )


def _check_features(values: np.ndarray, features: Sequence[str]) -> list[str]:
    """Return the names, one per column of `values`."""
    features = check_names("features", list(features))
    if np.ndim(values) != 2 or len(features) != np.shape(values)[1]:
        raise ValueError(f"features must name each column of values; got {len(features)} for {np.shape(values)}.")
    return features


def _in_spreads(difference: np.ndarray, variance: np.ndarray, other_variance: np.ndarray) -> np.ndarray:
    """Return a difference in root mean square spreads: 0 for none, infinite where nothing spreads."""
    spread = np.sqrt((variance + other_variance) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(difference == 0, 0.0, difference / spread)


def _welch(difference: np.ndarray, variance: np.ndarray, other_variance: np.ndarray, size, other_size) -> np.ndarray:
    """Return p-values of Welch's t-test per pair and feature; 1 where either cluster has a single row."""
    size, other_size = size[:, None], other_size[:, None]
    error, other_error = variance / size, other_variance / other_size
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(difference == 0, 0.0, difference / np.sqrt(error + other_error))
        freedom = (error + other_error) ** 2 / (error**2 / (size - 1) + other_error**2 / (other_size - 1))
        p_values = 2 * t_distribution.sf(np.abs(t), freedom)
    p_values = np.where(np.isinf(t), 0.0, np.where(t == 0, 1.0, p_values))
    return np.where((size > 1) & (other_size > 1), p_values, 1.0)
