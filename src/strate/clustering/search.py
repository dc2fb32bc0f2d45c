"""The search: every algorithm with many parameters, each trial a candidate."""

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from strate.checks import check_choice, check_integer, check_matrix
from strate.clustering.candidate import Candidate
from strate.clustering.linkage_segmenter import LinkageSegmenter
from strate.clustering.measures import Measures
from strate.clustering.metrics import silhouette_scores
from strate.clustering.prototype_segmenter import NOISE
from strate.clustering.registry import ALGORITHMS, Algorithm, Bounds
from strate.clustering.sampling import draw_rows
from strate.progress import stage

PREVIEW_ROWS = 1_000
LEAST_ROWS_TO_PREVIEW = 3_000  # below, the fit is hardly dearer than its preview
CLEARLY_WORSE = 0.25  # loss of quality in the preview, far beyond what the draw of its rows does to it


def search(
    X: np.ndarray,
    algorithms: Sequence[str],
    bounds: Bounds,
    *,
    n_trials: int = 30,
    n_starts: int = 10,
    max_prototypes: int = 256,
    silhouette_rows: int = 10_000,
    seed: int = 7,
) -> list[Candidate]:
    """Try each algorithm with parameters from its space, and measure what comes out.

    One seeded Optuna study per algorithm: the whole grid where it is within the budget, else a
    tree-structured Parzen estimator. From 3,000 rows on a trial is first fitted on 1,000 of them, and pruned
    if that is clearly worse than the best of its algorithm so far; K-means is not, so that its curve of
    inertia has no gaps. Everything runs on one thread: rows and seed decide the result, the clock does not.

    Parameters
    ----------
    X : numpy.ndarray of shape (n_rows, n_components)
    algorithms : sequence of str
        Keys of `ALGORITHMS`.
    bounds : Bounds
        Numbers of clusters are capped at the number of distinct rows.
    n_trials : int
        Most trials of one algorithm.
    n_starts : int
        Starts of K-means.
    max_prototypes : int
        See `distil`.
    silhouette_rows : int
        Most rows on which the silhouettes of complete candidates are taken.
    seed : int
        0 to 2^32 - 1.

    Returns
    -------
    list of Candidate
        By algorithm as named, then by its parameters as its space lists them.

    Raises
    ------
    ValueError
        If an argument is not legal.

    References
    ----------
    Akiba, T. et al. (2019). Optuna: a next-generation hyperparameter optimization framework. KDD. Bergstra, J.
    et al. (2011). Algorithms for hyper-parameter optimization. NIPS.
    """
    X = check_matrix("X", X)
    check_integer("n_trials", n_trials, 1)
    for name in algorithms:
        check_choice("algorithms", name, ALGORITHMS)
    n_distinct = len(np.unique(X, axis=0))
    bounds = replace(
        bounds,
        min_clusters=min(bounds.min_clusters, n_distinct),
        max_clusters=min(bounds.max_clusters, n_distinct),
    )
    common = {"seed": seed, "n_starts": n_starts, "max_prototypes": max_prototypes}
    sample = _Sample(X, 1.0, Measures(X, least_size=bounds.least_size, seed=seed))
    preview = None
    if len(X) >= LEAST_ROWS_TO_PREVIEW:
        rows = draw_rows(len(X), PREVIEW_ROWS, seed)
        share = len(rows) / len(X)
        least = max(1, int(bounds.least_size * share))
        preview = _Sample(X[rows], share, Measures(X[rows], least_size=least, seed=seed))
    found = []
    for name in algorithms:
        found += _Study(name, bounds, sample, preview, common).run(n_trials, seed)

    rows = draw_rows(len(X), silhouette_rows, seed)
    complete = [i for i, c in enumerate(found) if c.segmenter is not None]
    scores = silhouette_scores(X[rows], [found[i].labels[rows] for i in complete], noise=NOISE)
    for i, score in zip(complete, scores, strict=True):
        found[i] = replace(found[i], silhouette=score)
    return found


@dataclass(frozen=True)
class _Sample:
    """Rows to fit on, their share of the whole sample, and the measures on them."""

    X: np.ndarray
    share: float
    measures: Measures


