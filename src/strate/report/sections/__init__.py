"""The sections of the report: what each chart shows, said in a sentence, and its figures as a table."""

from strate.report.read import Facts
from strate.report.sections.clusters import number_of_clusters, picture
from strate.report.sections.lifecycle import lifecycle
from strate.report.sections.parts import Section
from strate.report.sections.profiles import profiles
from strate.report.sections.quality import quality
from strate.report.sections.sizes import sizes
from strate.report.sections.value import value

__all__ = ["Section", "build_sections"]


def build_sections(facts: Facts) -> list[Section]:
    """Return the sections of the report in their order."""
    return [make(facts) for make in (sizes, profiles, value, lifecycle, number_of_clusters, picture, quality)]
