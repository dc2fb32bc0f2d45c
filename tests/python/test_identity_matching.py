"""Matching of records that share no identifier: what is found, what is kept apart, and that nothing shakes it."""

import os
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from identity.known_people import known_people
from strate.identity import match_accounts
from strate.identity.fields import DEFAULT_FIELDS, KINDS, comparison, levels, normalised
from strate.identity.groups import Groups

from conftest import NO_DEMO_SEEDS, Project, tiny_vars

FIRST = ("Anna", "Bruno", "Clara", "David", "Elise", "Franz", "Greta", "Hugo", "Irene", "Jules", "Karin", "Leon")
LAST = ("Martin", "Dubois", "Schneider", "Rossi", "Peeters", "Moreau", "Fischer", "Bianchi", "Lambert", "Keller")


def people(count: int, seed: int = 1) -> pd.DataFrame:
    """Return two records of each person, the second under other contacts and now and then with a slip."""
    rng = np.random.default_rng(seed)
    syllables = ("ba", "do", "fe", "gu", "ka", "li", "mo", "nu", "pe", "ri", "so", "ta", "ve", "wi")
    rows = []
    for person in range(count):
        first = str(rng.choice(FIRST))
        last = str(rng.choice(LAST)) + "".join(rng.choice(syllables, 2))
        birth = pd.Timestamp("1950-01-01") + pd.Timedelta(days=int(rng.integers(0, 18_000)))
        postal_code, city = str(10_000 + rng.integers(0, 300)), f"city{rng.integers(0, 40)}"
        for copy in range(2):
            date = birth.date().isoformat()
            slip = rng.random()
            given, family = first, last
            if copy and slip < 0.15:
                given, family = last, first
            elif copy and slip < 0.3:
                family = last[:2] + last[3:]
            elif copy and slip < 0.4:
                date = date[:8] + date[9] + date[8]
            rows.append(
                {
                    "account_key": f"crm:{copy}{person:05d}",
                    "first_name": given,
                    "last_name": family,
                    "birth_date": date,
                    "email": f"{first}.{person}@{'a' if copy else 'b'}.example" if rng.random() < 0.7 else None,
                    "phone": f"+336{rng.integers(10_000_000, 99_999_999)}",
                    "postal_code": postal_code,
                    "city": city,
                }
            )
    return pd.DataFrame(rows)


def counts(groups: pd.DataFrame, truth: pd.Series) -> tuple[float, float]:
    """Return precision and recall over pairs; `truth` has the person by account."""
    found = groups.set_index("account_key")["group_key"].reindex(truth.index)
    found = found.where(found.notna(), pd.Series(truth.index, truth.index))

    def pairs(*keys: pd.Series) -> float:
        sizes = pd.concat(keys, axis=1).value_counts()
        return float((sizes * (sizes - 1) / 2).sum())

    both = pairs(found.rename("found"), truth.rename("truth"))
    return both / max(pairs(found), 1.0), both / pairs(truth)


@pytest.fixture(scope="module")
def records() -> pd.DataFrame:
    return people(300)


@pytest.fixture(scope="module")
def matching(records: pd.DataFrame):
    return match_accounts(records, threads=1)


def test_persons_are_found_despite_slips(records: pd.DataFrame, matching) -> None:
    keys = records["account_key"]
    precision, recall = counts(matching.groups, pd.Series(keys.str[5:].to_numpy(), keys))
    assert matching.outcome == "learned"
    assert precision > 0.99
    assert recall > 0.97
    swapped = matching.pairs[matching.pairs["reason"].str.contains("swapped: first_name, last_name")]
    assert (swapped["status"] == "matched").mean() > 0.9


def test_rows_in_any_order_and_threads_change_nothing(records: pd.DataFrame, matching) -> None:
    other = match_accounts(records.sample(frac=1, random_state=3), threads=2)
    pd.testing.assert_frame_equal(matching.pairs, other.pairs)
    pd.testing.assert_frame_equal(matching.groups, other.groups)


def test_own_rules_say_which_pairs_are_compared(records: pd.DataFrame, matching) -> None:
    agree = {"last_name", "birth_date"}
    rules = [["last_name", "birth_date"], ["shade"]]
    own = match_accounts(
        records.assign(shade="grey"), DEFAULT_FIELDS | {"shade": "category"}, blocking_rules=rules, threads=1
    )
    # All are of one shade, which tells nobody apart: that rule is passed over.
    agreeing = own.pairs["reason"].str.extract("agrees: ([^;]+)")[0].str.split(", ").map(set)
    assert agreeing.map(agree.issubset).all()
    assert 0 < len(own.pairs) < len(matching.pairs)


