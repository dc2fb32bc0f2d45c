"""The demo data: deterministic, in the shape of the contract, dirty, and full of planted personas."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, davies_bouldin_score, silhouette_score
from typer.testing import CliRunner

from strate.cli import app
from strate.demo import generator as generator_module
from strate.demo.generator import Generator, Volume
from strate.demo.people import format_phone, national_digits
from strate.demo.personas import COUNTRIES, PERSONAS
from strate.demo.schema import TABLES, TRUTH
from strate.demo.writers import SEED_CUSTOMERS, SEED_NUMBER, SEED_VOLUME, write_demo, write_seeds

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds" / "demo"
END = pd.Timestamp("2026-01-01")
PLANTED = [p.name for p in PERSONAS if p.share > 0]
EXTRA = ["visitor", "test_account"]
LOOK_UPS = ["survey_items", "exchange_rates"]  # inputs that the project ships and the generator does not make

DIRT_OF_TABLES = [
    "crm_campaign_events: equal content, other key",
    "crm_campaign_events: impossible time",
    "crm_campaign_events: missing key",
    "crm_campaign_events: received late",
    "crm_campaign_events: sent again",
    "crm_consents: impossible time",
    "crm_consents: missing key",
    "crm_consents: sent again",
    "crm_consents: withdrawn",
    "crm_customers: bad e-mail",
    "crm_customers: country spelled otherwise",
    "crm_customers: e-mail in other case or spacing",
    "crm_customers: gender spelled otherwise",
    "crm_customers: impossible birth date",
    "crm_customers: impossible time",
    "crm_customers: missing key",
    "crm_customers: older version",
    "crm_customers: placeholder phone",
    "crm_customers: same person under a second key",
    "crm_customers: sent again",
    "crm_customers: shared mailbox",
    "crm_customers: test account",
    "erp_order_lines: equal content, other key",
    "erp_order_lines: gift at price zero",
    "erp_order_lines: missing key",
    "erp_order_lines: negative price",
    "erp_order_lines: order is nowhere",
    "erp_order_lines: return in the same order",
    "erp_order_lines: sent again",
    "erp_order_lines: unknown product",
    "erp_orders: cancelled",
    "erp_orders: country spelled otherwise",
    "erp_orders: currency spelled otherwise",
    "erp_orders: e-mail in other case",
    "erp_orders: guest",
    "erp_orders: impossible time",
    "erp_orders: missing key",
    "erp_orders: no customer key",
    "erp_orders: older version",
    "erp_orders: return as an order of its own",
    "erp_orders: second crm key of a person",
    "erp_orders: sent again",
    "erp_orders: unknown currency",
    "erp_products: older version",
    "erp_products: sent again",
    "geo_areas: older version",
    "geo_areas: sent again",
    "persons: ERP only",
    "persons: tracking only",
    "survey_responses: impossible time",
    "survey_responses: missing key",
    "survey_responses: no score",
    "survey_responses: score out of range",
    "survey_responses: sent again",
    "tracking_events: device shared by two users",
    "tracking_events: impossible time",
    "tracking_events: missing key",
    "tracking_events: no visitor key",
    "tracking_events: received late",
    "tracking_events: robot",
    "tracking_events: sent again",
    "tracking_events: several hundred events in a day",
]
DIRT_OF_TEXT = [
    "crm_customers: birth_date as compact_date",
    "crm_customers: birth_date as day_first",
    "crm_customers: created_at as compact_date",
    "crm_customers: created_at as date_only",
    "erp_order_lines: unit_price with decimal comma",
    "erp_orders: ordered_at as day_first",
    "erp_orders: ordered_at as no_such_day",
    "erp_orders: ordered_at as offset",
    "erp_orders: ordered_at as zulu",
    "tracking_events: event_at as day_first",
]


def contract() -> dict[str, list[str]]:
    """Read the columns of each input that the demo has from the contract's macro; nobody in it asks to be erased."""
    text = (ROOT / "macros/config/input_contract.sql").read_text(encoding="utf-8")
    tables = re.findall(r"'(\w+)': \{\s*'key': '\w+',\s*'columns': \[(.*?)\]", text, flags=re.DOTALL)
    columns = {name: re.findall(r"\('(\w+)', '\w+', \w+\)", body) for name, body in tables}
    return {name: names for name, names in columns.items() if name not in (*LOOK_UPS, "erasure_requests")}


