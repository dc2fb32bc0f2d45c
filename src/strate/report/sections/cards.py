"""A card for each segment."""

from strate.report.cards import Card
from strate.report.numbers import SPACE, percent
from strate.report.read import Facts, Segment
from strate.report.sections.parts import Figure, Key, Panel, Section, colour, title_of, words


def cards(facts: Facts) -> Section:
    """Return a card for each segment: a sentence, what it stands out by, its rule, a typical member."""
    title = "The segments one by one"
    intro = (
        "What each segment stands out by, with its mean against that of all customers and the difference in standard "
        "deviations (sd); how to tell who is in it; and what is usual there: medians, so nobody in person."
    )
    if facts.cards is None:
        return Section("cards", title, intro, notes=["The table segment_cards is not there."])
    by_key = {card.segment_key: card for card in facts.cards}
    figures = []
    for segmentation in facts.segmentations():
        segments = [segment for segment in facts.segments_of(segmentation) if segment.key in by_key]
        fidelity = next((by_key[one.key].rule_fidelity for one in segments if by_key[one.key].rule_fidelity), None)
        finding = "Each segment is made by its rule."
        if segmentation == "cluster":
            finding = "" if fidelity is None else _fidelity(fidelity)
        panels = [panel(segment, by_key[segment.key]) for segment in segments]
        if panels:
            figures.append(Figure(title_of(segmentation), finding, panels=panels, is_wide=True))
    notes = [] if figures else ["No customer is in a segment."]
    return Section("cards", title, intro, figures, notes, is_tabbed=True)


def _fidelity(share: float) -> str:
    """Say what the rules of clusters are worth."""
    return (
        f"The rules are those of a small decision tree that imitates the clustering. Of customers from whom it did not "
        f"learn, it puts {percent(share)} where the clustering does."
    )


def panel(segment: Segment, card: Card) -> Panel:
    """Return one card."""
    lists = []
    if card.top_features:
        minus = card.top_features.replace("(-", "(\N{MINUS SIGN}")
        lists.append(("Stands out by", _bound(minus).split("; ")))
    if card.rule:
        lists.append(("Rule", _alternatives(card.rule)))
    if card.rule_precision is not None and card.rule_coverage is not None:
        worth = f"{percent(card.rule_precision)} of those under the rule are in the cluster; it finds "
        lists.append(("Worth of the rule", [f"{worth}{percent(card.rule_coverage)} of the cluster"]))
    elif card.rule_fidelity is not None:
        lists.append(("Rule", ["the tree has none for this cluster"]))
    if card.typical_member:
        lists.append(("A typical member", [_bound(card.typical_member).replace("; ", " · ")]))
    shade = colour(segment)
    key = Key(shade, segment.label, "" if segment.number is None else str(segment.number))
    more = "" if segment.number is None else words(segment.name)
    return Panel(key, more, _bound(card.sentence), lists)


def _bound(text: str) -> str:
    """Keep figures and their units on one line."""
    for unit in (" %", " sd"):
        text = text.replace(unit, SPACE + unit.strip())
    return text


def _alternatives(rule: str) -> list[str]:
    """Split a rule at each `or` that stands in no bracket, and take the brackets off the parts."""
    parts, depth = [""], 0
    for word in rule.split(" "):
        if word == "or" and depth == 0:
            parts.append("")
            continue
        depth += word.count("(") - word.count(")")
        parts[-1] += f" {word}"
    parts = [part.strip() for part in parts]
    parts = [part[1:-1] if part[:1] == "(" and part[-1:] == ")" else part for part in parts]
    return [part if place == 0 else f"or {part}" for place, part in enumerate(parts)]