def test_decisions_win_over_weights(records: pd.DataFrame, matching) -> None:
    best = matching.pairs[matching.pairs["status"] == "matched"].iloc[0]
    strangers = ("crm:000001", "crm:000002")
    decisions = pd.DataFrame(
        [
            (best["account_key_b"], best["account_key_a"], "denied"),
            (*strangers, "confirmed"),
            ("crm:000001", "crm:gone", "denied"),
        ],
        columns=["account_key_a", "account_key_b", "decision"],
    )
    decided = match_accounts(records, decisions=decisions, threads=1)
    group = decided.groups.set_index("account_key")["group_key"]
    assert group.get(best["account_key_a"], "alone") != group.get(best["account_key_b"], "alone too")
    assert group[strangers[0]] == group[strangers[1]]
    status = decided.pairs.set_index(["account_key_a", "account_key_b"])["status"]
    assert status[best["account_key_a"], best["account_key_b"]] == "denied"
    assert status[strangers] == "confirmed"


def test_two_birth_dates_keep_namesakes_apart(records: pd.DataFrame) -> None:
    father, son = records.iloc[0].to_dict(), records.iloc[0].to_dict()
    father |= {"account_key": "crm:father", "birth_date": "1931-02-11", "phone": None}
    son |= {"account_key": "crm:son", "birth_date": "1988-09-26", "phone": None}
    family = pd.concat([records.iloc[2:], pd.DataFrame([father, son])])
    strict = match_accounts(family, conflict_probability=1, threads=1)
    loose = match_accounts(family, conflict_fields=(), threads=1)

    def status(matching) -> str:
        return matching.pairs.set_index(["account_key_a", "account_key_b"])["status"]["crm:father", "crm:son"]

    assert status(strict) == "rejected"
    assert "crm:son" not in set(strict.groups["account_key"])
    assert status(loose) == "matched"


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        ([], "no_records"),
        ([{"first_name": "Ann"}], "no_records"),
        ([{"first_name": None}, {"first_name": None}], "no_fields"),
        ([{"first_name": "Ann"}] * 3, "no_fields"),
        ([{"first_name": "Ann"}, {"first_name": "Bob"}], "no_pairs"),
    ],
)
def test_inputs_without_anything_to_match_have_an_outcome(rows: list[dict], outcome: str) -> None:
    frame = pd.DataFrame(
        [{"account_key": f"crm:{n}", **row} for n, row in enumerate(rows)],
        columns=["account_key", *DEFAULT_FIELDS],
    )
    found = match_accounts(frame, threads=1)
    assert (found.outcome, len(found.pairs), len(found.groups)) == (outcome, 0, 0)
    assert found.detail


def test_few_records_are_matched_by_default_weights() -> None:
    person = {
        "first_name": "Zoé",
        "last_name": "O'Brien",
        "birth_date": "1980-05-17",
        "email": "zoe@a.example",
        "postal_code": "75001",
        "city": "Paris",
    }
    rows = [
        {"account_key": "crm:1", **person},
        {"account_key": "crm:2", **person, "email": None, "first_name": "ZOE", "last_name": "O Brien"},
        {"account_key": "crm:3", "first_name": "Max", "last_name": "Braun", "birth_date": "1975-01-02"},
    ]
    found = match_accounts(pd.DataFrame(rows), threads=1)
    assert found.outcome == "default_weights"
    assert found.groups["account_key"].tolist() == ["crm:1", "crm:2"]