def collect(generator: Generator) -> dict[str, pa.Table]:
    parts: dict[str, list[pa.Table]] = {}
    for _, name, table in generator.tables():
        parts.setdefault(name, []).append(table)
    return {name: pa.concat_tables(tables) for name, tables in parts.items()}


@pytest.fixture(scope="module")
def generator() -> Generator:
    return Generator(SEED_CUSTOMERS, SEED_NUMBER, SEED_VOLUME)


@pytest.fixture(scope="module")
def tables(generator: Generator) -> dict[str, pd.DataFrame]:
    return {name: table.to_pandas() for name, table in collect(generator).items()}


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Counter, Counter]:
    out = tmp_path_factory.mktemp("seeds")
    rows, dirt = write_seeds(out)
    return out, rows, dirt


def sane(times: pd.Series) -> pd.Series:
    return (times > pd.Timestamp("2020-01-01")) & (times < END)


@pytest.fixture(scope="module")
def orders(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Completed orders of known persons, one row each, in euros."""
    truth = tables["truth"]
    persons = truth[truth.key_type == "order_id"].set_index("key").person_id
    rows = tables["erp_orders"].dropna(subset="order_id").sort_values("updated_at", kind="stable")
    rows = rows.drop_duplicates("order_id", keep="last")
    rows = rows[sane(rows.ordered_at) & (rows.status != "cancelled") & (rows.total_amount > 0)].copy()
    rates = {"EUR": 1.0, "GBP": 0.86, "USD": 1.08, "CHF": 0.95}
    rows["euros"] = rows.total_amount / rows.currency_code.str.strip().str.upper().map(rates).fillna(1.0)
    rows["person_id"] = rows.order_id.map(persons)
    rows["days_ago"] = (END.normalize() - rows.ordered_at.dt.normalize()).dt.days
    return rows.dropna(subset="person_id").sort_values("ordered_at")


@pytest.fixture(scope="module")
def sessions(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Events of known persons with the gap to the one before, and whether a session starts."""
    truth = tables["truth"].drop_duplicates(["key_type", "key"])
    by_user = truth[truth.key_type == "user_id"].set_index("key").person_id
    by_device = truth[truth.key_type == "anonymous_id"].set_index("key").person_id
    events = tables["tracking_events"].dropna(subset="event_id").drop_duplicates("event_id")
    events = events[sane(events.event_at)].copy()
    events["person_id"] = events.user_id.map(by_user).fillna(events.anonymous_id.map(by_device))
    events = events.dropna(subset="person_id").sort_values(["person_id", "event_at"], kind="stable")
    events["gap"] = events.groupby("person_id").event_at.diff()
    events["starts"] = ~(events.gap <= pd.Timedelta("30min"))
    return events


@pytest.fixture(scope="module")
def features(tables: dict[str, pd.DataFrame], orders: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    truth = tables["truth"]
    persons = truth.drop_duplicates("person_id").set_index("person_id")[["persona", "variant"]]
    frame = persons[~persons.persona.isin(EXTRA)].copy()
    per_person = orders.groupby("person_id")
    frame["recency_days"] = per_person.days_ago.min()
    frame["order_count"] = per_person.size()
    frame["revenue"] = per_person.euros.sum()
    frame["average_order_value"] = frame.revenue / frame.order_count
    frame["session_count"] = sessions.groupby("person_id").starts.sum()
    keys = truth[truth.key_type == "crm_customer_id"].set_index("key").person_id
    mails = tables["crm_campaign_events"]
    mails = mails[mails.event_type == "opened"]
    frame["opened_count"] = mails.groupby(mails.crm_customer_id.map(keys)).message_id.nunique()
    # Who never bought is as far away as the data reaches.
    frame["recency_days"] = frame.recency_days.fillna(1_096)
    return frame.fillna(0)


def scale(features: pd.DataFrame, columns: list[str]) -> np.ndarray:
    X = np.log1p(features[columns].to_numpy(float))
    low, middle, high = np.percentile(X, [25, 50, 75], axis=0)
    return (X - middle) / (high - low)


def test_schema_is_the_contract() -> None:
    assert {name: schema.names for name, schema in TABLES.items()} == contract()


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
@pytest.mark.parametrize("customers", [1, 300])
def test_files_have_the_columns_of_the_contract(tmp_path: Path, file_format: str, customers: int) -> None:
    write_demo(Generator(customers), tmp_path, file_format)
    for name, columns in contract().items():
        path = tmp_path / f"{name}.{file_format}"
        if file_format == "parquet":
            assert pq.read_schema(path).equals(TABLES[name])
        else:
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.reader(file))
            assert rows[0] == columns
            assert {len(row) for row in rows} == {len(columns)}
    assert pq.read_schema(tmp_path / "truth.parquet").equals(TRUTH)


def test_same_seed_same_tables_other_seed_others() -> None:
    first, again, other = (collect(Generator(200, seed)) for seed in (3, 3, 4))
    assert all(first[name].equals(again[name]) for name in first)
    assert not first["erp_orders"].equals(other["erp_orders"])


def test_a_chunk_does_not_depend_on_the_number_of_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator_module, "CHUNK", 200)
    small, large = collect(Generator(200)), collect(Generator(400))
    for name, table in small.items():
        assert large[name].slice(0, table.num_rows).equals(table)


