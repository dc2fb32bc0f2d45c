"""Rules of one's own: they follow events, obey lists kept by hand, and say what is wrong with them."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml

from conftest import INPUTS, NO_DEMO_SEEDS, PROJECT, Project, tiny_vars

pytestmark = pytest.mark.build

RULES = {
    "rule_opener": {
        "name": "Opener",
        "owner": "CRM",
        "when": {"event": "campaign_opened", "within_days": 3, "not_followed_by": "order"},
    },
    "rule_buyer": {"name": "Buyer", "min_customers": 2, "when": {"order_count": ">= 1"}},
    "care_often": {"name": "Often", "exclusive_in": "care", "priority": 1, "when": {"order_count": ">= 3"}},
    "care_once": {"name": "Once", "exclusive_in": "care", "priority": 2, "when": {"order_count": ">= 1"}},
}
LIVE = ("--select", "tag:live")


class Shop:
    """The tiny inputs in files that can grow, a list kept by hand, and the project over them."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.inputs = folder / "inputs"
        self.inputs.mkdir()
        for name in INPUTS:
            (self.inputs / f"{name}.parquet").write_bytes((source / f"{name}.parquet").read_bytes())
        self.project = Project(folder / "build")
        self.list = folder / "overrides.csv"
        self.override()
        self.variables = tiny_vars(self.inputs, segment_rules=RULES, segment_overrides=f"'{self.list}'")

    def override(self, *rows: tuple[str, str, str, str, str]) -> None:
        columns = ["segment_key", "customer_id", "action", "reason", "expires_on"]
        pd.DataFrame(rows, columns=columns).to_csv(self.list, index=False)

    def happen(self, name: str, **values: str) -> None:
        """Add a row to an input: that of its last, but for the values given as SQL."""
        file = self.inputs / f"{name}.parquet"
        replaced = ", ".join(f"{value} as {column}" for column, value in values.items())
        with duckdb.connect() as connection:
            connection.execute(f"create table rows as from '{file}'")
            connection.execute(f"insert into rows select * replace ({replaced}) from '{file}' limit 1")
            connection.execute(f"copy rows to '{file}'")

    def build(self, *arguments: str) -> None:
        self.project.build(*arguments, variables=self.variables)

    def members(self, key: str) -> set[str]:
        rows = self.project.query(
            f"select customer_id from rule_memberships where segment_key = '{key}' and is_assigned"
        )
        return set(rows["customer_id"])


