"""Plugin for dbt-duckdb, named in profiles.yml: a database that cannot be opened is a sentence, not a stack trace."""

from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin

from strate.database import open_database


class Plugin(BasePlugin):
    """Opens the database once before dbt does; dbt prints a RuntimeError of this moment as it is."""

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Raise RuntimeError if the file cannot be opened for writing; leave `config` as it is."""
        if creds.path != ":memory:" and not creds.is_motherduck:
            open_database(creds.path, read_only=False, config=config).close()
