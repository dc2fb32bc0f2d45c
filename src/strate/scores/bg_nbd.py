"""BG/NBD: how often customers buy until, after some purchase, they never come back."""

from typing import Self

import numpy as np
from scipy.special import betainc, digamma, expit, gammaln
from sklearn.base import BaseEstimator

from strate.scores.maximum_likelihood import maximise

PARAMETERS = ("r", "alpha", "a", "b")
LEAST_CUSTOMERS = 30
LEAST_REPEATERS = 10


class BgNbd(BaseEstimator):
    """Beta-geometric / negative binomial model of repeat purchases (Fader, Hardie and Lee 2005).

    While alive a customer buys at a rate of their own, gamma distributed with shape `r` and scale `alpha`. After each
    repeat purchase they leave for good with a probability of their own, beta distributed with `a` and `b`.

    Attributes
    ----------
    outcome_ : str
        `fitted`; `fitted_at_bound` (customers hardly differ in how often they buy or how soon they leave); or why
        nothing can be predicted: `too_few_customers` (fewer than 30), `too_few_repeat_buyers` (fewer than 10),
        `all_alike` (one history for all) or `no_optimum` (the search does not converge).
    parameters_ : dict of str to float
        `r`, `alpha` (in the unit of time of what was fitted), `a` and `b`. Only where it was fitted.
    log_likelihood_ : float
        The sum over customers, in that unit. Only where it was fitted.

    References
    ----------
    Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2),
    https://doi.org/10.1287/mksc.1040.0098.
    """

    def fit(self, repeats: np.ndarray, recency: np.ndarray, age: np.ndarray) -> Self:
        """Estimate the parameters by maximum likelihood.

        Parameters
        ----------
        repeats : numpy.ndarray of shape (n_customers,)
            Repeat purchases, 0 or more.
        recency : numpy.ndarray of shape (n_customers,)
            Time from the first purchase to the last, 0 where there is one alone.
        age : numpy.ndarray of shape (n_customers,)
            Time from the first purchase to now, at least `recency`, in its unit.

        Returns
        -------
        BgNbd

        Raises
        ------
        ValueError
            If lengths differ, a value is negative or not finite, or an age is below its recency.
        """
        repeats, recency, age = _histories(repeats, recency, age)
        self.outcome_ = "fitted"
        if len(age) < LEAST_CUSTOMERS:
            self.outcome_ = "too_few_customers"
        elif (repeats > 0).sum() < LEAST_REPEATERS:
            self.outcome_ = "too_few_repeat_buyers"
        if self.outcome_ != "fitted":
            return self
        # Many customers have the same history, those who bought once above all.
        distinct, counts = np.unique(np.column_stack([repeats, recency, age]), axis=0, return_counts=True)
        if len(distinct) == 1:
            self.outcome_ = "all_alike"
            return self
        x, last, length = distinct.T
        unit = max(length.max(), 1e-300)  # so that days and weeks give the same
        likelihood = _Likelihood(x, last / unit, length / unit, counts)
        values, mean, self.outcome_ = maximise(likelihood, [1, 0.5, 1, 2])
        self.parameters_ = dict(zip(PARAMETERS, map(float, values), strict=True))
        self.parameters_["alpha"] *= float(unit)
        self.log_likelihood_ = mean * counts.sum() - float((counts * x).sum() * np.log(unit))
        return self

    def probability_alive(self, repeats: np.ndarray, recency: np.ndarray, age: np.ndarray) -> np.ndarray:
        """Return the probability that each customer will buy again some day, of shape (n_customers,).

        It is 1 for whoever bought once: in this model nobody leaves before a repeat purchase. Arguments as in `fit`.
        """
        x, last, length = _histories(repeats, recency, age)
        return expit(-self._log_odds_gone(x, last, length))

    def expected_purchases(
        self, repeats: np.ndarray, recency: np.ndarray, age: np.ndarray, horizon: float
    ) -> np.ndarray:
        """Return how many repeat purchases each customer is expected to make in the next `horizon`.

        Parameters
        ----------
        repeats, recency, age : numpy.ndarray of shape (n_customers,)
            As in `fit`.
        horizon : float
            In the same unit of time, 0 or more.

        Returns
        -------
        numpy.ndarray of shape (n_customers,)
        """
        x, last, length = _histories(repeats, recency, age)
        r, alpha, a, b = (self.parameters_[name] for name in PARAMETERS)
        purchases = _purchases_while_alive(r + x, horizon / (alpha + length), a, b + x)
        return purchases * expit(-self._log_odds_gone(x, last, length))

    def _log_odds_gone(self, x: np.ndarray, last: np.ndarray, length: np.ndarray) -> np.ndarray:
        r, alpha, a, b = (self.parameters_[name] for name in PARAMETERS)
        again = np.maximum(x, 1)
        odds = np.log(a) - np.log(b + again - 1) + (r + x) * (np.log(alpha + length) - np.log(alpha + last))
        return np.where(x > 0, odds, -np.inf)


