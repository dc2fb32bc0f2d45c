"""What came in and what of it could not be used."""

from strate.report.numbers import count, percent
from strate.report.read import Facts
from strate.report.sections.parts import Figure, Section, Table, words

MOST_REASONS = 10


def quality(facts: Facts) -> Section:
    """Return what came in and what of it could not be used."""
    title = "What the figures rest on"
    intro = "Rows of the input tables: kept, given way to a newer version of the same key, or rejected."
    if not facts.inputs:
        return Section("quality", title, intro, notes=["The table input_row_counts is not there or has no rows."])
    total, kept, _, rejected = (sum(row[place] for row in facts.inputs) for place in range(1, 5))
    finding = f"There were {count(total)} input rows."
    if total:
        finding = f"{percent(kept / total)} of {count(total)} input rows were kept, {count(rejected)} rejected."
    table = Table(
        ("input", "rows", "kept", "older versions", "rejected"),
        [(input_name(name), *map(count, numbers)) for name, *numbers in facts.inputs],
    )
    figures = [Figure("Input rows", finding, table=table, is_table_open=True)]
    if facts.rejections:
        name, reason, most = facts.rejections[0]
        finding = f"Most often {input_name(name)}: {reason} ({count(most)} rows)."
        if len(facts.rejections) > MOST_REASONS:
            finding += f" The table has the first {MOST_REASONS} of {len(facts.rejections)} reasons."
        table = Table(
            ("input", "reason", "rows"),
            [(input_name(name), reason, count(rows)) for name, reason, rows in facts.rejections[:MOST_REASONS]],
            first_number=2,
        )
        figures.append(Figure("Rejected rows", finding, table=table, is_table_open=True))
    return Section("quality", title, intro, figures)


def input_name(name: str) -> str:
    """Return the name of an input as words, its system in capitals where it is an abbreviation."""
    system, _, rest = words(name).partition(" ")
    return f"{system.upper() if system in ('crm', 'erp') else system} {rest}"
