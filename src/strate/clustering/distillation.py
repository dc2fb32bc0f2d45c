"""Labelled prototypes that repeat what another algorithm said of each row."""

from dataclasses import dataclass

import numpy as np

from strate.clustering.distances import nearest_prototypes
from strate.clustering.sampling import draw_rows

PROTOTYPE_DECIMALS = 10
NOISE = 0
TARGET = 0.998  # agreement at which more prototypes are not worth their cost in the query
MOST_ROWS = 10_000
LEAST_ROWS_TO_HOLD_OUT = 1_000
HELD_OUT_SHARE = 0.3
PATIENCE = 4  # rounds without a better agreement
LLOYD_ROUNDS = 2
MOST_SPLIT_AT_ONCE = 0.5  # share of the prototypes, so that the worst places are split first


@dataclass(frozen=True)
class Distillate:
    """Prototypes and how well they repeat the labels they were made from.

    Attributes
    ----------
    prototypes : numpy.ndarray of shape (n_prototypes, n_components)
    labels : numpy.ndarray of int, of shape (n_prototypes,)
        Ascending; 0 only for noise.
    reaches : numpy.ndarray of shape (n_prototypes,)
        Squared distance beyond which a row is noise.
    agreement : float
        Share of rows that get the label they had.
    """

    prototypes: np.ndarray
    labels: np.ndarray
    reaches: np.ndarray
    agreement: float


def distil(
    X: np.ndarray, labels: np.ndarray, *, max_prototypes: int = 256, margin: float | None = None, seed: int = 7
) -> Distillate:
    """Find few prototypes whose nearest-prototype query repeats `labels`.

    It begins with the mean of each cluster. As long as rows get the wrong label, the prototypes that win
    them and those that lose them are split in two across their widest direction, the worst first, and
    moved to the mean of the rows of their cluster that they are nearest to. So round clusters keep one
    prototype, and others get more where they touch or bend. It ends at an agreement of 0.998, at
    `max_prototypes`, or when more prototypes no longer help, and keeps the fewest that agree best.

    From 1,000 rows on, 30 % are held out of the placing and agreement is measured on them.

    Parameters
    ----------
    X : numpy.ndarray of shape (n_rows, n_components)
    labels : numpy.ndarray of int, of shape (n_rows,)
        Clusters from 1, 0 for noise.
    max_prototypes : int
        At least one per cluster is made, even if that is more.
    margin : float, optional
        Distance from a cluster's farthest row at which noise begins. Without it nothing is noise.
    seed : int
        Of the draw of at most 10,000 rows and of those held out.

    Returns
    -------
    Distillate
    """
    drawn = draw_rows(len(X), MOST_ROWS, seed)
    X, labels = X[drawn], labels[drawn]
    is_held_out = np.zeros(len(X), dtype=bool)
    if len(X) >= LEAST_ROWS_TO_HOLD_OUT:
        is_held_out[draw_rows(len(X), int(len(X) * HELD_OUT_SHARE), seed)] = True
        # A cluster that lies in the held out rows alone would have no prototype.
        is_held_out &= np.isin(labels, labels[~is_held_out])
    checked = is_held_out if is_held_out.any() else np.ones(len(X), dtype=bool)
    return _Growth(X[~is_held_out], labels[~is_held_out], margin).run(X[checked], labels[checked], max_prototypes)


