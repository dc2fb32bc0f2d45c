"""The rule that chooses one clustering among all candidates, and says how far to trust the choice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_rand_score

from strate.clustering.candidate import Candidate
from strate.clustering.registry import ALGORITHMS, Bounds
from strate.clustering.selection import choose

CONFIDENCES = ("high", "medium", "low")
HARDLY = 0.25  # cut contrast below which contrast cannot tell one cut through a cloud from another
STEADY = 0.8  # stability from which there is no doubt at all
FAITHFUL = 0.98  # agreement from which prototypes are as good as the algorithm itself


@dataclass(frozen=True)
class Rule:
    """What the choice depends on.

    Attributes
    ----------
    selection : {'silhouette', 'elbow'}
        How K-means gets its number of clusters: see `choose`.
    silhouette_tolerance : float
        Within one algorithm: loss of silhouette accepted for fewer clusters; also of cut contrast, where
        that decides.
    contrast_tolerance : float
        Between algorithms: loss of cut contrast accepted for a simpler one. About what another draw of the
        sample does to it.
    good_contrast : float
        A simpler algorithm whose clusters are on average so much easier to set apart than to cut in two
        (twice as easy) need not give way to one that found another number of clusters: that is a matter of
        scale. Below it confidence is low.
    same_labels : float
        Adjusted Rand index from which two clusterings say the same.
    good_silhouette : float
        Silhouette from which a simpler algorithm that says the same is preferred; Kaufman and Rousseeuw
        call 0.5 a reasonable structure.
    max_noise_share : float
        Most rows in no cluster.
    min_agreement : float
        Least share of rows for which the prototypes repeat the algorithm.
    min_stability : float
        Least mean adjusted Rand index over resamples, where it was taken.
    max_null_p_value : float
        Greatest p-value against the null model, where it was taken.
    """

    selection: str = "silhouette"
    silhouette_tolerance: float = 0.02
    contrast_tolerance: float = 0.05
    good_contrast: float = 0.5
    same_labels: float = 0.85
    good_silhouette: float = 0.5
    max_noise_share: float = 0.1
    min_agreement: float = 0.95
    min_stability: float = 0.5
    max_null_p_value: float = 0.05


@dataclass(frozen=True)
class Selection:
    """The chosen candidate.

    Attributes
    ----------
    candidate : Candidate or None
        None if no trial came to an end.
    reason : str
        One sentence.
    confidence : {'high', 'medium', 'low'}
    doubts : list of str
        Why confidence is not high.
    elbow_k : int or None
        Elbow of K-means's inertia, if K-means was tried.
    """

    candidate: Candidate | None
    reason: str
    confidence: str
    doubts: list[str]
    elbow_k: int | None


def faults(candidate: Candidate, bounds: Bounds, rule: Rule) -> list[str]:
    """Return why a candidate may not be chosen; empty if it may."""
    if candidate.state != "complete":
        return [f"{candidate.state}: {candidate.detail}"]
    found = candidate.segmenter.n_clusters_
    least = max(bounds.least_size, 1)
    if found < 2:
        return [f"{found} clusters"]
    checks = [
        (not bounds.min_clusters <= found <= bounds.max_clusters, f"{found} clusters"),
        (not candidate.is_eligible(least), f"a cluster of fewer than {least} customers"),
        (candidate.noise_share > rule.max_noise_share, f"{candidate.noise_share:.0%} noise"),
        (candidate.agreement < rule.min_agreement, f"prototypes repeat only {candidate.agreement:.1%}"),
        (candidate.stability < rule.min_stability, f"stability {candidate.stability:.2f}"),
        (candidate.null_p_value > rule.max_null_p_value, f"p = {candidate.null_p_value:.2f} without structure"),
    ]
    return [text for is_fault, text in checks if is_fault]


def finalists(candidates: Sequence[Candidate], bounds: Bounds, rule: Rule) -> list[Candidate]:
    """Return the best candidate of each algorithm, the simplest algorithm first.

    Among those without faults, or among all complete ones where all have some: for round clusters the
    fewest clusters whose silhouette is within the tolerance of the best (or the elbow, for K-means if
    asked); for others the fewest whose cut contrast is.
    """
    names = sorted({c.algorithm for c in candidates}, key=lambda name: ALGORITHMS[name].simplicity)
    best = []
    for name in names:
        complete = [c for c in candidates if c.algorithm == name and c.state == "complete"]
        pool = [c for c in complete if not faults(c, bounds, rule)] or [c for c in complete if _n_clusters(c) > 1]
        if pool:
            best.append(_best_of(pool, name, rule))
    return best


def select(candidates: Sequence[Candidate], final: Sequence[Candidate], bounds: Bounds, rule: Rule) -> Selection:
    """Choose among the finalists.

    Best is the highest mean cut contrast among those without faults. The simplest algorithm is chosen that

    - comes within the tolerance of it,
    - or has a good cut contrast with another number of clusters,
    - or says the same as the best does, with as many clusters and a good silhouette,
    - or is the best itself.

    So a compact clustering stays where its clusters are real, and gives way where it cuts through what
    hangs together. Where the best contrast is next to none, customers are one cloud, and every clustering
    only cuts it: then the simplest that comes back on other draws is chosen, where that was tried. If every
    finalist has a fault they are chosen among all the same, with low confidence.

    Parameters
    ----------
    candidates : sequence of Candidate
        As `search` returns them.
    final : sequence of Candidate
        As `finalists` returns them, with evidence if it was taken.
    bounds : Bounds
    rule : Rule

    Returns
    -------
    Selection
    """
    kmeans = sorted((c for c in candidates if c.algorithm == "kmeans" and c.state == "complete"), key=lambda c: c.k)
    elbow_k = choose(kmeans).elbow_k if kmeans else None
    if not final:
        return Selection(None, "No algorithm found two clusters.", "low", ["no algorithm found two clusters"], elbow_k)
    sound = [c for c in final if not faults(c, bounds, rule)]
    pool = sorted(sound or final, key=lambda c: ALGORITHMS[c.algorithm].simplicity)
    best = max(pool, key=lambda c: (_contrast(c), -ALGORITHMS[c.algorithm].simplicity))
    chosen, reason = _steadiest_cut(pool, best) or next(
        (c, text) for c in pool if (text := _preference(c, best, rule)) is not None
    )
    doubts = _doubts(chosen, pool, rule)
    if not sound:
        cause = "; ".join(faults(chosen, bounds, rule))
        doubts.insert(0, ("low", f"every algorithm's best has a fault, this one: {cause}"))
    worst = max((CONFIDENCES.index(level) for level, _ in doubts), default=0)
    out = [f"{c.candidate_id} ({', '.join(faults(c, bounds, rule))})" for c in final if faults(c, bounds, rule)]
    if sound and out:
        reason += f"; out: {', '.join(out)}"
    return Selection(chosen, f"{reason}.", CONFIDENCES[worst], [text for _, text in doubts], elbow_k)


def _best_of(pool: list[Candidate], name: str, rule: Rule) -> Candidate:
    """Return the best candidate of one algorithm."""
    if ALGORITHMS[name].shape == "round":
        pool = sorted(pool, key=lambda c: (c.k, -c.silhouette))
        selection = rule.selection if name == "kmeans" else "silhouette"
        k = choose(pool, selection=selection, tolerance=rule.silhouette_tolerance).k
        return next(c for c in pool if c.k == k)
    most = max(_contrast(c) for c in pool)
    near = [c for c in pool if _contrast(c) >= most - rule.silhouette_tolerance]
    return min(near, key=lambda c: (_n_clusters(c), -_contrast(c)))


def _steadiest_cut(pool: Sequence[Candidate], best: Candidate) -> tuple[Candidate, str] | None:
    """Return the simplest steady candidate and why, where contrast cannot tell one cut through a cloud from another."""
    steady = [c for c in pool if c.stability >= STEADY]
    if _contrast(best) >= HARDLY or not steady:
        return None
    text = f"{steady[0].candidate_id} is the simplest that comes back on other draws ({steady[0].stability:.2f})"
    return steady[0], f"{text}; no clustering follows gaps (cut contrast {_contrast(best):.2f} at best)"


def _preference(candidate: Candidate, best: Candidate, rule: Rule) -> str | None:
    """Return why a candidate is preferred to all less simple ones, the best among them; None if it is not."""
    name, contrast, most = candidate.candidate_id, _contrast(candidate), _contrast(best)
    if candidate is best:
        return f"{name} has the best cut contrast ({most:.2f})"
    if contrast >= most - rule.contrast_tolerance:
        text = (
            f"{name} is the simplest whose cut contrast ({contrast:.2f}) is within {rule.contrast_tolerance:g} of the"
        )
        return f"{text} best ({most:.2f}, {best.candidate_id})"
    if contrast >= rule.good_contrast and _n_clusters(candidate) != _n_clusters(best):
        text = f"{name} is the simplest with a good cut contrast ({contrast:.2f})"
        return f"{text}; {best.candidate_id} has a better one ({most:.2f}) with another number of clusters"
    same = adjusted_rand_score(candidate.labels, best.labels) if _n_clusters(candidate) == _n_clusters(best) else 0.0
    if same >= rule.same_labels and candidate.silhouette >= rule.good_silhouette:
        text = f"{name} is the simplest that says the same (adjusted Rand index {same:.2f}) as the one of the best"
        return f"{text} cut contrast ({most:.2f}, {best.candidate_id})"
    return None


def _doubts(chosen: Candidate, pool: Sequence[Candidate], rule: Rule) -> list[tuple[str, str]]:
    """Return what speaks against trusting the choice: how low confidence gets, and why."""
    alike = {c.candidate_id: adjusted_rand_score(chosen.labels, c.labels) for c in pool}
    # Whoever says the same speaks for the choice too.
    support = max(_contrast(c) for c in pool if c is chosen or alike[c.candidate_id] >= rule.same_labels)
    doubts = []
    if support < rule.good_contrast:
        doubts.append(("low", f"clusters are not much easier to set apart than to cut in two ({support:.2f})"))
    others = [c for c in pool if alike[c.candidate_id] < rule.same_labels]
    # What does not come back on other draws contradicts nothing.
    steady = [c for c in others if not c.stability < STEADY]
    better = [c for c in steady if _contrast(c) > support + rule.contrast_tolerance]
    if better:
        other = max(better, key=_contrast)
        text = f"{other.candidate_id} says otherwise with a better cut contrast ({_contrast(other):.2f})"
        doubts.append(("low", text))
    elif others and len(others) == len(pool) - 1 and support < 1 - rule.contrast_tolerance:
        doubts.append(("low", "no other algorithm says the same"))
    if chosen.stability < STEADY:
        level = "low" if chosen.stability < rule.min_stability else "medium"
        doubts.append((level, f"only partly stable under resampling ({chosen.stability:.2f})"))
    if chosen.null_p_value > rule.max_null_p_value:
        doubts.append(("low", f"no better than on data without structure (p = {chosen.null_p_value:.2f})"))
    if chosen.agreement < FAITHFUL:
        doubts.append(("medium", f"prototypes repeat {chosen.agreement:.1%} of the algorithm's labels"))
    return doubts


def _contrast(candidate: Candidate) -> float:
    return -1.0 if np.isnan(candidate.cut_contrast) else candidate.cut_contrast


def _n_clusters(candidate: Candidate) -> int:
    return candidate.segmenter.n_clusters_
