"""What speaks for the clusters: whether they come back, and what hierarchies and densities show."""

from strate.report import charts, diagrams
from strate.report.evidence import Dendrogram, NeighbourDistances
from strate.report.numbers import count, percent
from strate.report.read import Facts
from strate.report.sections.parts import UNKNOWN, Figure, Section, Table, algorithm_name, axis_label, colour


def evidence(facts: Facts) -> Section:
    """Return stability, dendrogram and distances to neighbours, each where it was taken."""
    found = facts.evidence
    figures = [
        figure
        for figure in (
            _stability(facts),
            _distances(found.neighbour_distances) if found.neighbour_distances else None,
            _dendrogram(found.dendrogram) if found.dendrogram else None,
        )
        if figure
    ]
    notes = []
    if found.candidates and not facts.evidence.recoveries:
        notes.append("Whether the clusters come back on other draws of customers was not measured.")
    absent = [] if found.dendrogram else ["dendrogram, which a hierarchical algorithm makes"]
    absent += [] if found.neighbour_distances else ["curve of distances to neighbours, which DBSCAN makes"]
    if found.candidates and absent:
        notes.append(f"There is no {' and no '.join(absent)}: the var clustering_algorithms names what is tried.")
    if not found.candidates:
        notes.append("There are no clusters to speak for.")
    intro = "Whether the clusters come back when other customers are drawn, and what other algorithms see in the data."
    return Section("evidence", "What speaks for the clusters", intro, figures, notes)


def _stability(facts: Facts) -> Figure | None:
    """Return how often each cluster comes back."""
    shares = dict(facts.evidence.recoveries)
    segments = [segment for segment in facts.segments_of("cluster") if segment.key in shares]
    if not segments:
        return None
    chosen = facts.evidence.chosen
    weakest = min(segments, key=lambda segment: shares[segment.key])
    finding = "Each cluster comes back in every draw."
    if shares[weakest.key] < 1:
        finding = (
            f"The share of draws in which a cluster comes back. {weakest.label} is the weakest with "
            f"{percent(shares[weakest.key])}."
        )
    if chosen and chosen.stability is not None:
        finding += f" All in all the adjusted Rand index is {chosen.stability:.2f}"
        if chosen.stability_low is not None:
            finding += f", {chosen.stability_low:.2f} in the worst tenth"
        finding += "; 1 is the same each time, 0 is chance."
    rows = [
        {
            "label": axis_label(segment),
            "value": round(shares[segment.key], 4),
            "text": percent(shares[segment.key]),
            "tip": f"{segment.full_name}: comes back in {percent(shares[segment.key])} of draws",
            "colour": colour(segment),
        }
        for segment in segments
    ]
    table = Table(("cluster", "comes back"), [(s.full_name, percent(shares[s.key])) for s in segments])
    return Figure("Stability", finding, charts.bars(rows, f"Stability. {finding}", most=1), table)


def _dendrogram(found: Dendrogram) -> Figure:
    """Return the last merges of a hierarchical clustering."""
    # Before the last k - 1 merges there are k clusters.
    n_kept = min(max(0, len(found.merges) - (found.cluster_count - 1)), len(found.merges) - 1)
    cut = (found.merges[n_kept].height + (found.merges[n_kept - 1].height if n_kept else 0.0)) / 2
    finding = (
        f"The last {count(len(found.merges))} merges of {algorithm_name(found.algorithm)}. A long way up before two "
        f"branches meet means that they lie far apart; the dashed line cuts the tree into {count(found.cluster_count)} "
        "clusters."
    )
    spec = diagrams.dendrogram(found.merges, cut, f"cut into {count(found.cluster_count)}", f"Dendrogram. {finding}")
    last = found.merges[::-1][:10]
    table = Table(
        ("clusters before the merge", "height", "customers of the sample after it"),
        [(count(place + 2), f"{merge.height:.2f}", count(merge.size)) for place, merge in enumerate(last)],
        first_number=0,
    )
    return Figure("Dendrogram", finding, spec, table, is_wide=True)


def _distances(found: NeighbourDistances) -> Figure:
    """Return the distances to neighbours, with the one that DBSCAN was given."""
    finding = (
        "Customers by the distance to their neighbour, nearest first. Where the curve turns up, customers are "
        "scattered; who has too few neighbours within the marked distance is in no cluster of DBSCAN."
    )
    last = len(found.distances) - 1
    rows = [
        {
            "x": round(place / last, 4) if last else 1.0,
            "y": round(distance, 4),
            "tip": f"{percent(place / last if last else 1.0)} of customers have a neighbour within {distance:.2f}",
        }
        for place, distance in enumerate(found.distances)
    ]
    table = Table(
        ("share of customers", "have a neighbour within"),
        [(percent(part / 10), f"{found.distances[round(last * part / 10)]:.2f}") for part in range(1, 11)],
        first_number=0,
    )
    epsilon = None if found.epsilon is None else round(found.epsilon, 4)
    text = UNKNOWN if epsilon is None else f"distance of the best candidate: {epsilon:.2f}"
    spec = diagrams.rising_curve(
        rows, epsilon, text, "share of customers", "distance", f"Distance to neighbours. {finding}"
    )
    return Figure("Distance to neighbours", finding, spec, table)
