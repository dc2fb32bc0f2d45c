"""Ids from build to build, while rows of the inputs come and go: persons keep them, and the log says who did not."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiled import CompiledProject, World
from test_properties_identity import chains
from worlds import AS_OF, worlds

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("properties")]

WHO = "select as_of_date, account_key, customer_id from int_identity__accounts order by all"
HISTORY = "int_identity__id_history"
Rows = list[tuple[Any, ...]]


class Builds:
    """One build after the other of who is who."""

    def __init__(self, project: CompiledProject) -> None:
        self.project = project
        self.code = project.code_of_a_later_build("int_identity__accounts", HISTORY)

    def forget(self) -> None:
        """Begin anew, with nothing recorded."""
        self.project.run({}, [HISTORY])

    def build(self, world: World) -> Rows:
        """Make who is who from a world, and return what that added to the history."""
        self.project.run(world, ["int_identity__links", "int_activity__as_of_dates"])
        self.project.query(f"create or replace table int_identity__accounts as {self.code['int_identity__accounts']}")
        added = self.project.query(self.code[HISTORY])
        self.project.query(f"insert into {HISTORY} {self.code[HISTORY]}")
        return added


@pytest.fixture(scope="module")
def builds(compiled_project: CompiledProject) -> Builds:
    return Builds(compiled_project)


@st.composite
def states(draw: st.DrawFn) -> list[World]:
    """Return inputs at some moments, each with other rows of one world missing, so that accounts come and go."""
    world = draw(st.one_of(chains(), worlds()))
    people = [name for name in ("crm_customers", "erp_orders", "tracking_events") if world.get(name)]
    found = []
    for _ in range(draw(st.integers(2, 4))):
        kept = {
            name: [row for row in world[name] if draw(st.integers(0, 3)) or name != draw(st.sampled_from(people))]
            for name in people
        }
        found.append({**world, **kept})
    return found


# Each example makes who is who eight times.
@settings(max_examples=max(settings().max_examples // 2, 1))
@given(states=states())
def test_persons_keep_their_ids_and_the_log_says_who_did_not(
    compiled_project: CompiledProject, builds: Builds, states: Sequence[World]
) -> None:
    builds.forget()
    project = compiled_project
    had: dict[str, set[str]] = {}  # the ids that an account ever had
    now: dict[str, str] = {}  # where it was last
    for number, world in enumerate(states):
        project.run(world, ["int_identity__accounts"])
        stateless = project.query(WHO)
        added = builds.build(world)
        found = project.query(WHO)
        if number == 0:
            assert found == stateless
        assert persons(found) == persons(stateless)  # the same people, whatever they are called
        shared = "select 1 from int_identity__accounts group by as_of_date, customer_id having sum(is_anchor::int) <> 1"
        assert project.query(shared) == []

        last = {account: customer for date, account, customer in found if date == AS_OF}
        for customer, group in groups(last).items():
            known = {account for account in group if account in now}
            one = {now[account] for account in known}
            ever = set().union(*(had[account] for account in known))
            others = {account for account in now if now[account] in one and account not in known and account in last}
            if known and len(ever) == 1 and not others:
                assert customer in ever  # nobody left them, and they never had another id
            assert customer in ever or not any(customer in ids for ids in had.values())  # no id goes to strangers

        recorded = project.query(
            f"select account_key, arg_max(customer_id, (as_of_date, entry_number)) from {HISTORY}"
            " where kind <> 'issued' group by all"
        )
        known_now = {account: customer for account, customer in recorded if account in last}
        assert known_now == {
            account: customer for account, customer in last.items() if not account.startswith("device:")
        }
        check_changes(now, added)
        for _, account, customer in found:
            had.setdefault(account, set()).add(customer)
        now |= dict(recorded)

        assert builds.build(world) == []  # the same again is no news
        assert project.query(WHO) == found


def check_changes(before: dict[str, str], added: Rows) -> None:
    """Each change starts from where the account was."""
    where = dict(before)
    for _, _, account, customer, _, _, former, kind, _ in sorted(added, key=lambda row: (row[1], row[2])):
        if kind == "issued":
            continue
        if kind == "new":
            assert former is None
        else:
            assert former == where[account]
            assert (kind == "kept") == (former == customer)
        if account not in before or kind != "new":
            where[account] = customer


def groups(customer_of: dict[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for account, customer in customer_of.items():
        found.setdefault(customer, set()).add(account)
    return found


def persons(rows: Rows) -> set[tuple[dt.date, frozenset[str]]]:
    """Return the accounts of each person at each date."""
    found: dict[tuple[dt.date, str], set[str]] = {}
    for date, account, customer in rows:
        found.setdefault((date, customer), set()).add(account)
    return {(date, frozenset(accounts)) for (date, _), accounts in found.items()}
