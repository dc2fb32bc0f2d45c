"""A diff as a page with the flow of each segmentation."""

from strate.diff.compare import Diff
from strate.diff.measures import Change, ColumnChange, shown
from strate.diff.segments import Flow, SegmentationChange
from strate.report import charts, diagrams
from strate.report.headline import Verdict
from strate.report.numbers import count, money, percent
from strate.report.page import Page
from strate.report.sections.parts import UNKNOWN, Figure, Key, Section, Table, title_of, words

STAYED, MOVED, OTHER = "#d5dce4", charts.ORANGE, "#8a94a0"
NEW, LEFT = "not in base", "not in head"


def diff_page(diff: Diff) -> Page:
    """Return a diff as a page; `strate.report.page.write_page` writes it.

    Parameters
    ----------
    diff : Diff

    Returns
    -------
    Page
    """
    dates = f"As of {diff.head_date}"
    if diff.base_date != diff.head_date:
        dates = f"Base as of {diff.base_date}, head as of {diff.head_date}"
    sections = [
        _segments(diff),
        _columns("scores", "Scores", diff.scores),
        _columns("features", "Features", diff.features),
    ]
    for name, title, changes in (
        ("quality", "Quality", diff.quality),
        ("gates", "Gates", diff.gates),
        ("rows", "Rows", diff.row_counts),
    ):
        sections.append(_changes(name, title, changes))
    return Page("Segment diff", dates, _key_figures(diff), _verdict(diff), [one for one in sections if one.figures])


def _verdict(diff: Diff) -> Verdict:
    if diff.is_empty:
        return Verdict("Verdict", "good", "Nothing differs.")
    if not diff.findings:
        return Verdict("Verdict", "good", "All differences are within the thresholds.")
    noun = "difference is" if len(diff.findings) == 1 else "differences are"
    return Verdict("Verdict", "bad", f"{len(diff.findings)} {noun} beyond a threshold.", diff.findings, is_open=True)


def _key_figures(diff: Diff) -> list[tuple[str, str, str]]:
    most = max(diff.segmentations, key=lambda one: one.moved_share, default=None)
    if most is None:
        return []
    figures = [(percent(most.moved_share), "of the customers move", f"in {title_of(most.name)}, where most do")]
    events = [segment.event for one in diff.segmentations for segment in one.segments]
    figures.append((count(events.count("born")), "segments born", ""))
    figures.append((count(events.count("gone") + events.count("merged")), "segments ended", ""))
    return figures


def _segments(diff: Diff) -> Section:
    return Section(
        "segments",
        "Who moves",
        "The same customers in both builds: base on the left, head on the right. Each band is as high as its number of "
        "customers; those who stay are grey.",
        [_flow(one) for one in sorted(diff.segmentations, key=lambda one: -one.moved_share) if one.flows],
        is_tabbed=True,
    )


def _flow(one: SegmentationChange) -> Figure:
    finding = f"Of {count(one.common_count)} customers nobody moves."
    if one.state != "both":
        finding = f"Only {'head' if one.state == 'added' else 'base'} has this segmentation."
    elif one.moved_count:
        finding = f"{percent(one.moved_share)} of {count(one.common_count)} customers move"
        share = one.moved_revenue_share
        finding += "." if share is None else f", and with them {percent(share)} of the revenue."
    labels = _labels(one)

    def label(side: str, flow: Flow) -> str:
        key = flow.from_key if side == "from" else flow.to_key
        return (NEW if side == "from" else LEFT) if key is None else labels[side, key]

    def shade(flow: Flow) -> str:
        return OTHER if None in (flow.from_key, flow.to_key) else MOVED if flow.is_move else STAYED

    order = [*dict.fromkeys(labels.values()), NEW, LEFT]
    flows = sorted(one.flows, key=lambda flow: (order.index(label("from", flow)), order.index(label("to", flow))))
    rows = [
        {
            "from": label("from", flow),
            "to": label("to", flow),
            "customers": flow.customer_count,
            "colour": shade(flow),
            "tip": f"{label('from', flow)} to {label('to', flow)}: {count(flow.customer_count)} customers",
        }
        for flow in flows
    ]
    used = {row[side] for row in rows for side in ("from", "to")}
    nodes = {name: OTHER for name in order if name in used}
    title = title_of(one.name)
    legend = [Key(STAYED, "stay"), Key(MOVED, "move")]
    if any(None in (flow.from_key, flow.to_key) for flow in flows):
        legend.append(Key(OTHER, "are in one build only"))
    table = Table(
        ("base", "head", "customers", "revenue"),
        [
            (
                label("from", flow),
                label("to", flow),
                count(flow.customer_count),
                UNKNOWN if flow.revenue is None else money(flow.revenue, None),
            )
            for flow in one.flows
        ],
        first_number=2,
    )
    return Figure(title, finding, diagrams.flows(rows, nodes, f"{title}: {finding}"), table, legend, is_wide=True)


def _labels(one: SegmentationChange) -> dict[tuple[str, str], str]:
    """Return what each segment is called on each side: one that goes on has one name, that of head."""
    labels = {}
    for segment in one.segments:
        if segment.head_count:
            labels["to", segment.key] = words(segment.name)
        if segment.base_key is not None:
            labels["from", segment.base_key] = words(segment.name)
    return labels


def _columns(name: str, title: str, columns: list[ColumnChange]) -> Section:
    changed = sorted((one for one in columns if one.is_changed), key=lambda one: -(one.stability_index or 0))
    if not changed:
        return Section(name, title, "")
    rows = [
        (
            words(one.name),
            shown(one.stability_index, UNKNOWN),
            shown(one.rank_correlation, UNKNOWN),
            UNKNOWN if one.base_null_share is None else percent(one.base_null_share),
            UNKNOWN if one.head_null_share is None else percent(one.head_null_share),
        )
        for one in changed
    ]
    table = Table(("column", "stability index", "rank correlation", "unknown, base", "unknown, head"), rows)
    intro = (
        "A population stability index under 0.1 is little, over 0.25 much. Columns that did not change are left out."
    )
    return Section(name, title, intro, [Figure(title, "", table=table, is_wide=True, is_table_open=True)])


def _changes(name: str, title: str, changes: list[Change]) -> Section:
    rows = [(words(one.name), shown(one.base, UNKNOWN), shown(one.head, UNKNOWN)) for one in changes if one.is_changed]
    if not rows:
        return Section(name, title, "")
    table = Table(("", "base", "head"), rows)
    return Section(
        name,
        title,
        "What did not change is left out.",
        [Figure(title, "", table=table, is_wide=True, is_table_open=True)],
    )
