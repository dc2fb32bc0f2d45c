"""Cards of segments, as the mart `segment_cards` has them."""

from dataclasses import dataclass

import duckdb


@dataclass(frozen=True)
class Card:
    """One segment in words; a text is None where there is nothing to tell.

    `rule_precision`, `rule_coverage` and `rule_fidelity` are None for a segment that is made by its rule.
    """

    segment_key: str
    sentence: str
    top_features: str | None
    rule: str | None
    rule_precision: float | None
    rule_coverage: float | None
    rule_fidelity: float | None
    typical_member: str | None


def read_cards(connection: duckdb.DuckDBPyConnection) -> list[Card]:
    """Return the cards by segment key."""
    rows = connection.execute(
        """
        select
            segment_key, sentence, top_features, rule, rule_precision, rule_coverage, rule_fidelity, typical_member
        from segment_cards
        order by segment_key
        """
    ).fetchall()
    return [Card(*row) for row in rows]
