"""How many clusters there are, and how they lie."""

from collections import Counter
from collections.abc import Mapping, Sequence

from strate.report import charts
from strate.report.evidence import Candidate
from strate.report.neighbour_map import METHODS
from strate.report.numbers import count, percent
from strate.report.projection import Axis, Projection
from strate.report.read import Facts
from strate.report.sections.parts import UNKNOWN, Figure, Key, Section, Table, algorithm_name, colour, words

MOST_CANDIDATES = 12


def number_of_clusters(facts: Facts) -> Section:
    """Return how good the clusterings were that were tried, and why one was chosen."""
    found, chosen = facts.evidence, facts.evidence.chosen
    figures = []
    metrics = (
        ("silhouette", "Silhouette", "more is better, 1 is best", facts.settings.min_silhouette),
        ("davies_bouldin", "Davies-Bouldin index", "less is better, 0 is best", facts.settings.max_davies_bouldin),
    )
    for name, label, meaning, limit in metrics:
        measured = [one for one in found.candidates if getattr(one, name) is not None]
        if not measured:
            continue
        on_line = _best_per_count(measured, name, chosen.algorithm if chosen else measured[0].algorithm)
        most = 2 * max(one.cluster_count for one in on_line)
        rows = [
            {
                "count": one.cluster_count,
                "value": round(getattr(one, name), 4),
                "is_on_line": one in on_line,
                "is_chosen": one.is_chosen,
                "text": f"{getattr(one, name):.2f}",
                "tip": f"{algorithm_name(one.algorithm)}, {one.cluster_count} clusters: {getattr(one, name):.3f}, "
                f"smallest has {count(one.smallest_cluster_size)} of the sample",
            }
            for one in measured
            if one.cluster_count <= most
        ]
        finding = f"{meaning[0].upper()}{meaning[1:]}."
        if chosen in measured:
            finding = f"{getattr(chosen, name):.2f} with the chosen {chosen.cluster_count} clusters; {meaning}."
        if len({one.algorithm for one in measured}) > 1:
            finding += f" The line is {algorithm_name(on_line[0].algorithm)}; grey dots are the other candidates"
            finding += f" of up to {most} clusters." if len(rows) < len(measured) else "."
        limit_text = "" if limit is None else f"gate: {'above' if name == 'silhouette' else 'below'} {limit:g}"
        spec = charts.candidates(rows, limit, limit_text, f"{label} by number of clusters. {finding}")
        figures.append(Figure(label, finding, spec))
    if figures:
        figures.append(_candidates_figure(found.candidates))
    notes = [found.reason] if found.reason else ["The table clustering_candidates has no rows."]
    if found.outcome not in (None, "fitted"):
        notes = [f"No clustering was fitted ({found.outcome}). {notes[0]}"]
    if found.confidence:
        notes.append(f"Confidence is {found.confidence}: {found.confidence_reason or 'nothing speaks against it'}.")
    intro = "The clusterings that were tried, with their quality, and the one that was chosen."
    return Section("number-of-clusters", "How the clusters were chosen", intro, figures, notes)


def picture(facts: Facts) -> Section:
    """Return the clusters in two dimensions."""
    title = "The clusters in two dimensions"
    intro = "Each point is a customer, larger where several are alike; each disc is the centre of a cluster."
    found = facts.picture
    if not isinstance(found, Projection):
        return Section("picture", title, intro, notes=[found])
    if len(found.axes) == 1:
        finding = "The clustering uses one feature: the picture has one dimension, and height only spreads the points."
    else:
        labels = {row.feature: row.label for row in facts.differences}
        finding = (
            f"The axes are the first two principal components of the features as the clustering saw them: transformed, "
            f"clipped, scaled. They show {percent(sum(axis.share for axis in found.axes))} of the variation in "
            f"{found.feature_count} features; clusters that overlap here may lie apart in the rest. "
            f"To the right: {_along(found.axes[0], labels)}. Upwards: {_along(found.axes[1], labels)}."
        )
    axes = [
        f"{name} component: {percent(axis.share)} of the variation"
        for name, axis in zip(("First", "Second"), found.axes, strict=False)
    ]
    figures = [_scatter(facts, found, "Principal components", finding, [*axes, None])]
    if facts.neighbours:
        method = METHODS[facts.map_method]
        finding = (
            f"Laid out by {method} so that customers who are alike lie near each other. Only who is near whom means "
            "something: neither the axes, nor the distance between groups, nor how large a group looks."
        )
        figures.append(_scatter(facts, facts.neighbours, f"Map of neighbours by {method}", finding, [None, None]))
    return Section("picture", title, intro, figures)


