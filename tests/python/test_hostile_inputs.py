"""Inputs that nobody should send: each row and each table ends in an outcome that has a name."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from strate.demo.schema import TABLES

from conftest import INPUTS, NO_DEMO_SEEDS, RATES, Project, tiny_vars

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("hostile")]

KEYS = {
    "crm_customers": "crm_customer_id",
    "crm_consents": "consent_id",
    "crm_campaign_events": "campaign_event_id",
    "erp_orders": "order_id",
    "erp_order_lines": "order_line_id",
    "erp_products": "product_id",
    "tracking_events": "event_id",
    "survey_responses": "response_id",
    "geo_areas": "area_id",
}
# A good row of each input; a hostile row is one of these with one column changed.
GOOD = {
    "crm_customers": {"first_name": "'Ada'", "country": "'FR'", "updated_at": "'2025-02-01'"},
    "crm_consents": {
        "crm_customer_id": "'zoo'",
        "purpose": "'marketing'",
        "is_granted": "true",
        "decided_at": "'2025-02-01'",
    },
    "crm_campaign_events": {
        "crm_customer_id": "'zoo'",
        "campaign_id": "'zoo'",
        "event_type": "'sent'",
        "event_at": "'2025-02-01 10:00:00'",
    },
    "erp_orders": {"erp_customer_id": "'zoo'", "ordered_at": "'2025-02-01 10:00:00'"},
    "erp_order_lines": {"order_id": "'zoo'", "quantity": "1", "unit_price": "10"},
    "erp_products": {"category": "'Zoo'"},
    "tracking_events": {"anonymous_id": "'zoo'", "event_name": "'page_view'", "event_at": "'2025-02-01 10:00:00'"},
    "survey_responses": {
        "crm_customer_id": "'zoo'",
        "dimension": "'price'",
        "score": "3",
        "answered_at": "'2025-02-01'",
    },
    "geo_areas": {"country": "'FR'", "postal_code": "'99999'"},
}
DATES = {
    "crm_customers": ("created_at", "updated_at"),
    "crm_consents": ("decided_at", "expires_at"),
    "crm_campaign_events": ("event_at", "received_at"),
    "erp_orders": ("ordered_at", "cancelled_at", "updated_at"),
    "erp_order_lines": ("booked_at", "updated_at"),
    "erp_products": ("updated_at",),
    "tracking_events": ("event_at", "received_at"),
    "survey_responses": ("answered_at",),
    "geo_areas": ("updated_at",),
}
FACT_DATES = ("decided_at", "event_at", "ordered_at", "answered_at")
TOO_EARLY = (
    "-infinity",
    "4713-01-01 (BC) 00:00:00",
    "0001-01-01 00:00:00",
    "1969-12-31 23:59:59",
    "1989-12-31 23:59:59",
)
TOO_LATE = ("2100-01-01 00:00:00", "9999-12-31 23:59:59", "294247-01-10 04:00:54", "infinity")
NO_DATES = ("0000-00-00", "0000-00-00 00:00:00", "1738400000", "soon", "31/02/2025")
NUMBERS = {
    "crm_customers": ("household_size", "annual_income"),
    "erp_orders": ("total_amount",),
    "erp_order_lines": ("quantity", "unit_price", "discount_amount"),
    "erp_products": ("unit_cost",),
    "tracking_events": ("engaged_seconds",),
    "survey_responses": ("score", "max_score"),
    "geo_areas": ("median_income",),
}
NO_NUMBERS = ("'NaN'", "'infinity'", "'-infinity'", "1e300", "-1e300")
A_MEGABYTE = 2**20

# (input, changed columns as SQL, why the row is rejected; None where it is kept)
Row = tuple[str, dict[str, str], str | None]


def _date_rows() -> Iterator[Row]:
    for name, columns in DATES.items():
        for column in columns:
            for moment in (*TOO_EARLY, *TOO_LATE, "null"):
                reason = None
                if column in FACT_DATES:
                    missing = "is missing or not a timestamp"
                    reason = f"{column} {missing if moment == 'null' else 'is an impossible date'}"
                elif column == "booked_at" and moment in TOO_LATE:
                    reason = "booked_at is an impossible date"
                yield name, {column: "null" if moment == "null" else f"'{moment}'"}, reason

    for name in ("crm_campaign_events", "tracking_events"):
        changes = {"event_at": "'294247-01-10 03:00:00'", "received_at": "'294247-01-10 04:00:00'"}
        yield name, changes, "event_at is an impossible date"


def _text_date_rows() -> Iterator[Row]:
    for name, columns in DATES.items():
        for column in columns:
            for text in NO_DATES:
                reason = f"{column} is missing or not a timestamp" if column in FACT_DATES else None
                if column == "expires_at":  # of a grant that was to end
                    reason = "expires_at is not a timestamp"
                yield name, {column: f"'{text}'"}, reason


def _number_rows() -> Iterator[Row]:
    for name, columns in NUMBERS.items():
        for column in columns:
            for number in NO_NUMBERS:
                reason = None
                if column in ("quantity", "unit_price"):
                    reason = f"{column} is missing or not a number"
                elif column == "score":
                    reason = "score and answer_text are both missing"
                yield name, {column: number}, reason
    yield "crm_customers", {"household_size": "1e299"}, None
    yield "crm_customers", {"annual_income": "-1"}, None
    yield "erp_orders", {"total_amount": "1e12"}, "total_amount is impossibly large"
    yield "erp_order_lines", {"quantity": "0"}, "quantity is zero"
    yield "erp_order_lines", {"quantity": "1e299"}, "quantity is impossibly large"
    yield "erp_order_lines", {"quantity": "1e299", "unit_price": "1e299"}, "quantity is impossibly large"
    yield "erp_order_lines", {"quantity": "1e299", "unit_price": "0"}, "quantity is impossibly large"
    yield "erp_order_lines", {"quantity": "-1e299", "unit_price": "0"}, "quantity is impossibly large"
    yield "erp_order_lines", {"quantity": "1e-299"}, None
    yield "erp_order_lines", {"unit_price": "-0.01"}, "unit_price is negative"
    yield "erp_order_lines", {"unit_price": "1e299"}, "the amount is impossibly large"
    yield "erp_order_lines", {"unit_price": "9e11", "order_id": "'zoo-dear'"}, "the amount is impossibly large"
    yield "erp_order_lines", {"discount_amount": "1e299"}, "the amount is impossibly large"
    for _ in range(200):
        yield "erp_order_lines", {"unit_price": "9e11"}, None
    yield "erp_products", {"unit_cost": "1e299"}, None
    yield "tracking_events", {"engaged_seconds": "1e299"}, None
    yield "survey_responses", {"score": "1e299"}, "score is outside 1 to max_score"
    yield "survey_responses", {"score": "0.999"}, "score is outside 1 to max_score"
    yield "survey_responses", {"max_score": "1e299"}, None
    yield "survey_responses", {"max_score": "-1"}, "score is outside 1 to max_score"
    yield "geo_areas", {"median_income": "1e299"}, None


# Columns in which a text must be one of those that are known.
NOT_ANY_TEXT = {
    ("crm_campaign_events", "event_type"): "event_type is unknown",
    ("erp_orders", "currency_code"): "currency_code has no exchange rate on the day",
    ("geo_areas", "country"): "country is unknown",
}


def _long_text_rows() -> Iterator[Row]:
    for name, schema in TABLES.items():
        for column in schema.names:
            if schema.field(column).type == pa.string():
                yield name, {column: f"'zoo-' || repeat('x', {A_MEGABYTE})"}, NOT_ANY_TEXT.get((name, column))
    yield "crm_customers", {"email": f"repeat('x', {A_MEGABYTE}) || '@zoo.example'"}, None
    yield "crm_customers", {"phone": f"repeat('1234567890', {A_MEGABYTE // 10})"}, None


NAMES = {
    "arabic": "محمد بن سلمان",
    "chinese": "王小明",
    "emoji": "👩‍👩‍👧‍👦",
    "composed": unicodedata.normalize("NFC", "José"),
    "decomposed": unicodedata.normalize("NFD", "José"),
    "right_to_left_mark": "\u200fنور\u200f",
    "zero_width_space": "An\u200bna",
    "nul": "A\x00da",
    "turkish": "İpek Iş\u0131k",
}
# An address in the CRM, one in an order, and whether they are one customer.
ADDRESSES = {
    "case": ("Ada.LOVELACE@Zoo.Example", "ada.lovelace@zoo.example", True),
    "accents": (
        unicodedata.normalize("NFC", "josé@zoo.example"),
        unicodedata.normalize("NFD", "JOSÉ@zoo.example"),
        True,
    ),
    "zero_width_space": ("zero\u200bwidth@zoo.example", "zerowidth@zoo.example", True),
    "byte_order_mark": ("\ufeffbom@zoo.example", "bom@zoo.example", True),
    "right_to_left_mark": ("rtl@zoo.example\u200f", "rtl@zoo.example", True),
    "no_break_space": ("\u00a0nbsp@zoo.example", "nbsp@zoo.example", True),
    "line_end": ("line@zoo.example\r\n", "\tline@zoo.example", True),
    "nul": ("nul@zoo.example\x00", "nul@zoo.example", True),
    "arabic": ("محمد@zoo.example", "محمد@zoo.example", True),
    "dotted_i": ("IPEK@zoo.example", "ipek@zoo.example", True),
    "dotless_i": ("ba\u015far\u0131@zoo.example", "ba\u015fari@zoo.example", False),
    "near_alike": ("\u0430da@zoo.example", "ada@zoo.example", False),  # the first letter is Cyrillic
}


def _unicode_rows() -> Iterator[Row]:
    for number, (kind, name) in enumerate(NAMES.items()):
        yield "crm_customers", {"crm_customer_id": f"'name-{kind}'", "first_name": _literal(name)}, None
        yield "crm_consents", {"crm_customer_id": f"'name-{kind}'", "legal_basis": _literal(name)}, None
        yield "erp_products", {"product_name": _literal(name), "category": _literal(name)}, None
        yield "survey_responses", {"score": "null", "answer_text": _literal(name)}, None
        yield "tracking_events", {"user_id": _literal(name), "anonymous_id": f"'device-{number}'"}, None
    for kind, (in_crm, in_order, _) in ADDRESSES.items():
        yield (
            "crm_customers",
            {"crm_customer_id": f"chr(9) || 'address-{kind}' || chr(13) || chr(10)", "email": _literal(in_crm)},
            None,
        )
        yield "erp_orders", {"erp_customer_id": f"'address-{kind}'", "email": _literal(in_order)}, None


# What a field may hold that another program would obey: SQL, Jinja, HTML, a formula, a path, markup, a format.
ORDERS = {
    "sql": "'; drop table customers; --",
    "sql_comment": "zoo' or 1 = 1 /*",
    "jinja": "{{ 1 / 0 }}{% do exceptions.raise_compiler_error('zoo') %}",
    "html": "<script>alert('zoo')</script>",
    "formula": '=HYPERLINK("http://zoo.example")',
    "formula_plus": "+1+cmd|'zoo'!A0",
    "formula_minus": "-1+1",
    "formula_at": "@SUM(1)",
    "path": "../../zoo/passwd",
    "url": "file:///zoo/passwd",
    "markup": "[red]zoo[/nothing]",
    "format": "%s%n${zoo}\\x",
    "steering": "\x1b[2Jzoo",
}


def _order_rows() -> Iterator[Row]:
    reasons = NOT_ANY_TEXT | {("erp_order_lines", "order_id"): "order_id is no usable order"}
    for text in ORDERS.values():
        value = "'" + text.replace("'", "''") + "'"
        for name, schema in TABLES.items():
            for column in schema.names:
                if schema.field(column).type == pa.string() and column != KEYS[name]:
                    yield name, {column: value}, reasons.get((name, column))
    for kind, text in ORDERS.items():
        value = "'" + text.replace("'", "''") + "'"
        yield "crm_customers", {"crm_customer_id": f"'order-{kind}'", "first_name": value, "city": value}, None
        yield "erp_products", {"product_id": f"'order-{kind}'", "product_name": value, "category": value}, None


def _literal(text: str) -> str:
    return " || chr(0) || ".join(f"'{part}'" for part in text.split("\x00"))


@dataclass
class Zoo:
    """A build on the tiny inputs and, among them, the hostile rows."""

    project: Project
    inputs: Path
    variables: dict[str, Any]
    rejected: list[tuple[str, str, str]]  # input, source key, reason

    def outcome(self) -> list[tuple[str, str, str]]:
        """What the build rejected of the hostile rows."""
        rows = self.project.query("select input, source_key, reason from rejected_rows where source_key like 'zoo%'")
        return sorted(rows.itertuples(index=False, name=None))


def _make_zoo(tiny_inputs: Path, folder: Path, rows: list[Row], *, as_text: bool) -> Zoo:
    inputs = folder / "inputs"
    inputs.mkdir()
    rejected = []
    with duckdb.connect() as connection:
        for name in INPUTS:
            types = "cast(columns(*) as varchar)" if as_text else "*"
            connection.execute(f"create table {name} as select {types} from '{tiny_inputs}/{name}.parquet'")
        for name, columns in NUMBERS.items() if not as_text else ():
            for column in columns:
                connection.execute(f"alter table {name} alter {column} type double")
        for name, good in GOOD.items():
            _insert(connection, name, good | {KEYS[name]: "'zoo'"})
        _insert(connection, "erp_orders", GOOD["erp_orders"] | {"order_id": "'zoo-dear'", "currency_code": "'BIG'"})
        for number, (name, changes, reason) in enumerate(rows):
            values = GOOD[name] | {KEYS[name]: f"'zoo-{number}'"} | changes
            _insert(connection, name, values)
            if reason:
                rejected.append((name, f"zoo-{number}", reason))
        for name in INPUTS:
            columns = ["*"]
            if as_text:  # and in another order and case
                described = connection.execute(f"select * from {name} limit 0").description
                columns = [f'{column[0]} as "{column[0].upper()}"' for column in reversed(described)]
            connection.execute(f"copy (select {', '.join(columns)} from {name}) to '{inputs}/{name}.parquet'")
        connection.execute(
            f"copy (from '{RATES}' union all by name select 'BIG' as currency_code, date '2020-01-01' as valid_from,"
            f" 1e6 as rate) to '{inputs}/exchange_rates.parquet'"
        )
    variables = tiny_vars(inputs, exchange_rates=f"'{inputs}/exchange_rates.parquet'")
    zoo = Zoo(Project(folder / "build"), inputs, variables, sorted(rejected))
    zoo.project.build(*NO_DEMO_SEEDS, variables=variables)
    return zoo


def _insert(connection: duckdb.DuckDBPyConnection, name: str, values: dict[str, str]) -> None:
    connection.execute(f"insert into {name} ({', '.join(values)}) values ({', '.join(values.values())})")


@pytest.fixture(scope="module")
def plain(tiny_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A build on the tiny inputs alone."""
    project = Project(tmp_path_factory.mktemp("plain"))
    project.build(*NO_DEMO_SEEDS, variables=tiny_vars(tiny_inputs))
    return project


