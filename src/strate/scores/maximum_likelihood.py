"""Maximum likelihood of models whose parameters are all positive, with a name for each way of failing."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import minimize

LOG_BOUND = 7.0
STARTS = (0.0, 1.5, -1.5)
FITTED = ("fitted", "fitted_at_bound")
"""Outcomes with which a model can predict."""


def maximise(
    log_likelihood: Callable[[np.ndarray], tuple[float, np.ndarray]], start: Sequence[float]
) -> tuple[np.ndarray, float, str]:
    """Return the positive parameters of the greatest likelihood, that likelihood, and the outcome.

    The search runs over logarithms, within -7 and 7, from one start after the other until it converges. At a bound
    customers hardly differ in something: the likelihood goes on rising, but by next to nothing.

    Parameters
    ----------
    log_likelihood : callable
        Takes the parameters, an array of shape (n_parameters,), and returns the mean log-likelihood and its gradient.
        Its data are on a scale near 1.
    start : sequence of float
        Positive parameters to begin with.

    Returns
    -------
    parameters : numpy.ndarray of shape (n_parameters,)
    value : float
    outcome : str
        `fitted`, `fitted_at_bound`, or `no_optimum` where the search converges from no start.
    """

    def loss(logs: np.ndarray) -> tuple[float, np.ndarray]:
        parameters = np.exp(logs)
        value, gradient = log_likelihood(parameters)
        if not np.isfinite(value) or not np.isfinite(gradient).all():
            return 1e10, np.zeros_like(logs)
        return -value, -gradient * parameters

    for shift in STARTS:
        found = minimize(
            loss,
            np.clip(np.log(start) + shift, -LOG_BOUND, LOG_BOUND),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-LOG_BOUND, LOG_BOUND)] * len(start),
            options={"maxiter": 1000, "ftol": 1e-13, "gtol": 1e-7},
        )
        is_at_bound = np.abs(found.x) > LOG_BOUND - 1e-6
        pulls = np.where(is_at_bound & (found.jac * found.x < 0), 0, found.jac)  # beyond the bound is not asked
        if found.fun < 1e9 and np.abs(pulls).max() < 1e-4:
            return np.exp(found.x), -float(found.fun), "fitted_at_bound" if is_at_bound.any() else "fitted"
    return np.exp(found.x), -float(found.fun), "no_optimum"
