"""Who moved between segments."""

from collections.abc import Sequence

from strate.report import charts, diagrams
from strate.report.moves import ENTERED, LEFT, Move
from strate.report.numbers import count, percent
from strate.report.read import BEST_FIRST, Facts, Segment
from strate.report.sections.parts import Figure, Key, Section, Table, colour, title_of, words

STAYED, BETTER, WORSE, OTHER = "#d5dce4", charts.BLUE, charts.ORANGE, "#8a94a0"
RANKED = ("rfm", "value")
"""Segmentations whose segments go from best to worst."""


def moves(facts: Facts) -> Section:
    """Return the flow between the two latest dates, for each segmentation."""
    title = "Who moved"
    intro = (
        "The same customers at two dates: each band is as high as its number of customers, those who stayed are grey."
    )
    if facts.moves is None:
        return Section("moves", title, intro, notes=["The table segment_transitions is not there."])
    figures = []
    for segmentation in facts.segmentations():
        found = [move for move in facts.moves if move.segmentation == segmentation]
        if found:
            figures.append(flow(found, facts.segments_of(segmentation)))
    notes = [] if figures else ["There is no date before this one. A build of a later date shows who moved."]
    return Section("moves", title, intro, figures, notes, is_tabbed=True)


def flow(found: Sequence[Move], segments: Sequence[Segment]) -> Figure:
    """Return the flow of one segmentation."""
    segmentation, before, after = found[0].segmentation, found[0].from_date, found[0].to_date
    names = {segment.key: segment.label for segment in segments} | {ENTERED: "new since", LEFT: "no longer there"}
    colours = {segment.key: colour(segment) for segment in segments}
    keys = {key for move in found for key in (move.from_key, move.to_key)}
    places = {key: place for place, key in enumerate([*BEST_FIRST, *(segment.key for segment in segments)])}
    order = sorted(keys, key=lambda key: (key in (ENTERED, LEFT), places.get(key, len(places)), key))
    is_ranked = segmentation in RANKED

    def shade(move: Move) -> str:
        if move.from_key == move.to_key:
            return STAYED
        if move.from_key == ENTERED or move.to_key == LEFT:
            return OTHER
        if is_ranked:
            return BETTER if order.index(move.to_key) < order.index(move.from_key) else WORSE
        return colours.get(move.from_key, OTHER)

    def name(key: str) -> str:
        return names.get(key, words(key).capitalize())

    remained = [move for move in found if move.from_key != ENTERED and move.to_key != LEFT]
    changed = [move for move in remained if move.from_key != move.to_key]
    total, moved = (sum(move.customer_count for move in part) for part in (remained, changed))
    finding = f"From {before.day} {before:%B} {before.year} to {after.day} {after:%B} {after.year} nobody moved."
    if moved:
        most = max(changed, key=lambda move: move.customer_count)
        finding = (
            f"From {before.day} {before:%B} {before.year} to {after.day} {after:%B} {after.year}, "
            f"{percent(moved / total)} of {count(total)} customers moved. The largest move is from "
            f"“{name(most.from_key)}” to “{name(most.to_key)}”: {count(most.customer_count)} customers."
        )
    rows = [
        {
            "from": name(move.from_key),
            "to": name(move.to_key),
            "customers": move.customer_count,
            "colour": shade(move),
            "tip": f"{name(move.from_key)} to {name(move.to_key)}: {count(move.customer_count)} customers",
        }
        for move in sorted(found, key=lambda move: (order.index(move.from_key), order.index(move.to_key)))
    ]
    nodes = {name(key): charts.SEGMENT_COLOURS.get(key) or colours.get(key, OTHER) for key in order}
    spec = diagrams.flows(rows, nodes, f"{title_of(segmentation)}: who moved. {finding}")
    legend = [Key(STAYED, "stayed")]
    if is_ranked:
        legend += [Key(BETTER, "to a better segment"), Key(WORSE, "to a lesser one")]
    if any(move.from_key == ENTERED or move.to_key == LEFT for move in found):
        legend.append(Key(OTHER, "came or went"))
    table = Table(
        ("from", "to", "customers"),
        [(name(move.from_key), name(move.to_key), count(move.customer_count)) for move in found],
        first_number=2,
    )
    return Figure(title_of(segmentation), finding, spec, table, legend, is_wide=True)
