"""The audit log: who did what when, as a chain of hashes that shows where it was changed."""

from strate.audit.chain import Entry, first_break
from strate.audit.log import append_entry, read_log, verify_log

__all__ = ["Entry", "append_entry", "first_break", "read_log", "verify_log"]