@pytest.fixture(scope="module")
def zoo(tiny_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    rows = [*_date_rows(), *_number_rows(), *_long_text_rows(), *_unicode_rows(), *_order_rows()]
    return _make_zoo(tiny_inputs, tmp_path_factory.mktemp("zoo"), rows, as_text=False)


@pytest.fixture(scope="module")
def text_zoo(tiny_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    """The same dates and numbers as text, as a CSV file brings them, and texts that are none; columns in upper case."""
    rows = [*_date_rows(), *_number_rows(), *_text_date_rows()]
    return _make_zoo(tiny_inputs, tmp_path_factory.mktemp("text_zoo"), rows, as_text=True)


@pytest.mark.parametrize("kind", ["zoo", "text_zoo"])
def test_each_hostile_row_is_kept_or_rejected_for_its_reason(kind: str, request: pytest.FixtureRequest) -> None:
    """And all add up, which is a gate of the build."""
    zoo: Zoo = request.getfixturevalue(kind)
    assert zoo.outcome() == zoo.rejected
    reconciled = zoo.project.query(
        "select input from input_row_counts where row_count = kept_count + duplicate_key_count + rejected_count"
    )
    assert set(reconciled["input"]) == set(INPUTS)


@pytest.mark.parametrize("kind", ["zoo", "text_zoo"])
def test_hostile_rows_change_nobody_else(kind: str, plain: Project, request: pytest.FixtureRequest) -> None:
    """The dates of features stay, and customers without such a row have the same features and attributes."""
    zoo: Zoo = request.getfixturevalue(kind)
    query = "select as_of_date, is_latest from int_activity__as_of_dates order by as_of_date"
    pd.testing.assert_frame_equal(zoo.project.query(query), plain.query(query))
    for table in ("customers", "customers_private", "customer_features"):
        query = f"select * from {table} order by customer_id, as_of_date"
        expected, found = plain.query(query), zoo.project.query(query)
        found = found[found["customer_id"].isin(expected["customer_id"])].reset_index(drop=True)
        pd.testing.assert_frame_equal(found, expected, obj=table)


def test_names_stay_as_they_were_given(zoo: Zoo) -> None:
    names = zoo.project.query(
        """
        select accounts.account_key, customers.first_name
        from customers_private as customers
        inner join int_identity__accounts as accounts using (customer_id, as_of_date)
        where accounts.account_key like 'crm:name-%'
        """
    )
    assert dict(zip(names["account_key"], names["first_name"], strict=True)) == {
        f"crm:name-{kind}": name for kind, name in NAMES.items()
    }


def test_texts_that_look_like_orders_are_texts(zoo: Zoo) -> None:
    """Nothing obeys them, and they arrive letter by letter."""
    expected = {f"order-{kind}": text for kind, text in ORDERS.items()}
    for query in (
        "select crm_customer_id, first_name from stg_crm__customers where crm_customer_id like 'order-%'",
        "select crm_customer_id, city from stg_crm__customers where crm_customer_id like 'order-%'",
        "select product_id, product_name from stg_erp__products where product_id like 'order-%'",
    ):
        assert dict(zoo.project.query(query).itertuples(index=False, name=None)) == expected


@pytest.mark.parametrize("kind", ADDRESSES)
def test_addresses_are_one_however_they_are_written_and_two_when_a_letter_differs(kind: str, zoo: Zoo) -> None:
    accounts = zoo.project.query(
        "select distinct account_key, customer_id from int_identity__accounts"
        f" where account_key like '%:address-{kind}'"
    )
    assert set(accounts["account_key"]) == {f"crm:address-{kind}", f"erp:address-{kind}"}
    assert accounts["customer_id"].nunique() == (1 if ADDRESSES[kind][2] else 2)


def test_what_cannot_be_an_address_or_a_phone_number_names_nobody(zoo: Zoo) -> None:
    long = zoo.project.query(
        "select email, phone, unusable_fields from base_crm__customers where length(email) > 254 or length(phone) > 16"
    )
    assert long.empty
    unusable = zoo.project.query(
        "select unusable_fields, count(*) as n from base_crm__customers"
        " where crm_customer_id like 'zoo-%' and unusable_fields is not null group by all"
    )
    assert dict(zip(unusable["unusable_fields"], unusable["n"], strict=True)) == {
        "email": 2 + len(ORDERS),
        "phone": 2 + len(ORDERS),
        "birth_date": 1 + len(ORDERS),
        "country": 1 + len(ORDERS),
    }


def test_increments_after_hostile_dates_replace_the_last_dates_only(zoo: Zoo) -> None:
    """Neither does year 1 make every increment a full run, nor year 9999 hide what comes in."""
    models = {
        "int_activity__order_lines": ("order_date", "product_id"),
        "int_activity__sessions": ("session_date", "platform"),
        "int_activity__campaign_touches": ("touch_date", "campaign_id"),
    }
    with duckdb.connect(str(zoo.project.database)) as connection:
        for model, (date, column) in models.items():
            connection.execute(f"update {model} set {column} = 'untouched' where {date} < date '2025-07-01'")
    untouched = {
        model: zoo.project.query(f"select count(*) as n from {model} where {column} = 'untouched'")["n"][0]
        for model, (_, column) in models.items()
    }
    moment = "timestamp '2025-12-31 23:00:00'"
    with duckdb.connect() as connection:
        for name, changes in {
            "erp_orders": {"ordered_at": moment},
            "erp_order_lines": {"order_id": "'zoo-new'"},
            "tracking_events": {"event_at": moment},
            "crm_campaign_events": {"event_at": moment, "message_id": "'zoo-new'"},
        }.items():
            file = zoo.inputs / f"{name}.parquet"
            connection.execute(f"create table {name} as from '{file}'")
            _insert(connection, name, GOOD[name] | {KEYS[name]: "'zoo-new'"} | changes)
            connection.execute(f"copy {name} to '{file}'")
    zoo.project.build(*NO_DEMO_SEEDS, "--select", *(f"+{model}" for model in models), variables=zoo.variables)
    for model, (date, column) in models.items():
        found = zoo.project.query(
            f"select count(*) filter ({column} = 'untouched') as n,"
            f" count(*) filter ({date} = date '2025-12-31' and account_key like '%zoo') as new_count from {model}"
        ).iloc[0]
        assert found["n"] == untouched[model] > 0, model
        assert found["new_count"] == 1, model


def test_every_row_twice_changes_nothing(plain: Project, tiny_inputs: Path, tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        for name in INPUTS:
            file = f"'{tiny_inputs}/{name}.parquet'"
            connection.execute(f"copy (from {file} union all from {file}) to '{tmp_path}/{name}.parquet'")
        connection.execute(f"copy (from '{RATES}' union all from '{RATES}') to '{tmp_path}/rates.parquet'")
    twice = Project(tmp_path / "build")
    twice.build(
        *NO_DEMO_SEEDS,
        "--select",
        "+customer_features",
        "+customers",
        "+customers_private",
        "+input_row_counts",
        variables=tiny_vars(tmp_path, exchange_rates=f"'{tmp_path}/rates.parquet'"),
    )
    for table in ("customers", "customers_private", "customer_features"):
        query = f"select * from {table} order by customer_id, as_of_date"
        pd.testing.assert_frame_equal(twice.query(query), plain.query(query), obj=table)
    query = "select * from input_row_counts order by input"
    single, double = plain.query(query), twice.query(query)
    assert len(double) == len(INPUTS)
    assert double["row_count"].tolist() == (2 * single["row_count"]).tolist()
    assert double["kept_count"].tolist() == single["kept_count"].tolist()
    assert double["rejected_count"].tolist() == (2 * single["rejected_count"]).tolist()
