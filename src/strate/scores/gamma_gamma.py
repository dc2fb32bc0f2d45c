"""Gamma-Gamma: what a purchase of a customer is worth, from few purchases of theirs and many of all."""

from typing import Self

import numpy as np
from scipy.special import digamma, gammaln
from sklearn.base import BaseEstimator

from strate.scores.bg_nbd import LEAST_REPEATERS
from strate.scores.maximum_likelihood import FITTED, maximise

PARAMETERS = ("p", "q", "v")


class GammaGamma(BaseEstimator):
    """Gamma-Gamma model of the mean value of purchases (Fader, Hardie and Lee 2005).

    Purchases of a customer are gamma distributed with shape `p` about a mean of their own, whose scale is gamma
    distributed over customers with shape `q` and scale `v`.

    Attributes
    ----------
    outcome_ : str
        `fitted`; `fitted_at_bound` (purchases of a customer, or customers, hardly differ); or why everybody is
        expected to spend `mean_value_`: `too_few_repeat_buyers` (fewer than 10 with a positive value), `all_alike` (one
        value for all), `no_optimum` (the search does not converge) or `no_mean` (it ends in a q of at most 1).
    mean_value_ : float
        Mean value of the purchases of all, 0 where there are none.
    parameters_ : dict of str to float
        `p`, `q` and `v`, in the unit of the values. Only where it was fitted.

    References
    ----------
    Fader, Hardie, Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base Analysis, Journal of Marketing
    Research 42(4), https://doi.org/10.1509/jmkr.2005.42.4.415.
    """

    def fit(self, repeats: np.ndarray, mean_value: np.ndarray) -> Self:
        """Estimate the parameters by maximum likelihood.

        Parameters
        ----------
        repeats : numpy.ndarray of shape (n_customers,)
            How many purchases each mean is of.
        mean_value : numpy.ndarray of shape (n_customers,)
            Mean value of these purchases. Who has no purchase, or no positive mean, has no say.

        Returns
        -------
        GammaGamma
        """
        repeats, mean_value = (np.asarray(values, dtype="float64").ravel() for values in (repeats, mean_value))
        counts = (repeats > 0) & (mean_value > 0)
        x, mean = repeats[counts], mean_value[counts]
        self.mean_value_ = float((x * mean).sum() / x.sum()) if len(x) else 0.0
        self.outcome_ = "fitted"
        if len(x) < LEAST_REPEATERS:
            self.outcome_ = "too_few_repeat_buyers"
        elif mean.max() - mean.min() <= 1e-9 * mean.max():
            self.outcome_ = "all_alike"
        if self.outcome_ != "fitted":
            return self
        unit = self.mean_value_  # so that cents and euros give the same
        values, _, self.outcome_ = maximise(_Likelihood(x, mean / unit), [2, 4, 1])
        if values[1] <= 1:
            self.outcome_ = "no_mean"
        self.parameters_ = dict(zip(PARAMETERS, map(float, values), strict=True))
        self.parameters_["v"] *= unit
        return self

    def expected_value(self, repeats: np.ndarray, mean_value: np.ndarray) -> np.ndarray:
        """Return what the next purchase of each customer is expected to be worth.

        Parameters
        ----------
        repeats, mean_value : numpy.ndarray of shape (n_customers,)
            As in `fit`. A mean that is missing or negative counts as 0.

        Returns
        -------
        numpy.ndarray of shape (n_customers,)
        """
        repeats, mean_value = (np.asarray(values, dtype="float64").ravel() for values in (repeats, mean_value))
        if self.outcome_ not in FITTED:
            return np.full(len(repeats), self.mean_value_)
        p, q, v = (self.parameters_[name] for name in PARAMETERS)
        spent = np.where(repeats > 0, repeats * np.nan_to_num(np.maximum(mean_value, 0)), 0.0)
        return p * (v + spent) / (p * repeats + q - 1)


class _Likelihood:
    """The mean log-likelihood of customers, and its gradient."""

    def __init__(self, x: np.ndarray, mean: np.ndarray) -> None:
        self.x, self.mean = x, mean

    def __call__(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        p, q, v = parameters
        shape, total = p * self.x, self.mean * self.x
        log_sum = np.log(v + total)
        value = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(v)
        value += (shape - 1) * np.log(self.mean) + shape * np.log(self.x) - (shape + q) * log_sum
        gradient = (
            self.x * (digamma(shape + q) - digamma(shape) + np.log(total) - log_sum),
            digamma(shape + q) - digamma(q) + np.log(v) - log_sum,
            q / v - (shape + q) / (v + total),
        )
        return float(value.mean()), np.array([part.mean() for part in gradient])
