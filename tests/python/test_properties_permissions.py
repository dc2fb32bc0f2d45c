"""Who may be profiled, in every world, as a few lines of Python say; nobody else is in a mart about people."""

import datetime as dt
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiled import CompiledProject, World
from worlds import AS_OF, SPACING_DAYS, Strategies, worlds

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("properties")]

DATES = [AS_OF - dt.timedelta(days=number * SPACING_DAYS) for number in range(3)]
DEFAULTS = {"profiling": True, "marketing": False}
ABOUT_PEOPLE = ("customers", "customer_features", "customer_segments", "rule_memberships", "int_segments__clusters")


@st.composite
def worlds_of_decisions(draw: st.DrawFn) -> World:
    """Return a world with up to a dozen decisions, most of them about profiling."""
    rows = Strategies((0, 1, 2, 89, 90, 91, 200))
    decision = rows.crm_consents().map(
        lambda row: row | {"purpose": "profiling" if row["channel"] is None else row["purpose"]}
    )
    return draw(worlds()) | {"crm_consents": draw(st.lists(decision, max_size=12))}


def usable(row: dict[str, Any]) -> bool:
    """Whether staging takes the decision."""
    crm_id = (row["crm_customer_id"] or "").strip(" ")
    is_dated = row["decided_at"] is not None and 1990 <= row["decided_at"].year < 2100
    return bool(crm_id and row["purpose"] and row["is_granted"] is not None and is_dated)


def decide(rows: list[dict[str, Any]], purpose: str, channel: str, date: dt.date) -> bool:
    """Return whether the decisions of one person permit the purpose over the channel as of the date."""
    end = dt.datetime.combine(date, dt.time()) + dt.timedelta(days=1)
    known = [
        row
        for row in rows
        if row["purpose"].lower() == purpose
        and (row["channel"] or "all").lower() in (channel, "all")
        and row["decided_at"] < end
    ]
    if not known:
        return DEFAULTS.get(purpose, False)
    newest = max(row["decided_at"] for row in known)
    last = [row for row in known if row["decided_at"] == newest]
    return all(row["is_granted"] and (row["expires_at"] is None or row["expires_at"] >= end) for row in last)


@given(world=worlds_of_decisions())
def test_permissions_are_as_python_says(compiled_project: CompiledProject, world: World) -> None:
    project = compiled_project
    project.run(world, ["customer_permissions", "population_totals", *ABOUT_PEOPLE])
    of_crm_id = defaultdict(list)
    for row in filter(usable, world["crm_consents"]):
        of_crm_id[row["crm_customer_id"].strip(" ")].append(row)
    query = "select as_of_date, account_key, customer_id from int_identity__accounts"
    accounts = project.query(f"{query} where not is_test")
    # Whoever turned out to be a test account was a customer before, whose refusal counts.
    all_accounts = project.query(query)
    rows_of = defaultdict(list)
    for date, key, customer in all_accounts:
        rows_of[date, customer] += of_crm_id[key[4:]] if key.startswith("crm:") else []

    found = project.query("select as_of_date, customer_id, purpose, channel, is_permitted from customer_permissions")
    assert {(date, customer) for date, customer, *_ in found} == {(date, customer) for date, _, customer in accounts}
    for date, customer, purpose, channel, is_permitted in found:
        assert is_permitted == decide(rows_of[date, customer], purpose, channel, date), (customer, purpose, channel)

    refusing = {
        customer
        for (date, customer), rows in rows_of.items()
        if date == AS_OF
        and any(
            not decide(rows, "profiling", (row["channel"] or "all").lower(), AS_OF)
            for row in rows
            if row["purpose"].lower() == "profiling" and row["decided_at"].date() <= AS_OF
        )
    }
    refusing_accounts = {key for date, key, customer in all_accounts if date == AS_OF and customer in refusing}
    expected = {
        date: {customer for at, _, customer in accounts if at == date}
        - {customer for at, key, customer in accounts if at == date and key in refusing_accounts}
        for date in DATES
    }
    nobody_else_is_shown(project, expected)
    for date, customers, profiled, unprofiled in project.query(
        "select as_of_date, customer_count, profiled_count, unprofiled_count from population_totals"
    ):
        assert profiled == len(expected[date])
        assert customers == profiled + unprofiled == len({customer for at, _, customer in accounts if at == date})


def nobody_else_is_shown(project: CompiledProject, expected: dict[dt.date, set[str]]) -> None:
    """Who may be profiled is in customers and, at each date, in customer_features; all else is about some of them."""
    for name in ABOUT_PEOPLE:
        for date, customer in project.query(f"select as_of_date, customer_id from {name}"):
            assert customer in expected[date], name
    of_date = defaultdict(set)
    for date, customer in project.query("select as_of_date, customer_id from customer_features"):
        of_date[date].add(customer)
    assert of_date == {date: customers for date, customers in expected.items() if customers}
    assert {customer for (customer,) in project.query("select customer_id from customers")} == expected[AS_OF]