def test_keys_are_unique_across_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator_module, "CHUNK", 200)
    generator = Generator(600)
    made = collect(generator)
    for name in ("crm_consents", "crm_campaign_events", "tracking_events", "survey_responses"):
        keys = made[name].column(0).drop_null()
        assert len(keys) - len(keys.unique()) == generator.dirt[f"{name}: sent again"]
    truth = made["truth"].to_pandas()
    shared = truth[truth.duplicated(["key_type", "key"])]
    assert set(shared.key_type) <= {"anonymous_id"}


def test_committed_seeds_are_what_the_generator_makes(seeds: tuple[Path, Counter, Counter]) -> None:
    for name in TABLES:
        made, committed = seeds[0] / f"demo_{name}.csv", SEEDS / f"demo_{name}.csv"
        assert made.read_bytes() == committed.read_bytes(), f"{name} is stale; run: strate demo --seeds"


def test_seeds_are_the_same_bytes_twice(seeds: tuple[Path, Counter, Counter], tmp_path: Path) -> None:
    write_seeds(tmp_path)
    for path in seeds[0].iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_seeds_are_small(seeds: tuple[Path, Counter, Counter]) -> None:
    assert 45_000 <= sum(seeds[1].values()) <= 55_000
    assert all(path.stat().st_size < 1_950_000 for path in seeds[0].iterdir())


def test_seeds_are_described_column_by_column() -> None:
    entries = yaml.safe_load((SEEDS / "demo.yml").read_text(encoding="utf-8"))["seeds"]
    entries = {entry["name"]: entry for entry in entries}
    for name, schema in TABLES.items():
        entry = entries[f"demo_{name}"]
        assert entry["description"]
        assert entry["config"]["column_types"] == dict.fromkeys(schema.names, "varchar")
        assert [column["name"] for column in entry["columns"]] == schema.names
        assert all(column["description"] for column in entry["columns"])


def test_seeds_do_not_tell_the_truth(seeds: tuple[Path, Counter, Counter]) -> None:
    assert {path.name for path in seeds[0].iterdir()} == {f"demo_{name}.csv" for name in TABLES}
    text = "".join(path.read_text(encoding="utf-8") for path in seeds[0].iterdir())
    for word in [*PLANTED, *EXTRA, "person_", "reactivated", "newcomers", "lost_regulars"]:
        assert word not in text


def test_every_kind_of_dirt_is_there(seeds: tuple[Path, Counter, Counter]) -> None:
    dirt = seeds[2]
    assert [kind for kind in [*DIRT_OF_TABLES, *DIRT_OF_TEXT] if dirt[kind] < 1] == []
    assert dirt["crm_customers: shared mailbox"] == 12


def test_formats_are_dirty_in_text_only(generator: Generator, tables: dict[str, pd.DataFrame]) -> None:
    assert tables
    assert not [kind for kind in generator.dirt if " as " in kind and "order of its own" not in kind]


def test_a_row_sent_twice_is_the_same_text(seeds: tuple[Path, Counter, Counter]) -> None:
    for name in TABLES:
        frame = pd.read_csv(seeds[0] / f"demo_{name}.csv", dtype=str, keep_default_na=False)
        assert frame.duplicated().sum() >= seeds[2][f"{name}: sent again"]


