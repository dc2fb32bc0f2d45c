"""How many clusters there are, and how they lie."""

from collections import Counter
from collections.abc import Sequence

from strate.report import charts
from strate.report.numbers import count, percent
from strate.report.projection import Axis, Projection
from strate.report.read import Candidate, Facts
from strate.report.sections.parts import UNKNOWN, Figure, Key, Section, Table, colour, words


def number_of_clusters(facts: Facts) -> Section:
    """Return how good each number of clusters was."""
    title = "How many clusters"
    intro = "Each number of clusters that was tried, and the one that was chosen."
    figures = []
    metrics = (
        ("silhouette", "Silhouette", "more is better, 1 is best", facts.settings.min_silhouette),
        ("davies_bouldin", "Davies-Bouldin index", "less is better, 0 is best", facts.settings.max_davies_bouldin),
    )
    for name, label, meaning, limit in metrics:
        measured = [one for one in facts.candidates if getattr(one, name) is not None]
        if not measured:
            continue
        rows = [
            {
                "count": one.cluster_count,
                "value": round(getattr(one, name), 4),
                "is_chosen": one.is_chosen,
                "text": f"{getattr(one, name):.2f}",
                "tip": f"{one.cluster_count} clusters: {getattr(one, name):.3f}, "
                f"smallest has {count(one.smallest_cluster_size)} of the sample",
            }
            for one in measured
        ]
        chosen = next((one for one in measured if one.is_chosen), None)
        finding = f"{meaning[0].upper()}{meaning[1:]}."
        if chosen:
            finding = f"{getattr(chosen, name):.2f} with the chosen {chosen.cluster_count} clusters; {meaning}."
        limit_text = "" if limit is None else f"gate: {'above' if name == 'silhouette' else 'below'} {limit:g}"
        spec = charts.candidates(rows, limit, limit_text, f"{label} by number of clusters. {finding}")
        figures.append(Figure(label, finding, spec, _candidates_table(measured)))
    notes = [facts.reason] if facts.reason else ["The table clustering_candidates has no rows."]
    if facts.outcome not in (None, "fitted"):
        notes = [f"No clustering was fitted ({facts.outcome}). {notes[0]}"]
    return Section("number-of-clusters", title, intro, figures, notes)


def picture(facts: Facts) -> Section:
    """Return the clusters in two dimensions."""
    title = "The clusters in two dimensions"
    intro = (
        "Each point is a customer, larger where several are alike; each disc is the centre of a cluster. The axes are "
        "the first two principal components of the features as the clustering saw them: transformed, clipped, scaled."
    )
    if not isinstance(facts.picture, Projection):
        return Section("picture", title, intro, notes=[facts.picture])
    found = facts.picture
    segments = {segment.key: segment for segment in facts.segments_of("cluster")}
    places = [
        {
            "x": x,
            "y": y,
            "text": str(segments[key].number),
            "tip": segments[key].full_name,
            "colour": colour(segments[key]),
            "ink": charts.ink_on(colour(segments[key])),
        }
        for key, x, y in found.centres
        if key in segments
    ]
    colours = {key: colour(segment) for key, segment in segments.items()}
    together = Counter(found.points)
    points = [
        {"x": x, "y": y, "customers": customers, "colour": colours[key]} for (key, x, y), customers in together.items()
    ]
    if len(found.axes) == 1:
        finding = "The clustering uses one feature: the picture has one dimension, and height only spreads the points."
    else:
        finding = (
            f"The two axes show {percent(sum(axis.share for axis in found.axes))} of the variation in "
            f"{found.feature_count} features; clusters that overlap here may lie apart in the rest. "
            f"To the right: {_along(found.axes[0])}. Upwards: {_along(found.axes[1])}."
        )
    names = ("First", "Second")
    axes = [
        f"{name} component: {percent(axis.share)} of the variation"
        for name, axis in zip(names, found.axes, strict=False)
    ]
    spec = charts.scatter(points, places, axes[0], axes[1] if len(axes) > 1 else None, f"{title}. {finding}")
    legend = [
        Key(colour(segment), f"{words(segment.name)} ({percent(segment.customer_share)})", str(segment.number or ""))
        for segment in segments.values()
    ]
    is_sample = len(found.points) < facts.totals.customer_count
    heading = f"{'A sample of' if is_sample else 'All'} {count(len(found.points))} customers"
    return Section("picture", title, intro, [Figure(heading, finding, spec, legend=legend, is_wide=True)])


def _candidates_table(candidates: Sequence[Candidate]) -> Table:
    """Return the numbers of clusters that were tried."""
    return Table(
        ("clusters", "silhouette", "Davies-Bouldin", "smallest cluster in the sample", "chosen"),
        [
            (
                count(one.cluster_count),
                UNKNOWN if one.silhouette is None else f"{one.silhouette:.3f}",
                UNKNOWN if one.davies_bouldin is None else f"{one.davies_bouldin:.3f}",
                count(one.smallest_cluster_size),
                "yes" if one.is_chosen else "",
            )
            for one in candidates
        ],
        first_number=0,
    )


def _along(axis: Axis) -> str:
    """Say what grows and shrinks along an axis."""
    ways = (("more", axis.more), ("less", axis.less))
    parts = [f"{way} {', '.join(words(name) for name in names)}" for way, names in ways if names]
    return "; ".join(parts) or "a bit of every feature"
