"""Plugin for dbt-duckdb, named in profiles.yml: opens the database or says why not, and has dbt log progress."""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.events.functions import fire_event
from dbt_common.events.types import Note

from strate.brief_reading import wait_for_brief_readers
from strate.database import DatabaseBusyError, attach_database, open_unencrypted
from strate.progress import Lines, listen
from strate.pseudonyms import VARIABLE, key_pads, set_session_key


def _once_read(path: str, open_it: Callable[[], None]) -> None:
    """Open a file for writing; where somebody reads it who is done in a moment, wait for them first."""
    try:
        open_it()
    except DatabaseBusyError:
        if not wait_for_brief_readers(path):
            raise
        open_it()


class Plugin(BasePlugin):
    """Opens the database before dbt does; dbt prints a RuntimeError of this moment as it is.

    With `config: {encrypted: true}` each database under `attach` is attached with the key in STRATE_DUCKDB_KEY. dbt
    finds it there already, so that the key is in no profile, and nothing that dbt writes or logs can hold it.
    """

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Take down whether the target is encrypted, and have Python models tell dbt's log how far they are."""
        self.is_encrypted = bool(plugin_config.get("encrypted"))
        listen(Lines(lambda line: fire_event(Note(msg=line))))

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Raise RuntimeError if the file cannot be opened for writing; leave `config` as it is."""
        if creds.path != ":memory:" and not creds.is_motherduck:
            _once_read(creds.path, lambda: open_unencrypted(creds.path, read_only=False, config=config).close())
        if key := os.environ.get(VARIABLE):
            try:
                key_pads(key)
            except ValueError as error:
                raise RuntimeError(str(error)) from None

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Attach what is encrypted; RuntimeError if its key is missing or wrong, or the file cannot be opened."""
        for attachment in (self.creds.attach or []) if self.is_encrypted else []:
            if not attachment.alias or not attachment.alias.isidentifier():
                raise RuntimeError(
                    f"{attachment.path} cannot be attached as {attachment.alias!r}: make the file's name of letters, "
                    "digits and underscores."
                )
            path, name = attachment.path, attachment.alias
            _once_read(path, partial(attach_database, conn, path, name, read_only=False))

    def configure_cursor(self, cursor: Any) -> None:
        """Give each session the key of pseudonyms."""
        set_session_key(cursor)