@pytest.fixture(scope="module")
def built_shop(tiny_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(tiny_inputs, tmp_path_factory.mktemp("rules"))
    shop.build(*NO_DEMO_SEEDS)
    return shop


@pytest.fixture
def shop(built_shop: Shop) -> Shop:
    """Return the shop with an empty list, whichever tests went before on this worker."""
    built_shop.override()
    return built_shop


def test_exclusive_rules_are_a_segmentation_that_covers_everybody(shop: Shop) -> None:
    expected = shop.project.query(
        """
        select customer_id, case when order_count >= 3 then 'care_often' when order_count >= 1 then 'care_once'
            else 'care_rest' end as segment_key
        from customer_features qualify as_of_date = max(as_of_date) over () order by all
        """
    )
    found = shop.project.query(
        "select customer_id, segment_key from customer_segments where segmentation = 'care' order by all"
    )
    assert set(found["segment_key"]) == {"care_often", "care_once", "care_rest"}
    pd.testing.assert_frame_equal(found, expected)
    named = shop.project.query("select segment_key, segment_name from segments where segmentation = 'care'")
    names = dict(named.itertuples(index=False))
    assert names == {"care_often": "Often", "care_once": "Once", "care_rest": "Rest of care"}
    counts = shop.project.query("select * from segment_rules").set_index("segment_key")
    assert counts.loc["care_once", "matching_count"] == counts.loc["rule_buyer", "customer_count"]
    assert counts.loc["care_once", "customer_count"] == (expected["segment_key"] == "care_once").sum()
    # The overlapping ones are no segmentation: they are in rule_memberships alone.
    assert "rule" not in set(shop.project.query("select distinct segmentation from customer_segments")["segmentation"])


def test_gates_on_size_judge_a_rule_by_its_own_minimum_and_leave_the_rest_alone(shop: Shop) -> None:
    rules = {key: dict(rule) for key, rule in RULES.items()}
    rules["rule_buyer"]["min_customers"] = 100_000
    rules["care_often"]["min_customers"] = 1
    variables = shop.variables | {"segment_rules": rules, "min_segment_size": 100_000, "max_segment_share": 0.0}
    # The rule is built with its new minimum; the gates on all segments read what is there.
    run = shop.project.dbt("build", "--select", "segment_rules", "segments", variables=variables)
    assert run.returncode == 1
    failed = [line.split("Gate failed: ")[1] for line in run.output.splitlines() if "Gate failed: " in line]
    assert any(line.startswith("rule_buyer (Buyer) has ") and "its min_customers = 100000" in line for line in failed)
    shop.project.build("--select", "segment_rules", variables=shop.variables)
    run = shop.project.dbt("test", "--select", "segments", variables=variables)
    failed = [line.split("Gate failed: ")[1] for line in run.output.splitlines() if "Gate failed: " in line]
    too_small = {line.split()[0] for line in failed if "min_segment_size" in line}
    too_large = {line.split()[0] for line in failed if "max_segment_share" in line}
    assert {key for key in too_small if key.startswith("care")} == {"care_once"}
    assert {key for key in too_large if key.startswith("care")} == {"care_once", "care_often"}


def test_membership_follows_events_without_a_whole_build_and_hands_expire_on_the_way(shop: Shop) -> None:
    query = shop.project.query
    ((first_date, last_date),) = query(
        "select strftime(as_of_date, '%Y-%m-%d'), strftime(as_of_date + 1, '%Y-%m-%d') from customers limit 1"
    ).itertuples(index=False)
    idle = query(
        """
        select distinct accounts.customer_id, split_part(accounts.account_key, ':', 2) as crm_customer_id
        from int_identity__accounts as accounts semi join customers using (customer_id, as_of_date)
        anti join rule_memberships on accounts.customer_id = rule_memberships.customer_id
        where accounts.account_key like 'crm:%' order by all limit 3
        """
    )
    (opener, crm_customer), (kept, _), (excluded, _) = idle.itertuples(index=False)
    buyer = min(shop.members("rule_buyer"))
    shop.override(
        ("rule_buyer", kept, "include", "test buyer", ""),
        ("rule_buyer", excluded, "include", "until today", first_date),
        ("rule_buyer", buyer, "exclude", "asked to be left alone", ""),
    )
    shop.build("--full-refresh", *NO_DEMO_SEEDS)
    before = shop.members("rule_buyer")
    assert {kept, excluded} <= before
    assert buyer not in before
    assert opener not in shop.members("rule_opener")
    features = query("from customer_features order by all")

    shop.happen(
        "crm_campaign_events",
        campaign_event_id="'new'",
        crm_customer_id=f"'{crm_customer}'",
        message_id="'new'",
        event_type="'opened'",
        event_at=f"timestamp '{last_date} 09:00:00'",
        received_at=f"timestamp '{last_date} 09:00:00'",
    )
    shop.build(*LIVE)
    assert opener in shop.members("rule_opener")
    assert set(query("select as_of_date::varchar as d from rule_memberships")["d"]) == {last_date}
    # The inclusion was good until the day before; the other two have no end.
    assert shop.members("rule_buyer") == before - {excluded}

    order = {"order_id": "'new'", "ordered_at": f"timestamp '{last_date} 18:00:00'"}
    shop.happen(
        "erp_orders",
        **order,
        erp_customer_id="null",
        crm_customer_id=f"'{crm_customer}'",
        status="'completed'",
        currency_code="'EUR'",
        cancelled_at="null",
        updated_at="null",
    )
    shop.happen(
        "erp_order_lines",
        order_id="'new'",
        order_line_id="'new'",
        quantity="1",
        unit_price="10",
        discount_amount="0",
        booked_at="null",
        updated_at="null",
    )
    shop.build(*LIVE)
    assert opener not in shop.members("rule_opener")
    pd.testing.assert_frame_equal(query("from customer_features order by all"), features)
    live = shop.members("rule_opener")

    # What was followed is what a whole build finds, and segments of other kinds were as of the last one meanwhile.
    assert set(query("select as_of_date::varchar as d from customer_segments")["d"]) == {first_date}
    shop.build(*NO_DEMO_SEEDS)
    assert shop.members("rule_opener") == live
    assert opener in shop.members("care_once")
    assert set(query("select as_of_date::varchar as d from customer_segments")["d"]) == {last_date}


def test_overrides_that_change_nothing_are_named_and_stop_nothing(shop: Shop) -> None:
    customer = shop.project.query("select min(customer_id) as id from customers")["id"][0]
    shop.override(
        ("rfm_champions", customer, "include", "the best", ""),
        ("rule_buyer", "nobody", "exclude", "gone", ""),
        ("rule_buyer", customer, "ban", "rude", ""),
        ("rule_opener", customer, "exclude", "", ""),
        ("care_often", customer, "include", "fine", ""),
    )
    run = shop.project.dbt("test", "--select", "assert_overrides_count", variables=shop.variables)
    assert run.returncode == 0
    named = [line for line in run.output.splitlines() if "Gate warns: override of " in line]
    assert len(named) == 4
    for part in ("rfm_champions", "no such customer", "include or exclude", "no reason"):
        assert sum(part in line for line in named) == 1, part


def test_dry_run_says_who_would_come_and_go_and_writes_nothing(shop: Shop) -> None:
    shop.project.build("--select", "rule_memberships", "segment_rules", variables=shop.variables)
    size = len(shop.members("rule_buyer"))
    often = len(shop.members("care_often"))
    rules = RULES | {"rule_buyer": {"name": "Buyer", "when": {"order_count": ">= 3"}}}
    content = shop.project.database.read_bytes()

    def strate(variables: dict) -> subprocess.CompletedProcess[str]:
        _, environment = shop.project.command("compile")
        command = [str(Path(sys.executable).with_name("strate")), "rules", "--vars", json.dumps(variables)]
        return subprocess.run(
            command, cwd=PROJECT, env=environment | {"COLUMNS": "200"}, capture_output=True, text=True
        )

    # A reader beside it is in nobody's way.
    with duckdb.connect(str(shop.project.database), read_only=True):
        done = strate(shop.variables | {"segment_rules": rules})
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0]: line.split() for line in done.stdout.splitlines() if "active" in line}
    assert lines["rule_buyer"][2] == f"{often:,}"
    assert lines["rule_buyer"][-2:] == ["0", f"{size - often:,}"]
    assert lines["care_once"][-3:] == [f"{often:,}", "0", "0"]
    assert any(line.split()[:3] == ["care_often", "rule_buyer", f"{often:,}"] for line in done.stdout.splitlines())
    assert shop.project.database.read_bytes() == content

    done = strate(shop.variables | {"segment_rules": {"rule_buyer": {"name": "Buyer", "when": {"order_cuont": 1}}}})
    assert done.returncode == 2
    assert "rule `rule_buyer` names `order_cuont`" in done.stderr
    assert "order_count" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "off",
    [
        ("crm_consents", "crm_campaign_events", "erp_products", "tracking_events", "survey_responses", "geo_areas"),
        ("crm_customers",),
        ("erp_orders",),
    ],
)
def test_a_rule_is_left_out_exactly_where_its_column_is_null_throughout(
    off: tuple[str, ...], tiny_inputs: Path, tmp_path: Path
) -> None:
    (mart,) = yaml.safe_load((PROJECT / "models/marts/customers/customer_features.yml").read_text())["models"]
    columns = [column["name"] for column in mart["columns"]][2:]
    rules = {f"rule_{column}": {"name": column, "when": {"not": {column: None}}} for column in columns}
    project = Project(tmp_path / "build")
    variables = tiny_vars(tiny_inputs, **dict.fromkeys(off), segment_rules=rules)
    project.build("--select", "+segment_rules", *NO_DEMO_SEEDS, variables=variables)
    states = project.query("select segment_key, state, missing_inputs, customer_count from segment_rules")
    known = project.query(
        f"select {', '.join(f'count({column}) as {column}' for column in columns)} from customer_features"
    )
    unknown = {f"rule_{column}" for column in columns if known[column][0] == 0}
    left_out = states[states["state"] == "input_missing"]
    # Known from elsewhere in other data: an order may say where somebody lives, and more answers make more topics.
    from_elsewhere = {"rule_abroad_share"} | {key for key in unknown if key.startswith("rule_topic_")}
    assert unknown - from_elsewhere <= set(left_out["segment_key"]) <= unknown
    assert set(", ".join(left_out["missing_inputs"]).split(", ")) == set(off)
    assert not left_out["customer_count"].any()


