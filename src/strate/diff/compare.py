"""What a change of code or data does to segments: two builds compared."""

from dataclasses import asdict, dataclass
from typing import Any

from strate.diff.builds import Build, open_pair
from strate.diff.measures import (
    Change,
    ColumnChange,
    compare_features,
    compare_gates,
    compare_quality,
    compare_row_counts,
    compare_scores,
)
from strate.diff.segments import SegmentationChange, compare_segments
from strate.diff.thresholds import Thresholds
from strate.progress import track

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Diff:
    """Two builds compared.

    Attributes
    ----------
    base_date, head_date : str
        Latest as-of dates.
    segmentations : list of SegmentationChange
    quality, gates, row_counts : list of Change
    scores, features : list of ColumnChange
    findings : list of str
        What is beyond a threshold, in sentences.
    """

    base_date: str
    head_date: str
    segmentations: list[SegmentationChange]
    quality: list[Change]
    gates: list[Change]
    row_counts: list[Change]
    scores: list[ColumnChange]
    features: list[ColumnChange]
    findings: list[str]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        segments = all(
            one.state == "both"
            and not (one.moved_count or one.came_count or one.left_count)
            and all(segment.event == "kept" for segment in one.segments)
            for one in self.segmentations
        )
        others = [*self.quality, *self.gates, *self.row_counts, *self.scores, *self.features]
        return segments and self.base_date == self.head_date and not any(one.is_changed for one in others)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON types, for machines; `format_version` rises when a name or meaning changes."""
        shares = {one.name: one for one in self.segmentations}
        content = asdict(self)
        for one in content["segmentations"]:
            one["moved_share"] = shares[one["name"]].moved_share
            one["moved_revenue_share"] = shares[one["name"]].moved_revenue_share
        return {"format_version": FORMAT_VERSION, "is_empty": self.is_empty, **content}


def compare_builds(base: Build, head: Build, thresholds: Thresholds) -> Diff:
    """Compare two builds.

    Parameters
    ----------
    base, head : Build
        Before and after. They may be two schemas of one database.
    thresholds : Thresholds

    Returns
    -------
    Diff

    Raises
    ------
    FileNotFoundError
        If a build is not there.
    RuntimeError
        If a database cannot be opened, or customers have ids by another key in each.
    """
    with open_pair(base, head) as pair:
        dates = [
            str(pair.rows(f"select max(as_of_date) from {{{side}.customer_features}}")[0][0] or "no date")
            for side in ("base", "head")
        ]
        parts = {
            "segmentations": lambda: compare_segments(pair, thresholds.min_segment_size),
            "quality": lambda: compare_quality(pair),
            "gates": lambda: compare_gates(base, head),
            "row_counts": lambda: compare_row_counts(pair),
            "scores": lambda: compare_scores(pair),
            "features": lambda: compare_features(pair),
        }
        facts = {name: compare() for name, compare in track(parts.items(), "Comparing the builds")}
    return Diff(*dates, **facts, findings=_findings(facts, thresholds))


def _findings(facts: dict[str, list], limits: Thresholds) -> list[str]:
    found = []
    for one in facts["segmentations"]:
        found += _segment_findings(one, limits)
    ended = [
        f"{segment.name} ({one.name})"
        for one in facts["segmentations"]
        for segment in one.segments
        if segment.event in ("gone", "merged")
    ]
    if limits.diff_max_ended_segments is not None and len(ended) > limits.diff_max_ended_segments:
        most = limits.diff_max_ended_segments
        noun = "segment has" if len(ended) == 1 else "segments have"
        found.append(f"{len(ended)} {noun} ended, more than {most}: {', '.join(ended)}.")
    found += [
        f"The gate {gate.name} held and now {gate.head or 'is not tested'}."
        for gate in facts["gates"]
        if gate.base == "holds" and gate.head != "holds"
    ]
    for kind, columns, most in (
        ("score", facts["scores"], limits.diff_max_score_psi),
        ("feature", facts["features"], limits.diff_max_feature_psi),
    ):
        found += [
            f"The {kind} {column.name} is gone."
            for column in columns
            if column.head_null_share is None and column.base_null_share is not None
        ]
        if most is not None:
            found += [
                f"The {kind} {column.name} is spread otherwise: stability index {column.stability_index:.2f}, more "
                f"than {most:g}."
                for column in columns
                if column.stability_index is not None and column.stability_index > most
            ]
    least = limits.diff_min_rank_correlation
    if least is not None:
        found += [
            f"The score {score.name} puts customers in another order: rank correlation {score.rank_correlation:.2f}, "
            f"less than {least:g}."
            for score in facts["scores"]
            if score.rank_correlation is not None and score.rank_correlation < least
        ]
    most = limits.diff_max_null_share_rise
    if most is not None:
        found += [
            f"The feature {column.name} is unknown of {column.head_null_share:.1%} of the customers, and was of "
            f"{column.base_null_share:.1%}."
            for column in facts["features"]
            if None not in (column.base_null_share, column.head_null_share)
            and column.head_null_share - column.base_null_share > most
        ]
    return found


def _segment_findings(one: SegmentationChange, limits: Thresholds) -> list[str]:
    if one.state == "removed":
        return [f"The segmentation {one.name} is gone."]
    found = []
    if limits.diff_max_moved_share is not None and one.moved_share > limits.diff_max_moved_share:
        found.append(
            f"In {one.name}, {one.moved_count:,} of {one.common_count:,} customers move ({one.moved_share:.1%}), more "
            f"than {limits.diff_max_moved_share:.1%}."
        )
    share, most = one.moved_revenue_share, limits.diff_max_moved_revenue_share
    if share is not None and most is not None and share > most:
        found.append(f"In {one.name}, customers with {share:.1%} of the revenue move, more than {most:.1%}.")
    found += [
        f"In {one.name}, the segment {segment.name} has {segment.head_count:,} customers, under the minimum of "
        f"{limits.min_segment_size:,}."
        for segment in one.segments
        if segment.is_too_small and not segment.was_too_small
    ]
    return found