class _Likelihood:
    """The mean log-likelihood of distinct histories, each `counts` times, and its gradient."""

    def __init__(self, x: np.ndarray, last: np.ndarray, length: np.ndarray, counts: np.ndarray) -> None:
        self.x, self.last, self.length = x, last, length
        self.weights = counts / counts.sum()

    def __call__(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        r, alpha, a, b = parameters
        x, repeated = self.x, self.x > 0
        log_length, log_last = np.log(alpha + self.length), np.log(alpha + self.last)
        less_one = np.where(repeated, b + x - 1, 1.0)
        alive = -(r + x) * log_length
        gone = np.where(repeated, np.log(a) - np.log(less_one) - (r + x) * log_last, -np.inf)
        either = np.logaddexp(alive, gone)
        value = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        value += gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x) + either
        is_gone = np.exp(gone - either)
        is_alive = 1 - is_gone
        beta = digamma(a + b) - digamma(a + b + x)
        gradient = (
            digamma(r + x) - digamma(r) + np.log(alpha) - is_alive * log_length - is_gone * log_last,
            r / alpha - (r + x) * (is_alive / (alpha + self.length) + is_gone / (alpha + self.last)),
            beta + is_gone / a,
            beta + digamma(b + x) - digamma(b) - is_gone / less_one,
        )
        return float(self.weights @ value), np.array([self.weights @ part for part in gradient])


def _purchases_while_alive(shape: np.ndarray, time: np.ndarray, a: float, b: np.ndarray) -> np.ndarray:
    """Return the expected purchases of whoever is alive now, all arguments but `a` of shape (n_customers,).

    The sum over k of the probability of k purchases or more: of so many in the gamma-Poisson process of `shape` in
    `time`, and of not having left after any of the k - 1 before. It equals equation 10 of the paper, whose
    hypergeometric function overflows where there were many purchases, and is undefined at a = 1.
    """
    total = np.zeros(len(shape))
    # Few customers have a long sum: whoever is done leaves it.
    rows = np.arange(len(shape))
    share = time / (1 + time)
    exactly = np.exp(-shape * np.log1p(time))
    at_least = np.where(exactly > 0, 1 - exactly, 1.0)
    stays = np.ones(len(shape))
    count = 1
    while len(rows):
        term = at_least * stays
        total[rows] += term
        # The terms to come are at most a geometric series or fall faster.
        goes_on = term > 1e-12
        rows, shape, share, b = rows[goes_on], shape[goes_on], share[goes_on], b[goes_on]
        exactly = exactly[goes_on] * share * (shape + count - 1) / count
        count += 1
        at_least = np.maximum(at_least[goes_on] - exactly, 0)
        vanished = exactly == 0  # among hundreds of purchases one number is too improbable to begin with
        if vanished.any():
            at_least[vanished] = betainc(count, shape[vanished], share[vanished])
        stays = stays[goes_on] * (b + count - 2) / (a + b + count - 2)
    return total


def _histories(repeats: np.ndarray, recency: np.ndarray, age: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the three as float64 arrays of one length, or raise."""
    arrays = tuple(np.asarray(values, dtype="float64").ravel() for values in (repeats, recency, age))
    if len({len(array) for array in arrays}) > 1:
        raise ValueError(f"repeats, recency and age must have one length; got {[len(array) for array in arrays]}.")
    if not all(np.isfinite(array).all() and (array >= 0).all() for array in arrays):
        raise ValueError("repeats, recency and age must be finite and 0 or more.")
    if (arrays[2] < arrays[1]).any():
        raise ValueError("age must be at least recency: both begin with the first purchase.")
    return arrays