def test_a_confirmed_pair_that_was_no_candidate_still_joins() -> None:
    rows = pd.DataFrame({"account_key": ["crm:1", "crm:2"], "first_name": ["Ann", None]})
    decisions = pd.DataFrame([("crm:1", "crm:2", "confirmed")], columns=["account_key_a", "account_key_b", "decision"])
    found = match_accounts(rows, decisions=decisions, threads=1)
    assert found.groups["group_key"].tolist() == ["crm:1", "crm:1"]
    assert found.pairs[["status", "group_key"]].values.tolist() == [["confirmed", "crm:1"]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fields": {"shoe_size": "code"}}, "no column `shoe_size`"),
        ({"fields": {"city": "place"}}, "kind of `city`"),
        ({"id_column": "city"}, "key of their own"),
        ({"blocking_rules": [["city"], ["shoe_size"]]}, "not .*shoe_size"),
        ({"match_threshold": 0.1}, "must rise"),
        ({"max_group_size": 1}, "max_group_size"),
    ],
)
def test_wrong_arguments_are_named(records: pd.DataFrame, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        match_accounts(records, **arguments)


def grouped(matches, *, confirmed=(), denied=(), max_size=10, foes=()) -> tuple[set[frozenset[int]], dict]:
    """Return the groups of two or more, and what was refused."""
    found = Groups(denied, max_size)
    found.join(matches, confirmed, lambda pairs: set(pairs) & set(foes))
    by_group: dict[int, set[int]] = {}
    for record, group in found.group_of.items():
        by_group.setdefault(group, set()).add(record)
    return {frozenset(group) for group in by_group.values() if len(group) > 1}, found.refused


def test_a_denial_holds_over_any_chain() -> None:
    chain = [(1, 2), (2, 3), (3, 4)]
    groups, refused = grouped(chain, denied=[(1, 4)])
    assert all(not {1, 4} <= group for group in groups)
    assert refused
    groups, refused = grouped([], confirmed=chain, denied=[(1, 4)])
    assert all(not {1, 4} <= group for group in groups)


def test_groups_stop_at_their_size_unless_confirmed() -> None:
    pairs = [(1, 2), (1, 3), (2, 3), (1, 4), (2, 4), (3, 4)]
    assert grouped(pairs, max_size=3)[0] == {frozenset({1, 2, 3})}
    assert grouped([], confirmed=pairs, max_size=3)[0] == {frozenset({1, 2, 3, 4})}


def test_a_bridge_does_not_join_two_groups() -> None:
    groups, refused = grouped([(1, 2), (3, 4), (2, 3)])
    assert groups == {frozenset({1, 2}), frozenset({3, 4})}
    assert list(refused) == [(2, 3)]
    assert grouped([(1, 2), (3, 4), (2, 3), (1, 4)])[0] == {frozenset({1, 2, 3, 4})}


def test_a_later_pair_may_join_what_a_bridge_did_not() -> None:
    groups = Groups((), 10)
    groups.join([(1, 2), (3, 4), (2, 3)], (), lambda pairs: set())
    groups.join([(2, 3)], (), lambda pairs: set())  # the same pair again is no second one
    assert not groups.are_together((2, 3))
    groups.join([(1, 4)], (), lambda pairs: set())
    assert set(groups.group_of.values()) == {1}
    assert groups.refused == {}


def test_a_contradiction_holds_over_any_chain() -> None:
    groups, _ = grouped([(1, 2), (2, 3)], foes=[(1, 3)])
    assert groups == {frozenset({1, 2})}
    assert grouped([], confirmed=[(1, 2), (2, 3)], foes=[(1, 3)])[0] == {frozenset({1, 2, 3})}


@pytest.mark.parametrize("kind", KINDS)
def test_levels_are_shares_that_fall_with_agreement(kind: str) -> None:
    found = levels("x", {"x": kind})
    assert sum(level.m for level in found) == pytest.approx(1, abs=0.05)
    assert sum(level.u for level in found) == pytest.approx(1, abs=0.01)
    ratios = [level.m / level.u for level in found]
    assert ratios == sorted(ratios, reverse=True)
    assert comparison("x", {"x": kind})["comparison_levels"][-1]["sql_condition"] == "ELSE"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("date", ["1980-05-17", "17/05/1980", "19800517", "1980-05-17 00:00:00"]),
        ("last_name", ["O'Brien-Müller", "o brien muller", " O'BRIEN  MÜLLER "]),
        ("code", ["75 001", "75001"]),
        ("phone", ["+33 6 12 34 56 78", "0612345678"]),
    ],
)
def test_one_value_has_one_writing(kind: str, values: list[str]) -> None:
    with duckdb.connect() as connection:
        frame = pd.DataFrame({"x": values})
        connection.register("given", frame)
        assert len(connection.execute(f"select distinct {normalised('x', kind)} from given").fetchall()) == 1