class _Study:
    """The trials of one algorithm."""

    def __init__(
        self, name: str, bounds: Bounds, sample: _Sample, preview: _Sample | None, common: Mapping[str, Any]
    ) -> None:
        self.name, self.bounds, self.sample, self.common = name, bounds, sample, common
        self.algorithm: Algorithm = ALGORITHMS[name]
        self.preview = preview if name != "kmeans" else None
        self.prepared: dict[float, Any] = {}
        self.best_preview = -np.inf

    def run(self, n_trials: int, seed: int) -> list[Candidate]:
        """Return a candidate per trial."""
        import optuna  # takes a second, which only those pay who search

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        space = self.algorithm.space(self._bounds())
        places = {parameter: list(range(len(values))) for parameter, values in space.items()}
        n_cells = len(list(itertools.product(*places.values())))
        if n_cells <= n_trials:
            sampler = optuna.samplers.GridSampler(places, seed=seed)
        else:
            sampler = optuna.samplers.TPESampler(n_startup_trials=max(n_trials // 2, 1), seed=seed)
        tried: dict[tuple[int, ...], Candidate] = {}
        qualities: dict[tuple[int, ...], float] = {}

        def objective(trial: optuna.Trial) -> float:
            cell = tuple(trial.suggest_int(parameter, 0, len(values) - 1) for parameter, values in space.items())
            if cell not in tried:
                parameters = {parameter: space[parameter][i] for parameter, i in zip(space, cell, strict=True)}
                tried[cell], qualities[cell] = self._try(parameters)
            if tried[cell].state == "pruned":
                raise optuna.TrialPruned
            return qualities[cell]

        study = optuna.create_study(direction="maximize", sampler=sampler)
        n_trials = min(n_trials, n_cells)
        with stage(f"Clustering, trials of {self.name}", n_trials) as step:
            study.optimize(objective, n_trials=n_trials, callbacks=[lambda *_: step()])
        return [tried[cell] for cell in sorted(tried)]

    def _bounds(self) -> Bounds:
        """Return the bounds; a distance threshold leaves a hierarchy the one number it has on the whole sample."""
        threshold, segmenter = self.bounds.distance_threshold, self.algorithm.segmenter
        if not threshold or not issubclass(segmenter, LinkageSegmenter):
            return self.bounds
        k = segmenter.n_clusters_at(self._prepared(self.sample), threshold)
        return replace(self.bounds, min_clusters=k, max_clusters=k)

    def _try(self, parameters: Mapping[str, Any]) -> tuple[Candidate, float]:
        """Return one candidate and its quality."""
        started = time.perf_counter()
        blank = Candidate(
            k=parameters.get("n_clusters", 0),
            candidate_id="_".join([self.name, *(_show(value) for value in parameters.values())]),
            algorithm=self.name,
            parameters=dict(parameters),
        )
        try:
            candidate, quality = self._fit(blank, parameters)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:  # how estimators refuse data
            candidate, quality = replace(blank, state="failed", detail=str(error)), -1.0
        return replace(candidate, seconds=time.perf_counter() - started), quality

    def _fit(self, blank: Candidate, parameters: Mapping[str, Any]) -> tuple[Candidate, float]:
        """Fit, first on the preview; measure unless pruned."""
        shape = self.algorithm.shape
        if self.preview is not None:
            quality = self.preview.measures.quality(self._fitted(self.preview, parameters).labels_, shape)
            if quality < self.best_preview - CLEARLY_WORSE:
                detail = f"quality {quality:.3f} on {PREVIEW_ROWS} rows, {self.best_preview:.3f} at best so far"
                return replace(blank, state="pruned", detail=detail), quality
            self.best_preview = max(self.best_preview, quality)
        segmenter = self._fitted(self.sample, parameters)
        labels, measures = segmenter.labels_, self.sample.measures
        sizes = np.bincount(labels, minlength=segmenter.n_clusters_ + 1)
        k = parameters.get("n_clusters", segmenter.n_clusters_)
        is_density = self.algorithm.is_density
        candidate = replace(
            blank,
            k=k,
            inertia=segmenter.inertia_,
            smallest_cluster_size=int(sizes[1:].min()) if segmenter.n_clusters_ >= max(k, 1) else 0,
            outcome=segmenter.outcome_,
            noise_share=float(sizes[0] / len(labels)),
            agreement=segmenter.agreement_,
            n_prototypes=len(segmenter.prototypes_),
            density_validity=measures.density_validity(labels) if is_density else float("nan"),
            segmenter=segmenter,
            **measures.of_all_rows(labels),
            **measures.cuts(labels),
        )
        return candidate, measures.quality(labels, shape)

    def _fitted(self, sample: _Sample, parameters: Mapping[str, Any]) -> Any:
        """Fit on a sample."""
        segmenter = self.algorithm.build(parameters, sample.share, **self.common)
        return segmenter.fit(sample.X, prepared=self._prepared(sample))

    def _prepared(self, sample: _Sample) -> Any:
        """Return what all fits on a sample share, made once."""
        if sample.share not in self.prepared:
            self.prepared[sample.share] = self.algorithm.segmenter.prepare(sample.X, self.common["seed"])
        return self.prepared[sample.share]


def _show(value: Any) -> str:
    """Show a parameter in a candidate's name."""
    return f"{value:g}" if isinstance(value, float) else str(value)
