"""DuckDB's extensions, from packages of the registry: DuckDB loads one only if it bears DuckDB's signature."""

import importlib.util
from pathlib import Path

import duckdb


def load_extension(connection: duckdb.DuckDBPyConnection, name: str, extra: str, purpose: str) -> None:
    """Load an extension from the package that carries it; nothing is fetched.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Open.
    name : str
        Of the extension, as in `httpfs`; its package is duckdb-extension-<name>.
    extra : str
        What Strate is installed with to have the package, as in `strate[encrypted]`.
    purpose : str
        What needs it, for the message.

    Raises
    ------
    RuntimeError
        If the package is not installed, or is for another version of DuckDB.
    """
    package = importlib.util.find_spec(f"duckdb_extension_{name}")
    distribution = f"duckdb-extension-{name.replace('_', '-')}"
    if package is None or package.origin is None:
        raise RuntimeError(
            f"{purpose} needs the package {distribution}: install Strate with `pip install 'strate[{extra}]'`."
        )
    version = duckdb.__version__
    file = Path(package.origin).parent / f"extensions/v{version}/{name}.duckdb_extension"
    if not file.exists():
        raise RuntimeError(f"The installed {distribution} is not for DuckDB {version}: install that version.")
    connection.load_extension(str(file))
