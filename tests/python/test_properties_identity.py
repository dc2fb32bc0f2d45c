"""Who is who, against accounts that Python joins one link after the other."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from compiled import CompiledProject, World
from worlds import AS_OF, BLOCKED, SPACING_DAYS, moments, mostly, worlds

from conftest import PROJECT

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("properties")]

VARS = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
DATES = [AS_OF - dt.timedelta(days=number * SPACING_DAYS) for number in range(3)]


@given(world=worlds())
def test_accounts_of_any_world_are_joined_as_by_hand(compiled_project: CompiledProject, world: World) -> None:
    compiled_project.run(world, ["int_identity__accounts"])
    for date in DATES:
        check_persons(compiled_project, date)


@st.composite
def chains(draw: st.DrawFn) -> World:
    """Return customers of whom each shares an address or a number with the next, in any order, some links missing."""
    count = draw(st.integers(2, 14))
    rows: list[dict[str, Any]] = []
    for position, number in enumerate(draw(st.permutations(range(count)))):
        email, phone = f"mail{(position + 1) // 2}@a.example", f"+336123456{position // 2:02d}"
        row = {
            "crm_customer_id": f"C{number:02d}",
            "email": draw(mostly(email, rarely=(BLOCKED, None))),
            "phone": draw(mostly(phone, rarely=(None,))),
            "user_id": draw(mostly(None, None, "u1", rarely=("u2",))) if position in (3, 9) else None,
            "updated_at": draw(moments((400, 300, 10))),
        }
        rows.append(row)
    visits = [
        {"event_id": f"V{n}", "event_name": "page_view", "event_at": when, "anonymous_id": device, "user_id": user}
        for n, (when, device, user) in enumerate(
            draw(st.lists(st.tuples(moments((350, 5)), mostly("d1", "d2"), mostly("u1", "u2", None)), max_size=4))
        )
    ]
    return {"crm_customers": rows, "tracking_events": visits}


@given(world=chains())
def test_chains_are_joined_as_by_hand_whatever_the_ids(compiled_project: CompiledProject, world: World) -> None:
    compiled_project.run(world, ["int_identity__accounts"])
    persons = [check_persons(compiled_project, date) for date in DATES]

    # The same with ids that sort the other way round.
    def renamed(customer: str) -> str:
        return f"C{99 - int(customer[1:]):02d}"

    rows = [row | {"crm_customer_id": renamed(row["crm_customer_id"])} for row in world["crm_customers"]]
    compiled_project.run({**world, "crm_customers": rows}, ["int_identity__accounts"])
    for date, before in zip(DATES, persons, strict=True):
        after = {
            frozenset(f"crm:{renamed(key[4:])}" if key.startswith("crm:") else key for key in group)
            for group in found_persons(compiled_project, date)
        }
        if all(is_settled for _, is_settled in before):
            assert after == {group for group, _ in before}


def check_persons(project: CompiledProject, date: dt.date) -> list[tuple[frozenset[str], bool]]:
    """Compare the persons of a date with those joined by hand; return these, and whether the rounds suffice."""
    links = project.query(
        "select account_key, account_type, identifier, identifier_type, seen_at from int_identity__links"
        f" where seen_at < date '{date}' + 1"
    )
    found = found_persons(project, date)
    assert sum(map(len, found)) == len(set().union(*found))
    unsettled = {
        row[0]
        for row in project.query(
            f"select account_key from int_identity__accounts where as_of_date = date '{date}' and not is_settled"
        )
    }
    by_hand = [
        (group, rounds)
        for group, rounds in joined_by_hand(links)
        if not all(account.startswith("device:") for account in group)
    ]
    for group, rounds in by_hand:
        if rounds <= VARS["identity_rounds"]:
            assert group in found
            assert not unsettled & group
        else:
            assert all(other <= group or not other & group for other in found)
            assert unsettled & group
    assert set().union(*found) == set().union(*(group for group, _ in by_hand))
    return [(group, rounds <= VARS["identity_rounds"]) for group, rounds in by_hand]


def found_persons(project: CompiledProject, date: dt.date) -> set[frozenset[str]]:
    """Return the accounts of each customer at a date."""
    persons: dict[str, set[str]] = {}
    for customer, account in project.query(
        f"select customer_id, account_key from int_identity__accounts where as_of_date = date '{date}'"
    ):
        persons.setdefault(customer, set()).add(account)
    return {frozenset(group) for group in persons.values()}


def joined_by_hand(links: list[tuple[str, str, str, str, dt.datetime]]) -> list[tuple[frozenset[str], int]]:
    """Return the groups of accounts that share identifiers, and how many links the farthest is from the oldest."""
    most = VARS["identity_max_accounts"]
    by_system = Counter((identifier, system) for _, system, identifier, _, _ in links if system != "device")
    log_ins = Counter(account for account, system, _, kind, _ in links if (system, kind) == ("device", "user"))
    systems = {system for _, system in by_system}
    holders: dict[str, set[str]] = {}
    for account, _, identifier, kind, _ in links:
        is_shared = any(by_system[identifier, system] > most.get(kind, 1) for system in systems)
        is_shared_device = log_ins[account] > VARS["identity_max_users_per_device"]
        if not is_shared and not is_shared_device and identifier != f"email:{BLOCKED}":
            holders.setdefault(identifier, set()).add(account)
    neighbours: dict[str, set[str]] = {account: {account} for account, *_ in links}
    for group in holders.values():
        for account in group:
            neighbours[account] |= group

    seen_at: dict[str, dt.datetime] = {}
    for account, *_, when in links:
        seen_at[account] = min(when, seen_at.get(account, when))
    groups, waiting = [], sorted(seen_at, key=lambda account: (account[:7] == "device:", seen_at[account], account))
    left = set(waiting)
    for oldest in waiting:
        if oldest in left:
            group, edge, rounds = {oldest}, {oldest}, -1
            while edge:
                edge = set().union(*(neighbours[account] for account in edge)) - group
                group |= edge
                rounds += 1
            left -= group
            groups.append((frozenset(group), rounds))
    return groups