def test_rules_that_cannot_work_stop_dbt_while_it_parses_by_rule_column_and_mend(tmp_path: Path) -> None:
    broken = {
        "rule_a": {
            "name": "A",
            "when": {"revenu": ">= 1", "recency_days": "big", "gender": False, "contry_code": "FR", "region": [1]},
        },
        "vip": {"nmae": "V", "when": []},
        "rule_b": {
            "name": "B",
            "when": {
                "any": [
                    {"event": "campain_opened", "within_days": 3},
                    {"event": "order", "within_day": 3},
                    {"no_event": "order", "within_days": 3, "at_least": 2},
                    "order_count",
                ]
            },
        },
        "care_x": {
            "name": "X",
            "exclusive_in": "care",
            "priority": 1,
            "valid_from": "2025-02-01",
            "valid_to": "2025-01-31",
            "when": {"order_count": 1},
        },
        "care_y": {"name": "Y", "exclusive_in": "care", "priority": 1, "when": {"all": {"order_count": 1}}},
        "care_rest": {"name": "Z", "exclusive_in": "care", "when": {"order_count": "1 or 2"}, "valid_to": "soon"},
        "rfm_own": {"name": "R", "exclusive_in": "rfm", "priority": 0, "when": {"order_count": [1, "a"]}},
    }
    run = Project(tmp_path).dbt("parse", variables={"segment_rules": broken})
    assert run.returncode != 0
    lines = run.output.splitlines()
    for rule, *parts in [
        ("rule_a", "`revenu`", "take one of revenue,"),
        ("rule_a", "`recency_days`", '"big"', "comparisons"),
        ("rule_a", "`gender`", "false", "in quotes"),
        ("rule_a", "`contry_code`", "take one of country_code"),
        ("rule_a", "`region`", "[1]"),
        ("vip", "`nmae`", "take one of name"),
        ("vip", "no `name`"),
        ("vip", "no `when`"),
        ("vip", "begin its key with `rule_`"),
        ("rule_b", "`campain_opened`", "campaign_opened"),
        ("rule_b", "`within_day`", "within_days"),
        ("rule_b", "`at_least`", "no_event"),
        ("rule_b", '"order_count"', "where a condition belongs"),
        ("care_x", "valid to 2025-01-31"),
        ("care_y", "`care_x`", "same priority"),
        ("care_y", "`all`", "list"),
        ("care_rest", "for whom no rule holds"),
        ("care_rest", "no `priority`"),
        ("care_rest", "`valid_to` soon"),
        ("care_rest", '"1 or 2"'),
        ("rfm_own", "`exclusive_in`"),
        ("rfm_own", "`priority` 0"),
        ("rfm_own", '[1, "a"]'),
    ]:
        assert any(f"`{rule}`" in line and all(part in line for part in parts) for line in lines), (rule, parts)
