"""What a section is made of, and the words that sections share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from strate.report import charts
from strate.report.read import Segment

TITLES = {"rfm": "RFM classes", "cluster": "Clusters", "value": "Value tiers", "lifecycle": "Lifecycle stages"}
ALGORITHMS = {
    "kmeans": "K-means",
    "gaussian_mixture": "Gaussian mixture",
    "ward": "Ward",
    "average_linkage": "Average linkage",
    "dbscan": "DBSCAN",
    "hdbscan": "HDBSCAN",
    "genie": "Genie",
}
UNKNOWN = "\N{EM DASH}"


@dataclass(frozen=True)
class Table:
    """Figures as text; columns from `first_number` on are numbers."""

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    first_number: int = 1


@dataclass(frozen=True)
class Key:
    """What a colour stands for; the mark stands in it."""

    colour: str
    text: str
    mark: str = ""

    @property
    def ink(self) -> str:
        """Colour in which the mark can be read."""
        return charts.ink_on(self.colour)


@dataclass(frozen=True)
class Panel:
    """A segment in words: a sentence, and lists under their names."""

    key: Key
    more: str
    sentence: str
    lists: Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True)
class Figure:
    """A chart with its finding, or panels or a table alone; a table is folded unless `is_table_open`."""

    title: str
    finding: str
    spec: dict[str, Any] | None = None
    table: Table | None = None
    legend: Sequence[Key] = ()
    panels: Sequence[Panel] = ()
    is_wide: bool = False
    is_table_open: bool = False


@dataclass(frozen=True)
class Section:
    """A heading, how to read what follows, the figures, and what could not be shown."""

    id: str
    title: str
    intro: str
    figures: Sequence[Figure] = ()
    notes: Sequence[str] = ()
    is_tabbed: bool = False


def words(name: str) -> str:
    """Return the name of a column or table as words."""
    return name.replace("_", " ")


def title_of(segmentation: str) -> str:
    """Return the heading of a segmentation."""
    return TITLES.get(segmentation, words(segmentation).capitalize())


def algorithm_name(algorithm: str) -> str:
    """Return the name of an algorithm as people write it."""
    return ALGORITHMS.get(algorithm, words(algorithm))


def colour(segment: Segment) -> str:
    """Return the colour that a segment has in every chart."""
    return charts.colour_of(segment.key, segment.number)


def axis_label(segment: Segment) -> str:
    """Return a segment's label for an axis; the parts of a cluster's name stand on lines of their own."""
    if segment.number is None:
        return segment.label
    return "\n".join([segment.label, *words(segment.name).split(" · ")])


def subject(segment: Segment) -> tuple[str, bool]:
    """Return a segment as the subject of a sentence, and whether its verb is in the plural."""
    if segment.number is not None:
        return segment.label, False
    is_plural = segment.label.endswith("s")
    return segment.label if is_plural else f"“{segment.label}”", is_plural
