"""What must hold in every world: Hypothesis makes the inputs, the compiled project makes the tables.

A failing world is shown as the rows of its inputs, made as small as it can be.
"""

import datetime as dt
import re
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiled import CONTRACT, CompiledProject, World
from worlds import AS_OF, SPACING_DAYS, later_rows, worlds

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("properties")]

KEYS = {
    "stg_crm__customers": "crm_customer_id",
    "stg_crm__consents": "consent_id",
    "stg_crm__campaign_events": "campaign_event_id",
    "stg_erp__orders": "order_id",
    "stg_erp__order_lines": "order_line_id",
    "stg_erp__products": "product_id",
    "stg_tracking__events": "event_id",
    "stg_survey__responses": "response_id",
    "stg_geo__areas": "country_code, postal_code",
    "int_activity__order_lines": "order_line_id",
    "int_activity__sessions": "visitor_key, started_at",
    "int_identity__accounts": "as_of_date, account_key",
    "int_identity__customers": "as_of_date, customer_id",
    "customers": "customer_id",
    "customer_features": "as_of_date, customer_id",
    "customer_permissions": "as_of_date, customer_id, purpose, channel",
    "population_totals": "as_of_date",
    "customer_segments": "segmentation, customer_id",
    "segments": "segment_key",
}
SEGMENTATIONS = {"rfm", "value", "lifecycle", "cluster", "value_by_lifecycle"}