def test_mail_addresses_are_reserved(seeds: tuple[Path, Counter, Counter]) -> None:
    for name in ("crm_customers", "erp_orders", "survey_responses"):
        mails = pd.read_csv(seeds[0] / f"demo_{name}.csv", dtype=str).email.dropna().str.strip().str.lower()
        assert mails[~mails.str.endswith(".example")].isin(["nobody", "n/a", "jean.dupont@"]).all()


@pytest.mark.parametrize("country", range(len(COUNTRIES)))
@pytest.mark.parametrize("style", range(5))
def test_phones_are_valid(country: int, style: int) -> None:
    phonenumbers = pytest.importorskip("phonenumbers")
    for number in (1, 77, 2_500, 29_999, 150_000, 1_199_999):
        text = format_phone(country, national_digits(country, number), style)
        assert phonenumbers.is_valid_number(phonenumbers.parse(text, COUNTRIES[country])), text


def test_every_system_is_active_on_the_last_day(tables: dict[str, pd.DataFrame]) -> None:
    for name, column in {
        "crm_customers": "created_at",
        "crm_consents": "decided_at",
        "crm_campaign_events": "event_at",
        "erp_orders": "ordered_at",
        "erp_order_lines": "booked_at",
        "erp_products": "updated_at",
        "tracking_events": "event_at",
        "survey_responses": "answered_at",
        "geo_areas": "updated_at",
    }.items():
        times = tables[name][column]
        assert times[sane(times)].max() >= END - pd.Timedelta("1D"), name


def test_customers_are_known_before_they_act(tables: dict[str, pd.DataFrame], orders: pd.DataFrame) -> None:
    truth = tables["truth"]
    keys = truth[truth.key_type == "crm_customer_id"].set_index("key").person_id
    customers = tables["crm_customers"]
    customers = customers[sane(customers.created_at)]
    created = customers.groupby(customers.crm_customer_id.map(keys)).created_at.min()
    first_order = orders.groupby("person_id").ordered_at.min()
    both = pd.concat([created, first_order], axis=1, join="inner")
    assert len(both) > 1_000
    assert (both.created_at <= both.ordered_at).mean() > 0.99


