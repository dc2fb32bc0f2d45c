"""The chain itself: what the hash of an entry covers, and where a chain breaks."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Entry:
    """One row of the table `audit_log`, its fields in the order of the columns.

    `occurred_at` is in UTC, without a zone; `details` is JSON as text, so that it has one form only.
    """

    entry_number: int
    occurred_at: datetime
    actor: str
    action: str
    subject: str | None
    details: str
    invocation_id: str | None
    strate_version: str
    previous_hash: str
    entry_hash: str


def entry_hash(previous_hash: str, fields: Iterable[object]) -> str:
    """Return the SHA-256 of the hash before an entry and the entry's own fields.

    Each field has its length in front, so that no field can run into the next. The macro `append_audit_entries` has
    the same form.

    Parameters
    ----------
    previous_hash : str
        Hash of the entry before; empty for the first.
    fields : iterable
        The columns from `entry_number` to `strate_version`, None where there is none.
    """
    parts = [previous_hash]
    for field in fields:
        if field is None:
            parts.append("-")
        else:
            text = field.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(field, datetime) else str(field)
            parts.append(f"{len(text)}:{text}")
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def first_break(entries: Iterable[Entry]) -> str | None:
    """Return in a sentence where a chain is first broken, or None if every entry follows from the one before.

    Parameters
    ----------
    entries : iterable of Entry
        By `entry_number`.
    """
    number, head = 0, ""
    for entry in entries:
        if entry.entry_number == number:
            return f"Entry {number} is there more than once."
        if entry.entry_number != number + 1:
            return f"Entry {number + 1} is missing: entry {entry.entry_number} comes after {number or 'nothing'}."
        if entry.previous_hash != head:
            return (
                f"Entry {entry.entry_number} does not follow from the entry before it, which was changed or replaced."
            )
        fields = [getattr(entry, name) for name in list(Entry.__dataclass_fields__)[:-2]]
        if entry.entry_hash != entry_hash(head, fields):
            return f"Entry {entry.entry_number} was changed: its hash is not that of its content."
        number, head = entry.entry_number, entry.entry_hash
    return None
