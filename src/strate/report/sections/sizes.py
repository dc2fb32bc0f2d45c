"""How many customers each segment has."""

from strate.report import charts
from strate.report.numbers import count, percent
from strate.report.read import Facts, Segment
from strate.report.sections.parts import Figure, Section, Table, axis_label, colour, title_of, words


def sizes(facts: Facts) -> Section:
    """Return how many customers each segment has."""
    figures = []
    for segmentation in facts.segmentations():
        segments = facts.segments_of(segmentation)
        largest = max(segments, key=lambda segment: segment.customer_count)
        smallest = min(segments, key=lambda segment: segment.customer_count)
        finding = f"“{largest.label}” is the largest with {percent(largest.customer_share)} of customers"
        if smallest is not largest:
            finding += f", “{smallest.label}” the smallest with {percent(smallest.customer_share)}"
        rows = [
            {
                "label": axis_label(segment),
                "value": segment.customer_count,
                "text": f"{count(segment.customer_count)} · {percent(segment.customer_share)}",
                "tip": f"{segment.full_name}: {count(segment.customer_count)} customers",
                "colour": colour(segment),
            }
            for segment in segments
        ]
        table = Table(
            ("segment", "meaning", "customers", "share"),
            [
                (s.full_name, _readable(s.description, s), count(s.customer_count), percent(s.customer_share))
                for s in segments
            ],
            first_number=2,
        )
        title = title_of(segmentation)
        figures.append(
            Figure(title, finding + ".", charts.bars(rows, f"{title}: customers per segment. {finding}."), table)
        )
    notes = [] if figures else ["No customer is in a segment."]
    return Section(
        "sizes", "How large the segments are", "Customers per segment, and their share of all.", figures, notes
    )


def _readable(description: str, segment: Segment) -> str:
    """Return a description; that of a cluster names features, which are shown without underscores."""
    return description if segment.number is None else words(description)