def test_spend_is_heavy_tailed(features: pd.DataFrame) -> None:
    for spend in (features.revenue, features.revenue[features.revenue > 0]):
        best = spend.sort_values(ascending=False)
        assert best.head(len(best) // 10).sum() > 0.35 * best.sum()


def test_orders_have_seasons_and_hours(tables: dict[str, pd.DataFrame], orders: pd.DataFrame) -> None:
    for year in (2023, 2024, 2025):
        assert (orders[orders.ordered_at.dt.year == year].ordered_at.dt.month >= 11).mean() > 0.22
    personas = tables["truth"].drop_duplicates("person_id").set_index("person_id").persona
    weekend = (orders.ordered_at.dt.day_of_week >= 5).groupby(orders.person_id.map(personas)).mean()
    hour = orders.ordered_at.dt.hour.groupby(orders.person_id.map(personas)).median()
    assert weekend["big_ticket"] > weekend["bargain_app"] + 0.1
    assert hour["champions"] > hour["bargain_app"] + 4


def test_events_come_in_bursts(sessions: pd.DataFrame) -> None:
    gaps = sessions.gap.dropna()
    within = gaps <= pd.Timedelta("30min")
    # Two sessions of one person may meet by chance, so a handful of gaps lies between the two kinds.
    assert gaps[within].quantile(0.999) < pd.Timedelta("5min")
    assert gaps[~within].median() > pd.Timedelta("7D")


def test_lifecycle_stages_are_all_populated(features: pd.DataFrame, orders: pd.DataFrame) -> None:
    per_person = orders.groupby("person_id").days_ago
    last, first = per_person.min(), per_person.max()
    gap = (-per_person.diff()).groupby(orders.person_id).max().fillna(0)
    stage = pd.Series("active", index=last.index)
    stage[gap > 365] = "reactivated"
    stage[last > 120] = "cooling"
    stage[last > 365] = "lapsed"
    stage[first <= 90] = "new"
    sizes = stage.reindex(features.index).fillna("never").value_counts()
    assert set(sizes.index) == {"new", "active", "cooling", "lapsed", "reactivated", "never"}
    assert sizes.min() >= 130


def test_recency_and_frequency_are_spread(features: pd.DataFrame) -> None:
    buyers = features[features.order_count > 0]
    recency = pd.qcut(-buyers.recency_days.rank(method="first"), 5, labels=False) + 1
    frequency = pd.qcut(buyers.order_count.rank(method="first"), 5, labels=False) + 1
    assert ((recency >= 4) & (frequency == 1)).sum() >= 130  # just arrived
    assert ((recency == 3) & (frequency >= 3)).sum() >= 130  # regulars in the middle
    assert ((recency <= 2) & (frequency >= 4)).sum() >= 150  # regulars who stopped
    assert ((recency <= 2) & (frequency <= 2)).sum() >= 130  # rare and long ago
    assert ((recency >= 4) & (frequency >= 4)).sum() >= 130  # the best


@pytest.mark.parametrize(
    "columns",
    [
        ["recency_days", "order_count", "revenue", "average_order_value", "session_count", "opened_count"],
        ["recency_days", "order_count", "average_order_value", "session_count", "opened_count"],
        ["order_count", "average_order_value", "session_count", "opened_count"],
    ],
)
def test_personas_are_found_again(features: pd.DataFrame, columns: list[str]) -> None:
    X = scale(features, columns)
    labels = KMeans(len(set(PLANTED)), n_init=10, random_state=0).fit_predict(X)
    assert silhouette_score(X, labels) > 0.65
    assert davies_bouldin_score(X, labels) < 0.5
    assert adjusted_rand_score(features.persona, labels) > 0.93
    assert np.bincount(labels).min() >= 100


def test_personas_answer_surveys_differently(tables: dict[str, pd.DataFrame]) -> None:
    truth = tables["truth"]
    keys = truth[truth.key_type == "crm_customer_id"].set_index("key").person_id
    personas = truth.drop_duplicates("person_id").set_index("person_id").persona
    answers = tables["survey_responses"].dropna(subset=["crm_customer_id", "score"])
    answers = answers[answers.score.between(1, 5)]
    mean = answers.groupby([answers.crm_customer_id.map(keys).map(personas), "dimension"]).score.mean().unstack()
    assert mean.price.idxmax() == "bargain_app"
    assert mean.novelty.idxmax() == "browsers"
    assert set(mean.quality.nlargest(2).index) == {"champions", "big_ticket"}


def test_volume_sets_lines_and_events() -> None:
    def per_group(volume: Volume) -> tuple[float, float]:
        generator = Generator(500, volume=volume)
        made = collect(generator)
        orders, lines = made["erp_orders"].to_pandas(), made["erp_order_lines"].to_pandas()
        placed = orders[orders.total_amount > 0].order_id.nunique()
        robots = generator.dirt["tracking_events: robot"]
        busy = generator.dirt["tracking_events: several hundred events in a day"]
        return (lines.quantity > 0).sum() / placed, made["tracking_events"].num_rows - robots - busy

    few, many = per_group(Volume(1.6, 2.5, 1.0)), per_group(Volume(3.3, 8.3, 1.0))
    assert few[0] == pytest.approx(1.6, rel=0.08)
    assert many[0] == pytest.approx(3.3, rel=0.08)
    assert many[1] > 2.5 * few[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--customers", "0"], "--customers must be at least 1, not 0"),
        (["--format", "xml"], "--format must be one of parquet, csv, not 'xml'"),
        (["--seed", "-1"], "--seed must not be negative"),
        (["--lines-per-order", "0.5"], "must be at least 1"),
    ],
)
def test_command_names_the_wrong_option(tmp_path: Path, arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(app, ["demo", "--out", str(tmp_path / "new"), *arguments])
    assert result.exit_code == 2
    assert words in result.output
    assert not (tmp_path / "new").exists()


def test_command_spares_a_folder_in_use(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    arguments = ["demo", "--customers", "50", "--out", str(tmp_path)]
    refused = CliRunner().invoke(app, arguments)
    assert refused.exit_code == 2
    assert "is not empty" in refused.output
    forced = CliRunner().invoke(app, [*arguments, "--force"])
    assert forced.exit_code == 0, forced.output
    expected = {f"{name}.parquet" for name in TABLES} | {"truth.parquet", "mine.txt"}
    assert {path.name for path in tmp_path.iterdir()} == expected


def test_command_regenerates_the_seeds(seeds: tuple[Path, Counter, Counter], tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["demo", "--seeds", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    for path in seeds[0].iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_generator_refuses_no_customers() -> None:
    with pytest.raises(ValueError, match="customers must be at least 1, not 0"):
        Generator(0)
