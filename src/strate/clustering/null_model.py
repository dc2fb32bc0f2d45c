"""Null model: the same algorithm on data that have the same margins and no clusters."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, rankdata

from strate.checks import check_choice, check_integer, check_matrix
from strate.clustering.resampling import Refit, draw_seed, fit_again
from strate.clustering.sampling import draw_rows
from strate.progress import track
from strate.threads import one_thread

NULLS = ("shuffled", "correlated")
"""Names of the null models, the legal values of the argument `null`."""


@dataclass(frozen=True)
class NullModel:
    """A statistic of a clustering beside what the same algorithm reaches without structure.

    Attributes
    ----------
    p_value : float
        Share of all draws, the observed one included, that are at least as good; NaN if not tested.
    null_mean, null_std : float
        Of the statistic over the draws on which it is defined; NaN if there are none.
    n_draws : int
    observed : float
        The statistic that was compared, taken on as many rows as each draw.
    outcome : str
        `tested`, or `one_column`: fewer than two columns vary, so there is no dependence to break.
    """

    p_value: float
    null_mean: float
    null_std: float
    n_draws: int
    observed: float
    outcome: str

    @property
    def z_score(self) -> float:
        """Observed less null mean, in null standard deviations; NaN if undefined.

        A p-value of 19 draws is never under 0.05, so this is what tells strong evidence from weak.
        """
        return (self.observed - self.null_mean) / self.null_std if self.null_std > 0 else float("nan")


def null_model(
    refit: Refit,
    X: np.ndarray,
    observed: float | None,
    statistic: Callable[[np.ndarray, np.ndarray], float],
    *,
    null: str = "shuffled",
    n_draws: int = 19,
    max_rows: int = 1_000,
    seed: int = 7,
) -> NullModel:
    """Compare a statistic with what the same algorithm reaches on data without clusters.

    - `shuffled` permutes each column by itself. That keeps every margin, its skew and its peaks, and breaks
      all dependence between columns. Any dependence counts against it, so features that merely rise
      together, as order count and revenue do, give a small p-value without there being clusters.
    - `correlated` keeps the margins and the rank correlations (columns are reordered as draws of a normal
      copula). What is left to find is what goes beyond correlation: the harder question, and the better
      one for customers, whose features nearly always rise together.

    In neither does a single feature with two peaks count as structure, because the margins keep it.

    Statistics such as silhouette depend on the number of rows, so observed and null are taken on equally
    many. With more than `max_rows` rows the statistic is taken anew on a fit of the rows drawn, and
    `observed` is not used.

    With one column (or one that varies) there is nothing to break and the p-value is NaN. Ask there for
    stability and generalisation, or cluster on more features.

    Parameters
    ----------
    refit : callable
        See `Refit`. If the pipeline projects on principal components, hand the scaled features as `X` and
        project in here: shuffled components are not components of shuffled features.
    X : numpy.ndarray of shape (n_rows, n_columns)
    observed : float or None
        The statistic on all of `X`, where it is known; None to take it here.
    statistic : callable
        Takes rows and labels, returns a float; higher is better. NaN, and a fit that fails or finds fewer
        than two clusters, counts as worse than everything.
    null : {'shuffled', 'correlated'}
    n_draws : int
        Null data sets, at least 1. The least p-value is 1 / (1 + n_draws).
    max_rows : int
        Most rows of a fit.
    seed : int

    Returns
    -------
    NullModel

    Raises
    ------
    ValueError
        If an argument is not legal.

    References
    ----------
    Phipson, B. and Smyth, G. K. (2010). Permutation p-values should never be zero. Statistical Applications
    in Genetics and Molecular Biology 9(1). Iman, R. L. and Conover, W. J. (1982). A distribution-free
    approach to inducing rank correlation among input variables. Communications in Statistics 11(3).
    """
    X = check_matrix("X", X)
    check_choice("null", null, NULLS)
    check_integer("n_draws", n_draws, 1)
    check_integer("max_rows", max_rows, 2)
    stream = np.random.RandomState(seed)
    rows = draw_rows(len(X), max_rows, draw_seed(stream))
    sample = X[rows]
    if observed is None or len(rows) < len(X):
        observed = _statistic(refit, sample, statistic, draw_seed(stream))
    if (sample.max(axis=0) > sample.min(axis=0)).sum() < 2:
        return NullModel(np.nan, np.nan, np.nan, 0, observed, "one_column")

    draw = _correlated if null == "correlated" else _shuffled
    scores = np.full(n_draws, np.nan)
    with one_thread():
        for i in track(range(n_draws), "Clustering, draws without structure"):
            scores[i] = _statistic(refit, draw(sample, stream), statistic, draw_seed(stream))
    known = scores[~np.isnan(scores)]
    # A NaN is never >= anything, which makes an undefined draw worse than the observed one.
    at_least = n_draws if np.isnan(observed) else int((scores >= observed).sum())
    return NullModel(
        p_value=(1 + at_least) / (1 + n_draws),
        null_mean=float(known.mean()) if len(known) else np.nan,
        null_std=float(known.std(ddof=1)) if len(known) > 1 else np.nan,
        n_draws=n_draws,
        observed=observed,
        outcome="tested",
    )


def _statistic(refit: Refit, X: np.ndarray, statistic: Callable[[np.ndarray, np.ndarray], float], seed: int) -> float:
    """Fit and return the statistic; NaN where the fit fails or finds fewer than two clusters."""
    segmenter = fit_again(refit, X, seed)
    return float("nan") if segmenter is None else float(statistic(X, segmenter.labels_))


def _shuffled(X: np.ndarray, stream: np.random.RandomState) -> np.ndarray:
    """Permute each column by itself."""
    return np.column_stack([stream.permutation(column) for column in X.T])


def _correlated(X: np.ndarray, stream: np.random.RandomState) -> np.ndarray:
    """Reorder each column so that ranks are those of correlated normal draws."""
    scores = norm.ppf(rankdata(X, axis=0) / (len(X) + 1))
    spread = scores.std(axis=0)
    scores = (scores - scores.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    # By eigenvectors, not Cholesky, because features that are copies of each other make it singular.
    values, vectors = np.linalg.eigh(scores.T @ scores / len(scores))
    normal = stream.normal(size=X.shape) * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    order = normal.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    return np.take_along_axis(np.sort(X, axis=0), order, axis=0)
