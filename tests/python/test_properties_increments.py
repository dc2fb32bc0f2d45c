"""Activity that grew by increments is that of a rebuild, over made-up histories of what arrived when."""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import duckdb
import pytest
from dbt.cli.main import dbtRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from compiled import INPUT_VARS, World, create_inputs
from worlds import AS_OF, mostly

from conftest import PROJECT, TINY_SETTINGS

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("properties")]

ACTIVITY = ("int_activity__order_lines", "int_activity__sessions", "int_activity__campaign_touches")
LOOKBACK_DAYS = 3
Grow = Callable[[Sequence[World]], list[list[list[tuple[Any, ...]]]]]


@pytest.fixture(scope="module")
def grow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grow]:
    """Run the activity models over one state of the inputs after the other, dbt staying in this process.

    Returns the tables after the last state, after a second run on it, and after a rebuild.
    """
    folder = tmp_path_factory.mktemp("increments")
    file = folder / "strate.duckdb"
    variables = json.dumps(INPUT_VARS | TINY_SETTINGS | {"lookback_days": LOOKBACK_DAYS})
    quiet = ("--quiet", "--log-level", "none", "--log-level-file", "none")
    shared = ("--vars", variables, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT))

    def write(world: World) -> None:
        with duckdb.connect(str(file)) as connection:
            connection.execute("create schema if not exists raw")
            create_inputs(connection, world)

    def tables() -> list[list[tuple[Any, ...]]]:
        with duckdb.connect(str(file)) as connection:
            return [connection.execute(f"select * from {name} order by all").fetchall() for name in ACTIVITY]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRATE_DUCKDB_PATH", str(file))
        patch.setenv("DBT_TARGET_PATH", str(folder / "target"))
        patch.setenv("DBT_LOG_PATH", str(folder / "logs"))
        patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        write({})
        assert dbtRunner().invoke([*quiet, "seed", "--select", "country_aliases", *shared]).success
        runner = dbtRunner(manifest=dbtRunner().invoke([*quiet, "parse", *shared]).result)

        def run(*options: str) -> list[list[tuple[Any, ...]]]:
            selected = [f"+{name}" for name in ACTIVITY]
            done = runner.invoke([*quiet, "run", "--select", *selected, "--threads", "1", *shared, *options])
            assert done.success, done.exception or [node.message for node in done.result]
            return tables()

        def grown(states: Sequence[World]) -> list[list[list[tuple[Any, ...]]]]:
            for number, state in enumerate(states):
                write(state)
                last = run(*(["--full-refresh"] if number == 0 else []))
            return [last, run(), run("--full-refresh")]

        yield grown


def _day(number: int, hours: float = 9) -> dt.datetime:
    return dt.datetime.combine(AS_OF, dt.time()) - dt.timedelta(days=number) + dt.timedelta(hours=hours)


MOMENTS = st.builds(_day, st.sampled_from([*range(9), 20, 30, 60]), st.sampled_from([0, 9, 9.25, 23.9]))
DELAYS = st.sampled_from(
    [dt.timedelta(0), dt.timedelta(hours=5), dt.timedelta(days=1), dt.timedelta(days=LOOKBACK_DAYS)]
)
ORDERED_AT = {f"O{number}": _day(days) for number, days in enumerate((60, 30, 8, 4, 1), 1)}


def _later(moment: dt.datetime) -> st.SearchStrategy[dt.datetime]:
    return MOMENTS.map(lambda other: max(moment, other))


@st.composite
def orders(draw: st.DrawFn) -> tuple[dict[str, Any], dt.datetime]:
    order = draw(st.sampled_from(list(ORDERED_AT)))
    changed_at = draw(_later(ORDERED_AT[order]))
    row = {
        "order_id": order,
        "ordered_at": ORDERED_AT[order],
        "erp_customer_id": draw(mostly("E1", "E2")),
        "status": draw(mostly("completed", "completed", "cancelled")),
        "currency_code": draw(mostly("EUR", rarely=("XXX",))),
        "updated_at": changed_at,
    }
    return row, changed_at


@st.composite
def order_lines(draw: st.DrawFn) -> tuple[dict[str, Any], dt.datetime]:
    order = draw(st.sampled_from(list(ORDERED_AT)))
    booked_at = draw(st.one_of(st.none(), _later(ORDERED_AT[order])))
    updated_at = draw(st.one_of(st.none(), _later(booked_at or ORDERED_AT[order])))
    row = {
        "order_line_id": draw(mostly("L1", "L2", "L3", "L4", "L5", "L6")),
        "order_id": order,
        "quantity": draw(mostly(1.0, 2.0, -1.0)),
        "unit_price": draw(mostly(10.0, 20.0, rarely=(-1.0,))),
        "booked_at": booked_at,
        "updated_at": updated_at,
    }
    return row, updated_at or booked_at or ORDERED_AT[order]


@st.composite
def tracking_events(draw: st.DrawFn) -> tuple[dict[str, Any], dt.datetime]:
    event_at = draw(MOMENTS)
    received_at = draw(st.one_of(st.none(), _later(event_at)))
    row = {
        "event_id": draw(mostly(*(f"V{number}" for number in range(9)))),
        "event_at": event_at,
        "event_name": "page_view",
        "anonymous_id": draw(mostly("d1", "d2")),
        "user_id": draw(mostly(None, "u1", "u2")),
        "received_at": received_at,
    }
    return row, received_at or event_at


@st.composite
def campaign_events(draw: st.DrawFn) -> tuple[dict[str, Any], dt.datetime]:
    event_at = draw(MOMENTS)
    received_at = draw(st.one_of(st.none(), _later(event_at)))
    row = {
        "campaign_event_id": draw(mostly(*(f"K{number}" for number in range(9)))),
        "crm_customer_id": draw(mostly("C1", "C2")),
        "campaign_id": "spring",
        "message_id": draw(mostly(None, "M1", "M2")),
        "event_type": draw(mostly("sent", "opened", "clicked")),
        "event_at": event_at,
        "received_at": received_at,
    }
    return row, received_at or event_at


@st.composite
def histories(draw: st.DrawFn) -> list[World]:
    """Return the inputs as they were at some moments, then all; rows arrive up to `LOOKBACK_DAYS` late."""
    arrivals = {
        name: draw(st.lists(st.tuples(row, DELAYS), min_size=least, max_size=3 * least))
        for name, row, least in (
            ("erp_orders", orders(), 4),
            ("erp_order_lines", order_lines(), 5),
            ("tracking_events", tracking_events(), 5),
            ("crm_campaign_events", campaign_events(), 3),
        )
    }
    ends = sorted(draw(st.sets(st.builds(_day, st.integers(-1, 9), st.sampled_from([0, 12])), min_size=1, max_size=3)))
    return [
        {
            name: [row for (row, changed_at), delay in rows if changed_at + delay < end]
            for name, rows in arrivals.items()
        }
        for end in [*ends, dt.datetime.max]
    ]


# Each example is three to six runs of dbt.
@settings(max_examples=max(settings().max_examples // 4, 1))
@given(states=histories())
def test_increments_equal_a_rebuild(grow: Grow, states: list[World]) -> None:
    grown, again, rebuilt = grow(states)
    for name, one, other, expected in zip(ACTIVITY, grown, again, rebuilt, strict=True):
        assert one == expected, name
        assert other == expected, name
