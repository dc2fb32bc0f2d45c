"""The sections of the report: what each chart shows, said in a sentence, and its figures as a table."""

from strate.report.read import Facts
from strate.report.sections.cards import cards
from strate.report.sections.clusters import number_of_clusters, picture
from strate.report.sections.evidence import evidence
from strate.report.sections.lifecycle import lifecycle
from strate.report.sections.moves import moves
from strate.report.sections.parts import Section
from strate.report.sections.profiles import profiles
from strate.report.sections.quality import quality
from strate.report.sections.scores import scores
from strate.report.sections.sizes import sizes
from strate.report.sections.value import value

__all__ = ["Section", "build_sections"]


def build_sections(facts: Facts) -> list[Section]:
    """Return the sections of the report in their order."""
    makers = (sizes, cards, profiles, value, lifecycle, scores, moves, number_of_clusters, evidence, picture, quality)
    return [make(facts) for make in makers]