class _Growth:
    """Prototypes that grow in number where rows go wrong."""

    def __init__(self, X: np.ndarray, labels: np.ndarray, margin: float | None) -> None:
        self.X, self.labels, self.margin = X, labels, margin
        self.members = {int(c): np.flatnonzero(labels == c) for c in np.unique(labels) if c != NOISE}
        self.places = {c: self._rounded(X[rows].mean(axis=0, keepdims=True)) for c, rows in self.members.items()}
        # Each row's nearest prototype of its own cluster.
        self.own = {c: np.zeros(len(rows), dtype="int64") for c, rows in self.members.items()}

    def run(self, X: np.ndarray, labels: np.ndarray, max_prototypes: int) -> Distillate:
        """Grow until `labels` of the rows `X` are repeated."""
        if not self.members:
            center = self._rounded(self.X.mean(axis=0, keepdims=True))
            return Distillate(center, np.array([NOISE]), np.array([np.inf]), 1.0)
        best, stale = None, 0
        while True:
            current, won_by = self._current()
            nearest, distances = nearest_prototypes(X, current.prototypes)
            agreement = float((_label(current, nearest, distances) == labels).mean())
            if best is None or agreement > best.agreement:
                best, stale = Distillate(current.prototypes, current.labels, current.reaches, agreement), 0
            else:
                stale += 1
            room = max_prototypes - len(current.prototypes)
            if agreement >= TARGET or room <= 0 or stale >= PATIENCE or not self._split(won_by, room):
                return _used(best, self.X)

    def _current(self) -> tuple[Distillate, tuple[np.ndarray, np.ndarray]]:
        """Return the prototypes with their reaches, and for the rows that placed them prototype and label won."""
        clusters = sorted(self.members)
        prototypes = np.vstack([self.places[c] for c in clusters])
        labels = np.repeat(clusters, [len(self.places[c]) for c in clusters])
        nearest, distances = nearest_prototypes(self.X, prototypes)
        reaches = np.full(len(prototypes), np.inf)
        if self.margin is not None:
            labels, reaches = _reaches(labels, nearest, distances, self.labels == NOISE, self.margin)
        current = Distillate(prototypes, labels, reaches, np.nan)
        return current, (nearest, _label(current, nearest, distances))

    def _split(self, won_by: tuple[np.ndarray, np.ndarray], room: int) -> bool:
        """Split prototypes that win or lose rows wrongly, at most `room` of them; tell whether there was one."""
        nearest, given = won_by
        clusters = sorted(self.members)
        starts = dict(zip(clusters, np.cumsum([0] + [len(self.places[c]) for c in clusters]), strict=False))
        wrong = np.flatnonzero(given != self.labels)
        faults = np.bincount(nearest[wrong], minlength=sum(len(p) for p in self.places.values()))
        for cluster, rows in self.members.items():
            own = starts[cluster] + self.own[cluster]
            lost = own[given[rows] != cluster]
            faults += np.bincount(lost, minlength=len(faults))
        order = np.argsort(-faults, kind="stable")
        most = min(room, max(len(clusters), int(len(faults) * MOST_SPLIT_AT_ONCE)))
        n_split = 0
        chosen = {int(p) for p in order[:most] if faults[p] > 0}
        for cluster in clusters:
            places = self.places[cluster]
            new = []
            for place in range(len(places)):
                if starts[cluster] + place in chosen:
                    halves = _halves(self.X[self.members[cluster][self.own[cluster] == place]])
                    if halves is not None:
                        new.append((place, halves))
            if new:
                n_split += len(new)
                keep = np.delete(places, [place for place, _ in new], axis=0)
                self._move(cluster, np.vstack([keep, *(halves for _, halves in new)]))
        return n_split > 0

    def _move(self, cluster: int, places: np.ndarray) -> None:
        """Move prototypes of a cluster to the means of its rows that they are nearest to."""
        X = self.X[self.members[cluster]]
        for _ in range(LLOYD_ROUNDS):
            own = nearest_prototypes(X, places)[0]
            sizes = np.bincount(own, minlength=len(places))
            sums = np.column_stack([np.bincount(own, weights=column, minlength=len(places)) for column in X.T])
            places = self._rounded(sums[sizes > 0] / sizes[sizes > 0, None])
        self.places[cluster], self.own[cluster] = places, nearest_prototypes(X, places)[0]

    @staticmethod
    def _rounded(points: np.ndarray) -> np.ndarray:
        return np.round(points, PROTOTYPE_DECIMALS) + 0.0


def _label(distillate: Distillate, nearest: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Return the label of rows with these nearest prototypes."""
    return np.where(distances <= distillate.reaches[nearest], distillate.labels[nearest], NOISE)


def _reaches(
    labels: np.ndarray, nearest: np.ndarray, distances: np.ndarray, is_noise: np.ndarray, margin: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and reaches that tell members from noise with the fewest errors, prototype by prototype.

    Where no noise is nearby, noise begins at the margin beyond the farthest row. Where everything nearby
    is rather noise, the prototype becomes one of noise.
    """
    labels, reaches = labels.copy(), np.full(len(labels), np.inf)
    order = np.lexsort((distances, nearest))
    bounds = np.searchsorted(nearest[order], np.arange(len(labels) + 1))
    for prototype in range(len(labels)):
        rows = order[bounds[prototype] : bounds[prototype + 1]]
        d, noise = distances[rows], is_noise[rows]
        if not noise.any():
            farthest = np.sqrt(d[-1]) if len(d) else 0.0
            reaches[prototype] = np.round((farthest + margin) ** 2, PROTOTYPE_DECIMALS)
            continue
        # Errors if the first n rows are kept: noise among them, members beyond. Equal distances stay together.
        errors = np.concatenate([[0], np.cumsum(noise)]) + (~noise).sum() - np.concatenate([[0], np.cumsum(~noise)])
        is_cut = np.concatenate([[True], d[1:] > d[:-1], [True]])
        n_kept = int(np.flatnonzero(is_cut)[errors[is_cut].argmin()])
        if n_kept == 0:
            labels[prototype] = NOISE
        elif n_kept == len(d):
            reaches[prototype] = np.round(d[-1], PROTOTYPE_DECIMALS) + 10.0**-PROTOTYPE_DECIMALS
        else:
            reaches[prototype] = np.round((d[n_kept - 1] + d[n_kept]) / 2, PROTOTYPE_DECIMALS)
    return labels, reaches


def _halves(X: np.ndarray) -> np.ndarray | None:
    """Return the means of the rows on either side of their mean, across the widest direction; None if all equal."""
    if len(X) < 2:
        return None
    centered = X - X.mean(axis=0)
    direction = np.linalg.eigh(centered.T @ centered)[1][:, -1]
    direction *= np.sign(direction[np.abs(direction).argmax()])
    is_upper = centered @ direction > 0
    if is_upper.all() or not is_upper.any() or not np.ptp(X, axis=0).any():
        return None
    return np.vstack([X[~is_upper].mean(axis=0), X[is_upper].mean(axis=0)])


def _used(found: Distillate, X: np.ndarray) -> Distillate:
    """Leave out prototypes that win no row."""
    is_used = np.isin(np.arange(len(found.labels)), nearest_prototypes(X, found.prototypes)[0])
    return Distillate(found.prototypes[is_used], found.labels[is_used], found.reaches[is_used], found.agreement)
