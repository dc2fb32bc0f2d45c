"""What an erasure did, or would do, as people read it on a screen."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from strate.persons.erase import Erasure
from strate.terminal import plain

_DONE = {
    "erased": "erased",
    "not_found": "nobody was found; what the request names is kept out from now on",
    "already_erased": "was erased before",
    "refused": "not erased",
}
_PLANNED = {
    "erased": "would be erased",
    "not_found": "nobody is found; what the request names would be kept out from now on",
    "already_erased": "was erased before",
    "refused": "cannot be erased",
}


def explain(erasure: Erasure, *, is_done: bool) -> RenderableType:
    """Return a sentence about a request, and a table of the places in which the person was."""
    words = (_DONE if is_done else _PLANNED)[erasure.outcome]
    parts: list[RenderableType] = [plain(f"{erasure.request_id}: {erasure.reason or f'{words}.'}")]
    if erasure.findings:
        table = Table("place", "action", "rows", "remark")
        table.columns[2].justify = "right"
        for finding in erasure.findings:
            count = "" if finding.row_count is None else f"{finding.row_count:,}"
            table.add_row(plain(finding.place), finding.action, count, plain(finding.detail or ""))
        parts.append(table)
    if erasure.shared:
        parts.append(Text(f"{erasure.shared} identifiers are those of others too, and stay with them."))
    return Group(*parts)
