"""Who a request means: all accounts and identifiers of one person, and none of anybody else."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import duckdb

from strate.persons.request import Request
from strate.persons.warehouse import Relation
from strate.pseudonyms import pseudonym


class AmbiguousRequestError(ValueError):
    """The identifiers of a request lead to more than one person."""


@dataclass(frozen=True)
class Person:
    """Keys that are one person's alone, by kind, and the identifiers that they share with others.

    The kinds are those of the columns: customer, account (such as crm:C1), crm, erp, user, device, email, phone.
    """

    is_known: bool
    keys: dict[str, set[str]] = field(repr=False)
    shared: set[str] = field(repr=False)

    @property
    def name(self) -> str:
        """What certificates and the audit log call the person: a pseudonym that is no customer_id."""
        first = min(self.keys["account"] or {f"{kind}:{v}" for kind, values in self.keys.items() for v in values})
        return pseudonym(f"person:{first}")


def find_person(connection: duckdb.DuckDBPyConnection, own: list[Relation], request: Request) -> Person:
    """Return whom a request means.

    Who is who at the latest date decides. Accounts that came in after it are added where they share an identifier
    with the person and with nobody else.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Open.
    own : list of Relation
        Strate's relations.
    request : Request
        Who asks.

    Raises
    ------
    AmbiguousRequestError
        If the identifiers lead to more than one person: a mailbox of a family, a device of many.
    RuntimeError
        If who is who was never built.
    """
    links, accounts = _identity(own)
    latest = connection.execute(f"select max(as_of_date) from {accounts}").fetchall()[0][0]

    candidates = None
    for kind, value in request.identifiers:
        found = _accounts_of(connection, links, accounts, kind, value)
        groups = {_person_of(connection, accounts, latest, account) or account for account in found}
        if groups:
            candidates = groups if candidates is None else candidates & groups
            if not candidates:
                raise AmbiguousRequestError(
                    f"Request {request.request_id} has identifiers of different persons: give those of one."
                )
    if candidates is None:
        return stranger(request.identifiers)
    if len(candidates) > 1:
        raise AmbiguousRequestError(
            f"Request {request.request_id} leads to {len(candidates)} persons, who share what it names: add an "
            f"identifier that only one of them has, such as --crm-customer-id or --customer-id."
        )
    (person,) = candidates
    mine = {
        row[0]
        for row in connection.execute(
            f"select account_key from {accounts} where as_of_date = ? and customer_id = ?", [latest, person]
        ).fetchall()
    } or {person}
    connection.execute("create or replace temp table mine (account_key varchar)")
    # A device with several log-ins is nobody's, and no reason to take a log-in for shared.
    connection.execute(
        f"""
        create or replace temp view links as
        from {links} where account_key not in (
            select account_key from {links} where account_key like 'device:%' and identifier like 'user:%'
            group by account_key having count(*) > 1
        )
        """
    )
    while True:
        connection.executemany("insert into mine values (?)", [[account] for account in sorted(mine)])
        more = connection.execute(
            f"""
            with own as (
                select identifier from links group by identifier
                having bool_or(account_key in (from mine)) and bool_and(
                    account_key in (from mine)
                    or account_key not in (select account_key from {accounts} where as_of_date = ?)
                )
            )

            select distinct account_key from links
            where identifier in (from own) and account_key not in (from mine)
            """,
            [latest],
        ).fetchall()
        if not more:
            break
        mine = {row[0] for row in more}

    mine = {row[0] for row in connection.execute("from mine").fetchall()}
    history = next((relation for relation in own if relation.name == "int_identity__id_history"), None)
    ids = connection.execute(
        f"select customer_id from {accounts} where account_key in (from mine)"
        + (f" union select customer_id from {history.sql} where account_key in (from mine)" if history else "")
    ).fetchall()
    others = connection.execute(
        f"select customer_id from {accounts} where as_of_date = ? and account_key not in (from mine)", [latest]
    ).fetchall()
    identifiers = connection.execute(
        """
        select identifier, bool_and(account_key in (from mine)) from links
        group by identifier having bool_or(account_key in (from mine))
        """
    ).fetchall()
    connection.execute("drop view links")
    connection.execute("drop table mine")

    exclusive = {identifier for identifier, is_mine in identifiers if is_mine} | mine
    for kind, value in request.identifiers:
        if kind != "customer" and f"{kind}:{value}" not in {identifier for identifier, _ in identifiers}:
            exclusive.add(f"{kind}:{value}")
    keys = _by_kind(exclusive)
    keys["account"] = mine
    # An id is born as the pseudonym of an account. One that is somebody else's now stays with them.
    keys["customer"] = ({row[0] for row in ids} | {pseudonym(account) for account in mine}) - {row[0] for row in others}
    return Person(True, keys, {identifier for identifier, is_mine in identifiers if not is_mine})


def _by_kind(identifiers: set[str]) -> dict[str, set[str]]:
    keys: dict[str, set[str]] = {
        kind: set() for kind in ("customer", "account", "crm", "erp", "user", "device", "email", "phone")
    }
    for identifier in identifiers:
        kind, _, value = identifier.partition(":")
        if kind in keys:
            keys[kind].add(value)
    return keys


def stranger(identifiers: Iterable[tuple[str, str]]) -> Person:
    """Return somebody of whom nothing is known but (kind, value) of some identifiers."""
    keys = _by_kind({f"{kind}:{value}" for kind, value in identifiers})
    keys["account"] = {f"{kind}:{value}" for kind, value in identifiers if kind != "customer"}
    keys["customer"] |= {pseudonym(account) for account in keys["account"]}
    return Person(False, keys, set())


def is_known(connection: duckdb.DuckDBPyConnection, own: list[Relation], kind: str, value: str) -> bool:
    """Say whether any account has an identifier."""
    return bool(_accounts_of(connection, *_identity(own), kind, value))


def _identity(own: list[Relation]) -> tuple[str, str]:
    by_name = {relation.name: relation.sql for relation in own}
    if not {"int_identity__links", "int_identity__accounts"} <= set(by_name):
        raise RuntimeError("The database has no int_identity__links and int_identity__accounts: run `dbt build` first.")
    return by_name["int_identity__links"], by_name["int_identity__accounts"]


def _accounts_of(connection: duckdb.DuckDBPyConnection, links: str, accounts: str, kind: str, value: str) -> set[str]:
    """Return the accounts that an identifier of a request names."""
    if kind == "customer":
        rows = connection.execute(f"select distinct account_key from {accounts} where customer_id = ?", [value])
    else:
        name = f"{kind}:{value}"
        rows = connection.execute(
            f"select distinct account_key from {links} where identifier = ? or account_key = ?", [name, name]
        )
    return {row[0] for row in rows.fetchall()}


def _person_of(connection: duckdb.DuckDBPyConnection, accounts: str, latest: date, account: str) -> str | None:
    rows = connection.execute(
        f"select customer_id from {accounts} where as_of_date = ? and account_key = ?", [latest, account]
    ).fetchall()
    return rows[0][0] if rows else None
