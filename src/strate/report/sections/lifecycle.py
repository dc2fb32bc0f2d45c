"""How long ago customers bought."""

from strate.report import charts
from strate.report.numbers import count, percent
from strate.report.read import Facts
from strate.report.sections.parts import UNKNOWN, Figure, Key, Section, Table, colour


def lifecycle(facts: Facts) -> Section:
    """Return how long ago customers bought, by lifecycle stage."""
    title, intro = "Where they are in their lifecycle", "Customers by the time since their last order."
    segments = facts.segments_of("lifecycle")
    if not segments:
        return Section(
            "lifecycle", title, intro, notes=["There are no orders in this build, so nobody has a lifecycle stage."]
        )
    total = sum(s.paid_revenue or 0 for s in segments)
    shares = {segment.key: segment.customer_share for segment in segments}
    current = sum(shares.get(f"lifecycle_{stage}", 0) for stage in ("new", "active", "reactivated"))
    finding = (
        f"{percent(current)} of customers are new, active or reactivated; "
        f"{percent(shares.get('lifecycle_cooling', 0))} are cooling, {percent(shares.get('lifecycle_lapsed', 0))} have "
        f"lapsed, {percent(shares.get('lifecycle_never_bought', 0))} never bought."
    )
    places = {segment.key: place for place, segment in enumerate(segments)}
    rows = [
        {
            "start": first_day,
            "value": customers,
            "place": places[key],
            "tip": f"{segments[places[key]].label}, {first_day} to {first_day + facts.bucket_days - 1} days: "
            f"{count(customers)} customers",
            "colour": colour(segments[places[key]]),
        }
        for key, first_day, customers in facts.recency
        if key in places
    ]
    spec = None
    if rows:
        spec = charts.histogram(
            rows, facts.bucket_days, "days since the last order", "customers", f"Days since the last order. {finding}"
        )
    table = Table(
        ("stage", "meaning", "customers", "share of customers", "share of revenue", "days since last order, median"),
        [
            (
                segment.name,
                segment.description,
                count(segment.customer_count),
                percent(segment.customer_share),
                percent((segment.paid_revenue or 0) / total) if total else UNKNOWN,
                UNKNOWN if segment.median_recency_days is None else count(segment.median_recency_days),
            )
            for segment in segments
        ],
        first_number=2,
    )
    legend = [Key(colour(s), f"{s.label} {percent(s.customer_share)}") for s in segments]
    figure = Figure("Time since the last order", finding, spec, table, legend, is_wide=True, is_table_open=True)
    return Section("lifecycle", title, intro, [figure])