def _scatter(facts: Facts, found: Projection, title: str, finding: str, axes: Sequence[str | None]) -> Figure:
    """Return customers and centres as a picture."""
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
    legend = [
        Key(colour(segment), f"{words(segment.name)} ({percent(segment.customer_share)})", str(segment.number or ""))
        for segment in segments.values()
    ]
    is_sample = len(found.points) < facts.totals.customer_count
    heading = f"{title}: {'a sample of' if is_sample else 'all'} {count(len(found.points))} customers"
    spec = charts.scatter(points, places, axes[0], axes[1], f"{heading}. {finding}")
    return Figure(heading, finding, spec, legend=legend, is_wide=True)


def _best_per_count(candidates: Sequence[Candidate], metric: str, algorithm: str) -> list[Candidate]:
    """Return an algorithm's best candidate for each number of clusters; the chosen one goes first."""
    best: dict[int, Candidate] = {}
    sign = -1 if metric == "silhouette" else 1
    for one in sorted(candidates, key=lambda one: (not one.is_chosen, sign * getattr(one, metric))):
        if one.algorithm == algorithm:
            best.setdefault(one.cluster_count, one)
    return list(best.values())


def _candidates_figure(candidates: Sequence[Candidate]) -> Figure:
    """Return the candidates as a table: the chosen one, those with most evidence, then the best by silhouette."""
    complete = [one for one in candidates if one.state in (None, "complete")]
    order = sorted(
        complete,
        key=lambda one: (
            not one.is_chosen,
            one.stability is None,
            one.silhouette is None,
            -(one.silhouette or 0),
            one.candidate_id,
        ),
    )
    finding = f"{count(len(complete))} clusterings were tried to the end"
    if len(complete) < len(candidates):
        finding += f", {count(len(candidates) - len(complete))} more were dropped after a first look or failed"
    finding += "."
    if any(one.stability is not None for one in complete):
        finding += (
            " Stability is the adjusted Rand index with clusterings of other draws of customers, 1 where all are the "
            "same; p is how often data without clusters does as well. Both are taken of the best candidates only."
        )
    if len(order) > MOST_CANDIDATES:
        finding += f" The table has {MOST_CANDIDATES} of them, clustering_candidates all."
    columns = [
        ("algorithm", lambda one: algorithm_name(one.algorithm)),
        ("clusters", lambda one: count(one.cluster_count)),
        ("cut contrast", lambda one: _figure(one.cut_contrast)),
        ("silhouette", lambda one: _figure(one.silhouette)),
        ("Davies-Bouldin", lambda one: _figure(one.davies_bouldin)),
        ("stability", lambda one: _figure(one.stability)),
        ("p", lambda one: _figure(one.null_p_value)),
        ("in no cluster", lambda one: percent(one.noise_share) if one.noise_share else ""),
        ("smallest in the sample", lambda one: count(one.smallest_cluster_size)),
        ("chosen", lambda one: "yes" if one.is_chosen else ""),
    ]
    unknown = {UNKNOWN, ""}
    rows = [[text(one) for _, text in columns] for one in order[:MOST_CANDIDATES]]
    kept = [place for place in range(len(columns)) if any(row[place] not in unknown for row in rows)]
    table = Table(
        tuple(columns[place][0] for place in kept),
        [tuple(row[place] for place in kept) for row in rows],
    )
    return Figure("The candidates", finding, table=table, is_wide=True, is_table_open=True)


def _figure(number: float | None) -> str:
    """Return a figure of a candidate as text."""
    return UNKNOWN if number is None else f"{number:.3f}".replace("-", "\N{MINUS SIGN}")


def _along(axis: Axis, labels: Mapping[str, str]) -> str:
    """Say what grows and shrinks along an axis."""
    ways = (("more of", axis.more), ("less of", axis.less))
    parts = [f"{way} {', '.join(labels.get(name, words(name)) for name in names)}" for way, names in ways if names]
    return "; ".join(parts) or "a bit of every feature"