def test_what_comes_later_does_not_change_what_an_earlier_date_joined() -> None:
    """Later accounts, later versions of earlier ones, and decisions on them; against the same cut at each date."""
    rng = np.random.default_rng(5)
    dates = pd.to_datetime(["2025-01-31", "2025-04-30", "2025-07-31"])
    records = people(150)
    # Half the people are there at the first date, their second records come later, and some records change.
    records["as_of_date"] = dates[rng.integers(0, 3, len(records))].where(
        records["account_key"].str[5:].astype(int) % 2 == 0, dates[0]
    )
    changed = records[records["as_of_date"] < dates[2]].sample(60, random_state=2)
    others = changed.sample(frac=1, random_state=3)
    versions = changed.assign(
        as_of_date=dates[2], last_name=others["last_name"].to_numpy(), city=others["city"].to_numpy(), email=None
    )
    history = pd.concat([records, versions], ignore_index=True)
    decisions = pd.DataFrame(
        [("crm:000001", "crm:000003", "confirmed"), ("crm:000002", "crm:100002", "denied")],
        columns=["account_key_a", "account_key_b", "decision"],
    )

    def found(until: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the pairs that are joined by then, and the evidence of those of which nothing ever changed."""
        known = history[history["as_of_date"] <= until]
        matching = match_accounts(
            known.sample(frac=1, random_state=1), date_column="as_of_date", decisions=decisions, threads=2
        )
        assert matching.outcome == "learned"
        pairs = matching.pairs.set_index(["account_key_a", "account_key_b"])
        alike = ~pairs.index.to_frame().isin(set(versions["account_key"])).any(axis=1)
        return pairs.dropna(subset=["group_key"])[["known_from"]], pairs.loc[alike, ["match_weight", "reason"]]

    joined, evidence = found(dates[2])
    assert joined["known_from"].nunique() == 3
    first_date = records.set_index("account_key")["as_of_date"]
    for date in dates[:2]:
        joined_then, evidence_then = found(date)
        pd.testing.assert_frame_equal(joined[joined["known_from"] <= date], joined_then)
        was_there = [max(first_date[a], first_date[b]) <= date for a, b in evidence.index]
        weights = evidence[was_there]
        assert len(weights) > 20
        pd.testing.assert_frame_equal(
            weights.assign(reason=weights["reason"].str.split("; kept apart").str[0]),
            evidence_then.assign(reason=evidence_then["reason"].str.split("; kept apart").str[0]),
        )


def test_too_few_at_the_first_date_are_matched_by_default_weights_at_all() -> None:
    records = people(60)
    first = records["account_key"].isin(["crm:000001", "crm:000002"])
    records["as_of_date"] = pd.to_datetime("2025-01-31").to_datetime64()
    records.loc[~first, "as_of_date"] = pd.Timestamp("2025-04-30")
    found = match_accounts(records, date_column="as_of_date", threads=1)
    assert found.outcome == "default_weights"
    keys = records["account_key"]
    precision, recall = counts(found.groups, pd.Series(keys.str[5:].to_numpy(), keys))
    assert precision > 0.95
    assert recall > 0.7


@pytest.mark.build
def test_a_build_joins_a_pair_from_the_date_on_at_which_both_records_are_known(
    tmp_path: Path, tiny_inputs: Path
) -> None:
    customers = pd.read_parquet(tiny_inputs / "crm_customers.parquet")
    whole = customers.dropna(subset=["birth_date", "postal_code", "email", "updated_at"])
    known = whole[whole["updated_at"].astype(str) < "2025-01-01"].head(1)
    when = customers["updated_at"].max()
    later = known.assign(
        crm_customer_id="SECOND", email=None, phone=None, user_id=None, created_at=when, updated_at=when
    )
    inputs = tmp_path / "inputs"
    shutil.copytree(tiny_inputs, inputs)
    pd.concat([customers, later.astype(customers.dtypes)]).to_parquet(inputs / "crm_customers.parquet")
    project = Project(tmp_path / "project")
    variables = tiny_vars(inputs, identity_matching=True)
    project.build("--select", "+path:models/marts/identity", *NO_DEMO_SEEDS, variables=variables)
    pair = ("crm:SECOND", f"crm:{known['crm_customer_id'].item()}")
    rows = project.query(
        "select as_of_date, count(*) as accounts, count(distinct customer_id) as customers"
        f" from int_identity__accounts where account_key in {pair} group by as_of_date order by as_of_date"
    )
    assert rows[["accounts", "customers"]].to_numpy().tolist() == [[1, 1], [1, 1], [2, 1]]
    status = project.query(
        f"select status from identity_pairs where account_key_a in {pair} and account_key_b in {pair}"
    )
    assert status["status"].tolist() == ["matched"]
    # Unit tests of matching are off with it, so that they run nowhere else.
    variables["run_unit_tests"] = True
    paths = ("path:models/intermediate/identity,test_type:unit", "path:models/marts/identity,test_type:unit")
    run = project.dbt("test", "--select", *paths, variables=variables)
    assert run.not_ok() == []
    assert any("pairs_link_from" in node for node in run.results)


def found_among(name: str) -> tuple[float, float]:
    """Return precision and recall on a set of real data."""
    folder = Path(os.environ.get("STRATE_DATA", "../shared/data")) / "identity"
    if not (folder / f"{name}.parquet").exists():
        pytest.skip(f"{folder}/{name}.parquet is not there: set STRATE_DATA to the folder of the real data")
    records, truth, settings = known_people(folder, name)
    found = match_accounts(records, **settings)
    return counts(found.groups, pd.Series(truth.to_numpy(), records["account_key"]))


def test_febrl_people_are_found() -> None:
    precision, recall = found_among("febrl_dataset3")
    assert 2 * precision * recall / (precision + recall) >= 0.99


def test_dirty_people_are_found_better_than_by_untuned_settings() -> None:
    precision, recall = found_among("splink_fake_1000")
    assert 2 * precision * recall / (precision + recall) > 0.95  # Splink's demo settings: 0.54 to 0.60
    assert precision > 0.95
