"""How good predictions of revenue were, and which of several methods is better beyond noise."""

from collections.abc import Mapping

import numpy as np
from scipy.special import xlogy
from scipy.stats import rankdata

LEAST_SHARE = 0.01
N_GROUPS = 10


def measure(actual: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Return what a hold-out period says of predictions.

    Parameters
    ----------
    actual : numpy.ndarray of shape (n_customers,)
        Revenue in the horizon; returns may make it negative. Its sum is positive.
    predicted : numpy.ndarray of shape (n_customers,)
        Expected revenue, 0 or more.

    Returns
    -------
    dict of str to float
        `total_error` (predicted over actual total, less 1), `rank_correlation` (Spearman; NaN where all predictions are
        the same), `decile_lift` (mean revenue of the tenth predicted highest over that of all), `mean_absolute_error`
        and `deviance_explained` (share of the Poisson deviance of the mean that is explained, 1 is perfect).
    """
    losses = deviance(actual, predicted)
    of_mean = deviance(actual, np.full(len(actual), np.maximum(actual, 0).mean()))
    return {
        "total_error": float(predicted.sum() / actual.sum() - 1),
        "rank_correlation": _rank_correlation(actual, predicted),
        "decile_lift": lift_groups(actual, predicted)[-1]["lift"],
        "mean_absolute_error": float(np.abs(actual - predicted).mean()),
        "deviance_explained": float(1 - losses.sum() / of_mean.sum()) if of_mean.sum() > 0 else float("nan"),
    }


def measure_purchases(actual: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Return `purchase_total_error` and `purchase_rank_correlation` of expected purchases, as `measure` does."""
    total = float(actual.sum())
    return {
        "purchase_total_error": float(predicted.sum()) / total - 1 if total else float("nan"),
        "purchase_rank_correlation": _rank_correlation(actual, predicted),
    }


def deviance(actual: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the Poisson deviance of each prediction, which is least where the mean is met.

    Unlike absolute error it does not reward predicting 0 for all, and unlike squared error a few large customers do not
    decide alone. Negative revenue counts as 0. A prediction under 1 % of the mean revenue counts as that: otherwise one
    purchase of somebody who was given up costs infinitely much.
    """
    revenue = np.maximum(actual, 0)
    expected = np.maximum(predicted, LEAST_SHARE * revenue.mean())
    return 2 * (xlogy(revenue, revenue / np.maximum(expected, 1e-300)) - revenue + expected)


def choose_champion(
    losses: Mapping[str, np.ndarray], seed: int, draws: int = 500
) -> tuple[str, dict[str, tuple[str, dict[str, float]]]]:
    """Return the method to use: the simplest, unless another is better beyond noise.

    Each method in turn is compared with the best so far on the same customers, drawn again `draws` times. It takes the
    place where 97.5 % of the draws say that its mean loss is less.

    Parameters
    ----------
    losses : mapping of str to numpy.ndarray of shape (n_customers,)
        Loss of each customer by method, the simplest method first, at least one.
    seed : int
        Of the draws.
    draws : int
        How many.

    Returns
    -------
    tuple of str and dict
        The method, and for each but the first the one that it was compared with, and the share of that one's loss that
        it saves, `gain`, with the 95 % interval, `gain_low` and `gain_high`.
    """
    champion, *challengers = losses
    comparisons = {}
    for name in challengers:
        saved, scale = losses[champion] - losses[name], max(float(losses[champion].mean()), 1e-300)
        stream = np.random.default_rng(seed)
        means = [saved[stream.integers(0, len(saved), len(saved))].mean() for _ in range(draws)]
        low, high = np.quantile(means, [0.025, 0.975]) / scale
        gains = {"gain": float(saved.mean() / scale), "gain_low": float(low), "gain_high": float(high)}
        comparisons[name] = champion, gains
        if low > 0:
            champion = name
    return champion, comparisons


def lift_groups(actual: np.ndarray, predicted: np.ndarray) -> list[dict[str, float]]:
    """Return `rate`, `lift`, `captured` and `count` of ten groups of exactly equal size, 10 the highest predicted.

    Whoever ties at an edge counts in part on both sides, so that the order of rows has no say. `captured` is what this
    group and those above it have of the sum of `actual`, which is 0 or 1 of each row, or revenue.
    """
    _, tie, size = np.unique(predicted, return_inverse=True, return_counts=True)
    rate = np.bincount(tie, actual) / size
    edges = np.concatenate([[0], np.cumsum(size)])
    sums = np.concatenate([[0], np.cumsum(rate * size)])
    at = np.interp(np.linspace(0, len(actual), N_GROUPS + 1), edges, sums)
    total, each = float(actual.sum()) or np.nan, len(actual) / N_GROUPS
    return [
        {
            "position": number + 1,
            "rate": float((at[number + 1] - at[number]) / each),
            "lift": float((at[number + 1] - at[number]) / total * N_GROUPS),
            "captured": float((at[-1] - at[number]) / total),
            "count": each,
        }
        for number in range(N_GROUPS)
    ]


def _rank_correlation(actual: np.ndarray, predicted: np.ndarray) -> float:
    """Return Spearman's correlation, NaN where either is constant."""
    ranks = rankdata(actual), rankdata(predicted)
    if min(np.ptp(rank) for rank in ranks) == 0:
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])
