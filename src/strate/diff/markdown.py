"""A diff as Markdown for the comment of a pull request."""

from collections.abc import Sequence

from strate.diff.compare import Diff
from strate.diff.measures import shown
from strate.diff.segments import SegmentationChange

COMMENT_LIMIT = 65_536
"""Characters that a comment may have; of the usual forges the least."""

MARKER = "<!-- strate diff -->"
"""By this a script finds the comment of an earlier run, to replace it."""

MOST_FLOWS, MOST_COLUMNS = 20, 15

_ENTITIES = {ord(sign): f"&#{ord(sign)};" for sign in "&\\`*_[]<>|#~@"}


def render_markdown(diff: Diff, limit: int = COMMENT_LIMIT) -> str:
    """Return a diff as Markdown: first what counts, then the details, folded.

    Parameters
    ----------
    diff : Diff
    limit : int
        Characters at most. Details that do not fit are left out from the end, and a line says so.

    Returns
    -------
    str
    """
    page = "\n\n".join([MARKER, "## Segment diff", *_summary(diff)])
    closing = "_Details were left out to keep this comment short: `strate diff --format html` has all of them._"
    left_out = False
    for title, body in _details(diff):
        block = f"\n\n<details><summary>{title}</summary>\n\n{body}\n\n</details>"
        if len(page) + len(block) + len(closing) + 4 > limit:
            left_out = True
            continue
        page += block
    return f"{page}\n\n{closing}\n" if left_out else f"{page}\n"


def _summary(diff: Diff) -> list[str]:
    dates = f"as of {diff.head_date}"
    if diff.base_date != diff.head_date:
        dates = f"base as of {diff.base_date}, head as of {diff.head_date}"
    if diff.is_empty:
        return [f"**No difference** in segments, quality, scores, features and row counts, {dates}."]
    verdict = "**Within all thresholds**" if not diff.findings else f"**{len(diff.findings)} beyond a threshold**"
    parts = [f"{verdict}, {dates}."]
    if diff.findings:
        parts.append("\n".join(f"- {_text(finding)}" for finding in diff.findings))
    changed = [one for one in diff.segmentations if _is_changed(one)]
    if changed:
        rows = [
            (
                one.name if one.state == "both" else f"{one.name} ({one.state})",
                f"{one.common_count:,}",
                f"{one.moved_count:,}",
                _percent(one.moved_share),
                "" if one.moved_revenue_share is None else _percent(one.moved_revenue_share),
                f"{one.came_count:,}",
                f"{one.left_count:,}",
                _events(one),
            )
            for one in changed
        ]
        headers = ("segmentation", "customers", "moved", "share", "of revenue", "new", "left", "segments")
        parts.append(_table(headers, rows, 1, 7))
    same = [one.name for one in diff.segmentations if not _is_changed(one)]
    if same:
        parts.append(f"Unchanged: {_text(', '.join(same))}.")
    return parts


def _is_changed(one: SegmentationChange) -> bool:
    return bool(
        one.state != "both"
        or one.moved_count
        or one.came_count
        or one.left_count
        or any(segment.event != "kept" for segment in one.segments)
    )


def _events(one: SegmentationChange) -> str:
    """Say which segments were born, are gone, merged or too small."""
    found = []
    for segment in one.segments:
        if segment.event == "merged":
            into = next((other.name for other in one.segments if other.key == segment.into), segment.into)
            found.append(f"{segment.name} merged into {into}")
        elif segment.event != "kept":
            found.append(f"{segment.name} {segment.event}")
        if segment.is_too_small and not segment.was_too_small:
            found.append(f"{segment.name} under the minimum ({segment.head_count:,})")
    return "; ".join(found)


def _details(diff: Diff) -> list[tuple[str, str]]:
    details = []
    for one in filter(_is_changed, diff.segmentations):
        moves = [flow for flow in one.flows if flow.is_move or None in (flow.from_key, flow.to_key)]
        rows = [
            (
                flow.from_name or "(new)",
                flow.to_name or "(left)",
                f"{flow.customer_count:,}",
                "" if flow.revenue is None else f"{flow.revenue:,.0f}",
            )
            for flow in moves[:MOST_FLOWS]
        ]
        body = _table(("from", "to", "customers", "revenue"), rows, 2, 4)
        if len(moves) > MOST_FLOWS:
            body += f"\n\n{len(moves) - MOST_FLOWS} smaller moves are not shown."
        sizes = _table(
            ("segment", "base", "head", "became"),
            [
                (segment.name, f"{segment.base_count:,}", f"{segment.head_count:,}", segment.event)
                for segment in one.segments
            ],
            1,
            3,
        )
        details.append((f"{_text(one.name)}: who moves, and sizes", f"{body}\n\n{sizes}"))
    for title, changes in (("Quality", diff.quality), ("Gates", diff.gates), ("Row counts", diff.row_counts)):
        rows = [(one.name, shown(one.base, "none"), shown(one.head, "none")) for one in changes if one.is_changed]
        if rows:
            details.append((title, _table(("", "base", "head"), rows, 1, 3)))
    for title, columns in (("Scores", diff.scores), ("Features", diff.features)):
        changed = sorted((one for one in columns if one.is_changed), key=lambda one: -(one.stability_index or 0))
        if changed:
            headers = ("column", "stability index", "unknown, base", "unknown, head")
            rows = [
                (one.name, shown(one.stability_index, "none"), _share(one.base_null_share), _share(one.head_null_share))
                for one in changed[:MOST_COLUMNS]
            ]
            if title == "Scores":
                headers += ("rank correlation",)
                rows = [
                    (*row, shown(one.rank_correlation, "none"))
                    for row, one in zip(rows, changed[:MOST_COLUMNS], strict=True)
                ]
            body = _table(headers, rows, 1, len(headers))
            if len(changed) > MOST_COLUMNS:
                body += f"\n\n{len(changed) - MOST_COLUMNS} that changed less are not shown."
            details.append((title, body))
    return details


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]], first_number: int, end_of_numbers: int) -> str:
    marks = ["---:" if first_number <= place < end_of_numbers else "---" for place in range(len(headers))]
    lines = [" | ".join(headers), " | ".join(marks), *(" | ".join(map(_text, row)) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def _text(text: str) -> str:
    """Return a text of the data as Markdown that shows it letter by letter, on one line."""
    return " ".join(text.translate(_ENTITIES).split())


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _share(share: float | None) -> str:
    return "not there" if share is None else _percent(share)
