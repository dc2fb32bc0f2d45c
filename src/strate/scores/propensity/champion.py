"""Which method is used: the one of the last version, unless another is better beyond noise."""

from collections.abc import Mapping

import numpy as np

from strate.scores.hold_out import choose_champion


def customer_losses(losses: np.ndarray, customers: np.ndarray) -> np.ndarray:
    """Return the mean loss of each customer, of shape (n_customers,): rows of one are not independent."""
    _, place, count = np.unique(customers, return_inverse=True, return_counts=True)
    return np.bincount(place, losses) / count


def better_beyond_noise(losses: np.ndarray, challenger: np.ndarray, seed: int) -> bool:
    """Return whether a challenger's losses of the same customers are less, chance aside."""
    return choose_champion({"old": losses, "new": challenger}, seed)[0] == "new"


def contest(
    losses: Mapping[str, np.ndarray], incumbent: str | None, seed: int
) -> tuple[str, dict[str, tuple[str, dict[str, float]]]]:
    """Return what `choose_champion` does, the incumbent being asked first.

    Parameters
    ----------
    losses : mapping of str to numpy.ndarray of shape (n_customers,)
        By method, the simplest first.
    incumbent : str or None
        Method of the last version; None, or one that is not among them, has no say.
    seed : int
        Of the draws.
    """
    first = [incumbent] if incumbent in losses else []
    order = first + [name for name in losses if name != incumbent]
    return choose_champion({name: losses[name] for name in order}, seed)
