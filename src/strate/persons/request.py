"""Requests for erasure: who asks, by which identifiers."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from strate.persons.warehouse import has_table, relations
from strate.sql import quoted

KINDS = {
    "crm_customer_id": "crm",
    "erp_customer_id": "erp",
    "user_id": "user",
    "anonymous_id": "device",
    "email": "email",
    "phone": "phone",
    "customer_id": "customer",
}
"""Columns of a request, and the kind of identifier that each holds."""


@dataclass(frozen=True)
class Request:
    """One person's request: its id, (kind, value) of each identifier given, and whether it got its id from us.

    `problem` says why it cannot be followed, if so.
    """

    request_id: str
    identifiers: tuple[tuple[str, str], ...] = field(repr=False)
    is_manual: bool = False
    problem: str | None = None

    @classmethod
    def of(cls, request_id: str | None = None, **given: str | None) -> "Request":
        """Return the request of identifiers by column name, with an id of its own where none is given.

        Raises
        ------
        ValueError
            If no identifier is given, or an e-mail address or phone number cannot be read as one.
        """
        identifiers = []
        for column, value in given.items():
            if value is not None and (text := str(value).strip()):
                identifiers.append((KINDS[column], _normalised(KINDS[column], text)))
        if not identifiers:
            raise ValueError(f"Request {request_id or ''} names nobody: give one of {', '.join(KINDS)}.")
        name = request_id or f"manual-{uuid.uuid4().hex[:12]}"
        return cls(name, tuple(sorted(set(identifiers))), is_manual=request_id is None)


def _normalised(kind: str, text: str) -> str:
    if kind == "email":
        text = "".join(text.lower().split()).removeprefix("mailto:")
        if "@" not in text:
            raise ValueError("The e-mail address of a request has no @: give it in full.")
    elif kind == "phone":
        digits = "".join(sign for sign in text if sign.isdigit())
        if not text.startswith(("+", "00")):
            raise ValueError("The phone number of a request has no country code: write it as +33612345678.")
        text = "+" + (digits if text.startswith("+") else digits[2:])
    return text


def read_requests(connection: duckdb.DuckDBPyConnection, relation: str) -> list[Request]:
    """Return the requests of a relation, by request_id.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Open.
    relation : str
        SQL of a relation with the column request_id and at least one of `KINDS`.

    Raises
    ------
    ValueError
        If a column is missing, or a request has no id of its own. What is wrong with one alone is its `problem`.
    """
    columns = {name.lower() for name, *_ in connection.execute(f"describe select * from {relation}").fetchall()}
    given = [column for column in KINDS if column in columns]
    if "request_id" not in columns or not given:
        raise ValueError(f"Requests need the column request_id and at least one of {', '.join(KINDS)}.")
    rows = connection.execute(
        f"select cast(request_id as varchar), {', '.join(f'cast({name} as varchar)' for name in given)} "
        f"from {relation} order by 1"
    ).fetchall()
    ids = [row[0] for row in rows]
    if None in ids or len(set(ids)) < len(ids):
        raise ValueError("Each request needs a request_id of its own: some have none, or share one.")
    return [_request(row[0], dict(zip(given, row[1:], strict=True))) for row in rows]


def _request(request_id: str, given: dict[str, str | None]) -> Request:
    try:
        return Request.of(request_id, **given)
    except ValueError as error:
        return Request(request_id, (), problem=str(error))


def read_request_file(path: Path) -> list[Request]:
    """Return the requests of a CSV, JSON or Parquet file, all columns read as text.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        As `read_requests`.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: name a CSV, JSON or Parquet file of requests.")
    file = str(path).replace("'", "''")
    reader = f"read_csv('{file}', header = true, all_varchar = true)" if path.suffix == ".csv" else f"'{file}'"
    with duckdb.connect() as connection:
        return read_requests(connection, reader)


def requests_of(
    schema: str, given: Mapping[str, str], file: Path | None
) -> Callable[[duckdb.DuckDBPyConnection], list[Request]]:
    """Return a function that reads whom to erase: one person, or the open requests of a file or of erasure_requests.

    Parameters
    ----------
    schema : str
        Schema of the certificates; a request that has one is done.
    given : mapping
        Identifiers of one person, by column name.
    file : pathlib.Path, optional
        A file of requests. Without both, the model erasure_requests is read.

    Raises
    ------
    ValueError
        If both are given. The function itself raises as `read_request_file`, and where nothing names anybody.
    """
    if given and file is not None:
        raise ValueError("Name one person, or a file of requests with --request, not both.")

    def read(connection: duckdb.DuckDBPyConnection) -> list[Request]:
        if given:
            return [Request.of(**given)]
        if file is not None:
            return _open(connection, schema, read_request_file(file))
        views = [one for one in relations(connection, schema) if one.is_own and one.name == "erasure_requests"]
        if not views:
            raise ValueError(
                "Name one person, as with --email, or a file of requests with --request; or point the var "
                "erasure_requests at a table and run `dbt build --select erasure_requests`."
            )
        return _open(connection, schema, read_requests(connection, views[0].sql))

    return read


def _open(connection: duckdb.DuckDBPyConnection, schema: str, requests: list[Request]) -> list[Request]:
    if not has_table(connection, schema, "erasure_certificates"):
        return requests
    rows = connection.execute(f"select distinct request_id from {quoted(schema)}.erasure_certificates").fetchall()
    done = {name for (name,) in rows}
    return [request for request in requests if request.request_id not in done]
