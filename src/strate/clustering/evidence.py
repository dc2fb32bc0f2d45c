"""Stability, null model and generalisation of a candidate, by fitting its algorithm again and again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from strate.clustering.candidate import Candidate
from strate.clustering.generalisation import generalisation
from strate.clustering.measures import Measures
from strate.clustering.null_model import null_model
from strate.clustering.prototype_segmenter import PrototypeSegmenter
from strate.clustering.registry import ALGORITHMS, Bounds
from strate.clustering.resampling import Refit
from strate.clustering.rule import Rule, Selection, faults, finalists, select
from strate.clustering.stability import bootstrap_stability

REFIT_STARTS = 3  # resamples differ more from one another than starts do


@dataclass(frozen=True)
class Effort:
    """What the evidence may cost; time grows with the product of fits and rows.

    Attributes
    ----------
    n_resamples : int
        Fits for the stability of one candidate: see `bootstrap_stability`.
    n_null_draws : int
        Fits for its p-value: see `null_model`.
    null : {'shuffled', 'correlated'}
        Likewise.
    max_rows : int
        Most rows of one such fit.
    """

    n_resamples: int = 20
    n_null_draws: int = 19
    null: str = "shuffled"
    max_rows: int = 1_000


def conclude(
    X: np.ndarray,
    candidates: Sequence[Candidate],
    bounds: Bounds,
    rule: Rule,
    *,
    effort: Effort,
    project: Callable[[np.ndarray], np.ndarray] | None = None,
    max_prototypes: int = 64,
    seed: int = 7,
) -> tuple[list[Candidate], list[Candidate], Selection]:
    """Take evidence on the best candidate of each algorithm, and choose.

    Who has a fault without it gets none, unless all have: evidence is the dear part.

    Parameters
    ----------
    X : numpy.ndarray of shape (n_rows, n_features)
        Scaled features, before any projection: those are what the null model shuffles.
    candidates : sequence of Candidate
        As `search` returns them for `bounds` and the projection of `X`.
    bounds, rule
        See `Bounds` and `Rule`.
    effort : Effort
    project : callable, optional
        Takes scaled features, returns the components that were searched; not given if they are the same.
    max_prototypes : int
        See `distil`.
    seed : int

    Returns
    -------
    tuple of list of Candidate, list of Candidate and Selection
        The candidates in their order, those with evidence among them; the finalists; and the choice.
    """
    project = project or _as_it_is
    final = finalists(candidates, bounds, rule)
    sound = [c for c in final if not faults(c, bounds, rule)]
    judged = {
        c.candidate_id: with_evidence(
            c, refit_of(c, len(X), max_prototypes), X, project, least_size=bounds.least_size, effort=effort, seed=seed
        )
        for c in sound or final
    }
    final = [judged.get(c.candidate_id, c) for c in final]
    return [judged.get(c.candidate_id, c) for c in candidates], final, select(candidates, final, bounds, rule)


def refit_of(candidate: Candidate, n_rows: int, max_prototypes: int = 64) -> Refit:
    """Return what fits a candidate's algorithm again with the same parameters.

    Parameters
    ----------
    candidate : Candidate
    n_rows : int
        Rows of the sample that the parameters are meant for: what counts rows shrinks with fewer.
    max_prototypes : int
        See `distil`.
    """
    algorithm = ALGORITHMS[candidate.algorithm]

    def refit(X: np.ndarray, seed: int) -> PrototypeSegmenter:
        common = {"seed": seed, "n_starts": REFIT_STARTS, "max_prototypes": max_prototypes}
        return algorithm.build(candidate.parameters, len(X) / n_rows, **common).fit(X)

    return refit


def with_evidence(
    candidate: Candidate,
    refit: Refit,
    X: np.ndarray,
    project: Callable[[np.ndarray], np.ndarray],
    *,
    least_size: int,
    effort: Effort,
    seed: int,
) -> Candidate:
    """Return a candidate with its evidence.

    What is compared with the null model is what the search maximised: silhouette for round clusters, else
    cut contrast.

    Parameters
    ----------
    candidate : Candidate
        Complete.
    refit : callable
        See `refit_of`.
    X, project, effort, seed
        See `conclude`.
    least_size : int
        Rows of the sample asked of the smallest cluster.
    """
    shape = ALGORITHMS[candidate.algorithm].shape

    def quality(rows: np.ndarray, labels: np.ndarray) -> float:
        least = max(1, int(least_size * len(rows) / len(X)))
        return Measures(project(rows), least_size=least, seed=seed).quality(labels, shape)

    def refit_projected(rows: np.ndarray, draw: int) -> PrototypeSegmenter:
        return refit(project(rows), draw)

    components, bounds = project(X), {"max_rows": effort.max_rows, "seed": seed}
    stability = bootstrap_stability(refit, components, candidate.labels, n_resamples=effort.n_resamples, **bounds)
    null = null_model(refit_projected, X, None, quality, null=effort.null, n_draws=effort.n_null_draws, **bounds)
    return replace(
        candidate,
        stability=stability.adjusted_rand_mean,
        stability_low=stability.adjusted_rand_low,
        null_p_value=null.p_value,
        generalisation=generalisation(refit, components, **bounds),
    )


def _as_it_is(X: np.ndarray) -> np.ndarray:
    return X
