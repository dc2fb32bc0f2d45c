"""The choice of the number of clusters among fitted candidates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from strate.clustering.candidate import Candidate

SELECTIONS = ("silhouette", "elbow")
"""Names of the rules, the legal values of the argument `selection`."""


@dataclass(frozen=True)
class Choice:
    """The chosen number of clusters (None without any), the reason in a sentence, and the elbow beside it."""

    k: int | None
    reason: str
    elbow_k: int | None


def elbow(ks: Sequence[int], inertias: Sequence[float]) -> int | None:
    """Return the k at which the curve of inertia lies farthest below its chord.

    Both axes are scaled to 0 to 1 first, so the units do not matter (the idea of kneedle).

    Parameters
    ----------
    ks : sequence of int
        Numbers of clusters, ascending.
    inertias : sequence of float
        Sums of squared distances, one per k.

    Returns
    -------
    int or None
        None with fewer than three points, or if no point lies below the chord.

    References
    ----------
    Satopää, V., Albrecht, J., Irwin, D. and Raghavan, B. (2011). Finding a "kneedle" in a haystack:
    detecting knee points in system behavior. ICDCS Workshops.
    """
    k, inertia = np.asarray(ks, dtype="float64"), np.asarray(inertias, dtype="float64")
    if len(k) < 3 or not inertia[0] > inertia[-1]:
        return None
    across = (k - k[0]) / (k[-1] - k[0])
    down = (inertia - inertia[-1]) / (inertia[0] - inertia[-1])
    below_chord = 1.0 - across - down
    farthest = int(below_chord.argmax())
    return int(ks[farthest]) if below_chord[farthest] > 1e-9 else None


def choose(
    candidates: Sequence[Candidate],
    *,
    selection: str = "silhouette",
    tolerance: float = 0.02,
    least_size: int = 1,
) -> Choice:
    """Choose the number of clusters.

    Eligible is a candidate whose smallest cluster has at least `least_size` rows.

    - `silhouette`: of the eligible candidates, the fewest clusters whose silhouette is within `tolerance`
      of the best among them.
    - `elbow`: the elbow of the inertia curve over all candidates; if there is none or it is not eligible,
      the rule above.
    - If no candidate is eligible, the best silhouette of all decides; if no silhouette is defined, the
      fewest clusters. The reason says so.

    Parameters
    ----------
    candidates : sequence of Candidate
        At least one, ascending in k.
    selection : {'silhouette', 'elbow'}
    tolerance : float
        Loss of silhouette accepted for fewer clusters, at least 0.
    least_size : int
        Rows.

    Returns
    -------
    Choice
    """
    elbow_k = elbow([c.k for c in candidates], [c.inertia for c in candidates])
    eligible = [c for c in candidates if c.is_eligible(least_size)]
    asides = []
    if not eligible:
        asides.append(f"no candidate has at least {max(least_size, 1)} customers in every cluster")
    elif len(eligible) < len(candidates):
        out = ", ".join(str(c.k) for c in candidates if c not in eligible)
        asides.append(f"out for a cluster of fewer than {max(least_size, 1)} customers: k = {out}")
    if selection == "elbow":
        if elbow_k is not None and elbow_k in [c.k for c in eligible]:
            return Choice(elbow_k, _sentence(f"k = {elbow_k} is the elbow of the inertia curve", asides), elbow_k)
        cause = "there is none" if elbow_k is None else f"k = {elbow_k} is not eligible"
        asides.append(f"the elbow was asked for, but {cause}, so the silhouette decides")

    measured = [c for c in eligible or candidates if not np.isnan(c.silhouette)]
    if not measured:
        k = (eligible or candidates)[0].k
        return Choice(k, _sentence(f"k = {k} is the fewest clusters; no silhouette is defined", asides), elbow_k)
    best = max(measured, key=lambda c: (c.silhouette, -c.k))
    if not eligible:
        text = f"k = {best.k} has the best silhouette ({best.silhouette:.3f}) of all candidates"
        return Choice(best.k, _sentence(text, asides), elbow_k)
    chosen = next(c for c in measured if c.silhouette >= best.silhouette - tolerance)
    if chosen is best:
        text = f"k = {best.k} has the best silhouette ({best.silhouette:.3f})"
        if best is not measured[0]:
            text += f", and none with fewer clusters is within {tolerance:g} of it"
    else:
        text = (
            f"k = {chosen.k} is the fewest clusters whose silhouette ({chosen.silhouette:.3f}) is within "
            f"{tolerance:g} of the best ({best.silhouette:.3f} at k = {best.k})"
        )
    return Choice(chosen.k, _sentence(text, asides), elbow_k)


def _sentence(text: str, asides: Sequence[str]) -> str:
    """Join the main statement and the asides into one sentence."""
    return "; ".join([text, *asides]) + "."