def tables(project: CompiledProject, models: list[str], without: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Return all rows of models as sorted texts, without some columns and without how long a fit took."""
    rows = {}
    for name in models:
        timeless = "where name <> 'seconds'" if name == "clustering_fit" else ""
        relation = project.connection.sql(f"select * from strate.main.{name} {timeless}")
        kept = [n for n, column in enumerate(relation.columns) if column not in (*without, "fit_seconds")]
        rows[name] = sorted(repr([row[n] for n in kept]) for row in relation.fetchall())
    return rows


@given(world=worlds())
def test_every_world(compiled_project: CompiledProject, world: World) -> None:
    project = compiled_project
    project.run(
        world,
        [
            *("customer_segments", "segments", "customers", "input_row_counts", "customer_permissions"),
            *("population_totals", "customer_attribute_sources"),
        ],
    )
    counts_reconcile(project, world)
    nothing_is_there_twice(project)
    money_is_conserved(project)
    windows_nest(project)
    every_customer_has_one_segment_in_each_segmentation(project)
    every_known_attribute_has_one_source(project)


def counts_reconcile(project: CompiledProject, world: World) -> None:
    rejected = Counter(project.query("select input, source_key from rejected_rows"))
    for name, rows, kept, duplicates, set_aside in project.query("select * from input_row_counts"):
        assert rows == len(world[name]), name
        assert rows == kept + duplicates + set_aside, name
        if name == "geo_areas":  # one area per place, whatever its key
            continue
        key = CONTRACT[name][0][0]
        given_keys = Counter((name, (row[key] or "").strip(" ") or None) for row in world[name])
        assert kept == len(given_keys - rejected), name


def nothing_is_there_twice(project: CompiledProject) -> None:
    for name, key in KEYS.items():
        assert project.query(f"select {key}, count(*) from {name} group by all having count(*) > 1") == [], name


def money_is_conserved(project: CompiledProject) -> None:
    """What customers spent, and what belongs to nobody, to test accounts or to who may not be profiled, is what stands
    on the order lines."""
    lines = {
        key: Fraction(quantity * price - (1 if quantity > 0 else -1) * abs(discount)) * Fraction(rate)
        for key, quantity, price, discount, rate in project.query(
            """
            select order_line_id, quantity, unit_price, discount_amount, exchange_rate
            from stg_erp__order_lines inner join stg_erp__orders using (order_id)
            """
        )
    }
    made = {
        key: Fraction(amount)
        for key, amount in project.query(
            "select order_line_id, gross_amount - discount_amount - returned_amount from int_activity__order_lines"
        )
    }
    assert made.keys() == lines.keys()
    for key, amount in lines.items():
        assert abs(made[key] - amount) <= Fraction(1, 1000) + abs(amount) / 10**12

    for date, of_customers in project.query("select as_of_date, sum(revenue) from customer_features group by all"):
        others = project.query(
            f"""
            select count(*), coalesce(sum(gross_amount - discount_amount - returned_amount), 0)
            from int_activity__order_lines
            where account_key is null or account_key in (
                select account_key from int_identity__accounts
                left join int_permissions__unprofiled as unprofiled using (as_of_date, customer_id)
                where (is_test or unprofiled.customer_id is not null) and as_of_date = date '{date}'
            ) or cancelled_at < date '{date}' + 1 or booked_at >= date '{date}' + 1
            """
        )[0][1]
        assert abs(Fraction(of_customers) + Fraction(others) - sum(made.values())) < Fraction(1, 100), date


def windows_nest(project: CompiledProject) -> None:
    """A shorter window holds no more than a longer one, and none more than all of the past."""
    names = [row[0] for row in project.query("select column_name from (describe customer_features)")]
    windows: dict[str, list[int]] = {}
    for name in names:
        if found := re.fullmatch(r"(\w+)_(\d+)_days", name):
            windows.setdefault(found[1], []).append(int(found[2]))
    assert {"order_count", "revenue", "session_count", "active_day_count", "campaign_sent_count"} <= set(windows)
    for measure, lengths in windows.items():
        nested = [f"{measure}_{days}_days" for days in sorted(lengths)] + [measure]
        assert measure in names
        # A return or a large discount makes revenue of a longer window less; the mart rounds a small one to nothing.
        condition = (
            """
            where (customer_id, as_of_date) in (
                select (customer_id, as_of_date) from int_features__purchases
                where return_share = 0 and discount_share = 0
            )
        """
            if measure == "revenue"
            else ""
        )
        for row in project.query(f"select {', '.join(nested)} from customer_features {condition}"):
            assert list(row) == sorted(row), dict(zip(nested, row, strict=True))
            assert row[0] >= 0


def every_customer_has_one_segment_in_each_segmentation(project: CompiledProject) -> None:
    customers = {row[0] for row in project.query("select customer_id from customers")}
    assert customers == {
        row[0] for row in project.query(f"select customer_id from customer_features where as_of_date = date '{AS_OF}'")
    }
    members = Counter(project.query("select customer_id, segmentation from customer_segments"))
    assert members == Counter({(customer, name): 1 for customer in customers for name in SEGMENTATIONS})
    sizes = project.query("select segmentation, sum(customer_count), sum(customer_share) from segments group by all")
    assert {row[0] for row in sizes} == (SEGMENTATIONS if customers else set())
    for name, count, share in sizes:
        assert count == len(customers), name
        assert share == pytest.approx(1), name


def every_known_attribute_has_one_source(project: CompiledProject) -> None:
    found = project.query("select as_of_date, customer_id, attribute from customer_attribute_sources order by all")
    attributes = sorted({row[2] for row in found} | {"email", "country_code"})
    known = " union all ".join(
        f"select as_of_date, customer_id, '{name}' from int_identity__customers where {name} is not null"
        for name in attributes
    )
    assert found == project.query(f"{known} order by all")


# Each example makes all tables three times.
@settings(max_examples=max(settings().max_examples // 2, 1))
@given(world=worlds(), random=st.randoms(use_true_random=False))
def test_neither_row_order_nor_repeated_rows_change_anything(
    compiled_project: CompiledProject, world: World, random
) -> None:
    project = compiled_project
    models = project.names()
    project.run(world)
    expected = tables(project, models)
    expected_counts = {name: counts for name, *counts in project.query("select * from input_row_counts")}
    lasting = [name for name in models if not re.match("base_|rejected_rows|input_row_counts", name)]
    expected_lasting = tables(project, lasting, without=("version_count",))

    shuffled = {name: random.sample(rows, len(rows)) for name, rows in world.items()}
    project.run(shuffled)
    assert tables(project, models) == expected

    twice = {name: rows + rows for name, rows in shuffled.items()}
    project.run(twice)
    assert tables(project, lasting, without=("version_count",)) == expected_lasting
    for name, *counts in project.query("select * from input_row_counts"):
        rows, kept, duplicates, rejected = expected_counts[name]
        assert counts == [2 * rows, kept, 2 * duplicates + kept, 2 * rejected], name


@st.composite
def worlds_and_what_came_later(draw: st.DrawFn) -> tuple[World, World, dt.date]:
    """Return a world, the same with rows of after a date, and the date."""
    world = draw(worlds())
    date = AS_OF - dt.timedelta(days=draw(st.sampled_from([0, 1, 2])) * SPACING_DAYS)
    later = draw(later_rows(date))
    return world, {name: rows + later.get(name, []) for name, rows in world.items()}, date


@given(worlds_and_what_came_later())
def test_what_came_later_does_not_change_the_features_of_a_date(
    compiled_project: CompiledProject, case: tuple[World, World, dt.date]
) -> None:
    """Nor whose they are: only an objection of the last date takes people out of the earlier ones."""
    world, more, date = case
    features = (
        f"select as_of_date, customer_id, * from customer_features where as_of_date <= date '{date}' order by all"
    )
    who = "select as_of_date, customer_id from int_identity__customers where as_of_date <= date '{}' {} order by all"
    unprofiled = "and (as_of_date, customer_id) in (select (as_of_date, customer_id) from int_permissions__unprofiled)"
    models = ["customer_features", "int_permissions__unprofiled"]
    rows, people, left_out = [], [], set()
    for known in (world, more):
        compiled_project.run(known, models)
        rows.append(compiled_project.query(features))
        people.append(compiled_project.query(who.format(date, "")))
        left_out |= set(compiled_project.query(who.format(date, unprofiled)))
    assert people[0] == people[1]
    expected, found = ([row for row in run if row[:2] not in left_out] for run in rows)
    assert len(expected) == len(set(people[0]) - left_out)
    assert found == expected
