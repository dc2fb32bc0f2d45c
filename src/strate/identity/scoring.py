"""Weights of candidate pairs by Splink: learned where there is enough to learn from, else sound defaults."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from splink import DuckDBAPI, Linker, block_on
from splink.internals.exceptions import SplinkException

from strate.identity.blocking import add_blocked_pairs, block_keys
from strate.identity.fields import SWAPPED, comparison, levels, normalised

_LEAST_WEIGHT = -14.0  # pairs below it are no candidates, whatever the share of matches
_CHANCE_PAIRS = 400_000  # random pairs that chance agreement is learned from
_EM_PAIRS = 500_000  # pairs of one key that a round of expectation maximisation reads
_LARGEST_SMALL_TABLE = 100_000  # records; beyond it a random pair is hardly ever one person
_FEWEST_MATCHES = 20.0  # with fewer expected nothing is learned
_PRIOR_PAIRS = 5.0  # pairs that the shares of fields.py count for beside the learned ones
_PRIOR_MATCHES_PER_RECORD = 0.1  # expected where it cannot be learned
_LEAST_SHARE = 1e-7  # of pairs in a level: nothing is impossible

Model = dict[str, Any]


@dataclass(frozen=True)
class Scores:
    """Scored pairs, and how they came about.

    Parameters
    ----------
    pairs : pyarrow.Table
        Numbers of two records, `left_number` < `right_number`, `match_weight` in bits, `match_probability` from 0 to 1,
        and `level_<field>`: the number of the degree of agreement as `fields.levels` lists them, from 0, or -1 where a
        value is missing.
    outcome : str
        `learned`, `default_weights` or `no_pairs`.
    differing_share : dict of str to float
        Share of the pairs of one person that differ clearly in a field.
    """

    pairs: pa.Table
    outcome: str
    differing_share: dict[str, float] = field(default_factory=dict)


def normalise_records(connection: duckdb.DuckDBPyConnection, records: pa.Table, kinds: Mapping[str, str]) -> list[str]:
    """Write the records to the table `records`, each field in one way, and return the fields that tell anybody apart.

    Only records of the first date decide that; where they do not say anything, all fields are returned that do later.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    records : pyarrow.Table
        Columns `record_number`, from 1 in the order of dates, `date_number`, the date from which on the record is
        current, from 1, `until_number`, the first date at which it is no longer, and one per field.
    kinds : mapping of str to str
        Kind of each field, as in `fields.KINDS`.
    """
    connection.register("given_records", records)
    columns = ", ".join(f'{normalised(name, kind)} as "{name}"' for name, kind in kinds.items())
    connection.execute(
        f"create or replace table records as select record_number, date_number, until_number, {columns}"
        " from given_records order by record_number"
    )
    connection.unregister("given_records")
    for those in ("date_number = 1", "true"):
        counts = ", ".join(f'count(distinct "{name}")' for name in kinds)
        distinct = connection.execute(f"select {counts} from records where {those}").fetchall()[0]
        if names := [name for name, count in zip(kinds, distinct, strict=True) if count > 1]:
            break
    return names


def score_pairs(
    connection: duckdb.DuckDBPyConnection,
    kinds: Mapping[str, str],
    seed: int,
    blocking_rules: Sequence[Sequence[str]] = (),
) -> Scores:
    """Score the candidate pairs of the table `records`, date by date.

    Weights are learned from the records of the first date alone, and used for all, so that nothing of a later date says
    what an agreement is worth at an earlier one.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds `records` as `normalise_records` wrote them.
    kinds : mapping of str to str
        Kind of each field that tells anybody apart.
    seed : int
        Draws the random pairs.
    blocking_rules : sequence of sequences of str
        As for `block_keys`.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    dates = _add_blocked_pairs_by_date(connection, block_keys(kinds, blocking_rules))
    connection.execute("create or replace view first_records as select * from records where date_number = 1")
    record_count = dates[0].record_count
    pair_count = max(record_count * (record_count - 1) / 2, 1.0)
    threads = connection.execute("select current_setting('threads')").fetchall()[0][0]
    api = DuckDBAPI(connection)
    prior = _prior(record_count)
    untaught = _untaught_model(kinds, prior)
    # Learning adds up shares, whose last digit depends on the order of adding: one thread has one order.
    connection.execute("set threads = 1")
    model = _learn(api, untaught, kinds, record_count, seed) if record_count > 1 else untaught
    connection.execute(f"set threads = {threads}")
    frequencies = _frequencies(connection, untaught)
    scored = _predict(api, model, frequencies)
    evidence, outcome = _evidence(model), "default_weights"
    if model is not untaught:
        connection.execute("set threads = 1")
        connection.execute(
            "create or replace view first_scored as"
            f" select * from {scored} where greatest(record_number_l, record_number_r) <= {dates[0].last_number}"
        )
        share = _share_of_matches(*_weights(connection, "first_scored", evidence), pair_count)
        if share * pair_count >= _FEWEST_MATCHES:
            outcome, prior = "learned", share
            if record_count <= _LARGEST_SMALL_TABLE:
                refined = _without_matches_in_chance(connection, "first_scored", model, kinds, share, pair_count)
                evidence = _refined_evidence(evidence, model, refined)
                model = refined
                prior = _share_of_matches(*_weights(connection, "first_scored", evidence), pair_count)
        else:
            model = untaught
            scored = _predict(api, model, frequencies)
            evidence = _evidence(model)
        connection.execute(f"set threads = {threads}")
    # Of all pairs of a table the fewer are one person, the larger it is.
    priors = [
        (
            date.last_number,
            prior * record_count / date.record_count if outcome == "learned" else _prior(date.record_count),
        )
        for date in dates
    ]
    pairs = _pairs(connection, scored, evidence, kinds, priors)
    differing_share = {
        step["output_column_name"]: step["comparison_levels"][-1]["m_probability"] for step in model["comparisons"]
    }
    return Scores(pairs, outcome if pairs.num_rows else "no_pairs", differing_share)


@dataclass(frozen=True)
class _Date:
    """How many records are current at a date, and the number of the last one that is new there."""

    record_count: int
    last_number: int


def _add_blocked_pairs_by_date(connection: duckdb.DuckDBPyConnection, keys: Sequence[str]) -> list[_Date]:
    """Write the pairs to compare of all dates to the table `blocked_pairs`."""
    connection.execute(
        "create or replace table blocked_pairs (match_key varchar, join_key_l integer, join_key_r integer)"
    )
    dates: list[_Date] = []
    for number, last_number in connection.execute(
        "select date_number, max(record_number) from records group by date_number order by date_number"
    ).fetchall():
        connection.execute(
            "create or replace temp table current_records as"
            f" select * from records where date_number <= {number} and until_number > {number}"
        )
        ((record_count,),) = connection.execute("select count(*) from current_records").fetchall()
        add_blocked_pairs(connection, keys, dates[-1].last_number if dates else 0)
        dates.append(_Date(record_count, last_number))
    connection.execute("drop table current_records")
    return dates


def _prior(record_count: int) -> float:
    """Return the share of pairs that are expected to be one person where it cannot be learned."""
    return min(_PRIOR_MATCHES_PER_RECORD * record_count / max(record_count * (record_count - 1) / 2, 1.0), 0.1) or 0.1


def _frequencies(connection: duckdb.DuckDBPyConnection, model: Model) -> dict[str, str]:
    """Write how frequent values were at the first date, and return the table of each field; a new value is rare."""
    tables = {}
    for step in model["comparisons"]:
        name = step["output_column_name"]
        adjusted = [level for level in step["comparison_levels"] if "tf_adjustment_column" in level]
        if adjusted:
            tables[name] = f"frequencies_{len(tables)}"
            connection.execute(
                f"""
                create or replace table {tables[name]} as
                with counts as (
                    select "{name}", count(*) filter (where date_number = 1)::double as known
                    from records where "{name}" is not null group by "{name}"
                )
                select "{name}", case
                    when known > 0 then known / (select sum(known) from counts)
                    else least(1 / nullif((select sum(known) from counts), 0), {adjusted[0]["u_probability"]!r})
                end as "tf_{name}"
                from counts
                """
            )
    return tables


def _untaught_model(kinds: Mapping[str, str], prior: float) -> Model:
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record_number",
        "comparisons": [comparison(name, kinds) for name in kinds],
        "blocking_rules_to_generate_predictions": [
            "l.record_number = r.record_number"
        ],  # registered pairs stand for it
        "probability_two_random_records_match": prior,
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": False,
    }


def _learn(api: DuckDBAPI, model: Model, kinds: Mapping[str, str], record_count: int, seed: int) -> Model:
    """Learn how often fields agree by chance and within a person; the given model where Splink cannot."""
    failures = (SplinkException, ValueError, ZeroDivisionError)
    linker = Linker(api.register("first_records"), model, log_level=None)
    try:
        linker.training.estimate_u_using_random_sampling(
            max_pairs=_CHANCE_PAIRS, seed=seed, num_chunks=1, min_count_per_level=None
        )
    except failures:
        return model
    learned, sessions = linker.misc.save_model_to_json(), 0
    for fields in _training_keys(kinds):
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on(*fields),
                estimate_without_term_frequencies=True,
                max_pairs=_EM_PAIRS if record_count > _LARGEST_SMALL_TABLE else None,
            )
            learned, sessions = linker.misc.save_model_to_json(), sessions + 1
        except failures:
            # Too few records share this key, or all that do are alike. A linker that failed has lost its comparisons.
            linker = Linker(api.register("first_records"), learned, log_level=None)
    if not sessions:
        return model
    given = {step["output_column_name"]: step for step in model["comparisons"]}
    for step in learned["comparisons"]:
        _make_sound(step, given[step["output_column_name"]])
    return learned | {key: value for key, value in model.items() if key != "comparisons"}


def _training_keys(kinds: Mapping[str, str]) -> list[list[str]]:
    """Return keys of which each lets the fields that are not in it be learned, so that every field is."""
    of = {kind: [name for name, other in kinds.items() if other == kind] for kind in set(kinds.values())}
    names = of.get("first_name", [])[:1] + of.get("last_name", [])[:1]
    keys = [of.get("date", [])[:1], names if len(names) == 2 else [], of.get("email", [])[:1], of.get("phone", [])[:1]]
    keys = [key for key in keys if key]
    if len(keys) < 2:
        keys += [[name] for kind in ("identifier", "code", "text") for name in of.get(kind, [])] + [[n] for n in names]
    return keys[:3]


def _make_sound(learned: Model, given: Model) -> None:
    """Keep what was learned of a field where it makes sense: the better values agree, the more it says."""
    steps = learned["comparison_levels"][1:]
    expected = given["comparison_levels"][1:]
    for step, usual in zip(steps, expected, strict=True):
        for parameter in ("m_probability", "u_probability"):
            value = step.get(parameter)  # a level that was never seen has a text here, or nothing
            step[parameter] = max(value, _LEAST_SHARE) if isinstance(value, float) else usual[parameter]
    first, last = steps[0], steps[-1]
    if first["m_probability"] <= first["u_probability"] or last["m_probability"] >= last["u_probability"]:
        for step, usual in zip(steps, expected, strict=True):
            step["m_probability"] = usual["m_probability"]
            step["u_probability"] = usual["u_probability"]
    most = first["m_probability"] / first["u_probability"]
    for step in steps[1:]:
        step["m_probability"] = min(step["m_probability"], most * step["u_probability"])
        if step["label_for_charts"] != SWAPPED:
            most = step["m_probability"] / step["u_probability"]


def _predict(api: DuckDBAPI, model: Model, frequencies: Mapping[str, str]) -> str:
    linker = Linker(api.register("records"), model, log_level=None)
    for name, table in frequencies.items():
        linker.table_management.register_term_frequency_lookup(api.register(table), name)
    linker.table_management.register_blocked_pairs_for_predict(api.register("blocked_pairs"))
    return linker.inference.predict(threshold_match_weight=_LEAST_WEIGHT, warning_mode="never").physical_name


def _bits(share: float) -> float:
    return float(np.log2(share / (1 - share)))


def _evidence(model: Model) -> str:
    """Return SQL of the weight of the evidence alone, in bits."""
    return f"(match_weight - ({_bits(model['probability_two_random_records_match'])!r}))"


def _refined_evidence(evidence: str, model: Model, refined: Model) -> str:
    """Return SQL of the evidence under other shares of the same levels, which spares comparing all pairs again."""
    terms = [evidence]
    for before, after in zip(model["comparisons"], refined["comparisons"], strict=True):
        name = before["output_column_name"]
        steps = list(zip(before["comparison_levels"][1:], after["comparison_levels"][1:], strict=True))
        cases = []
        for number, (old, new) in enumerate(steps):
            change = new["m_probability"] / old["m_probability"]
            if "tf_adjustment_column" not in old:  # there the frequency of the value stands for chance
                change *= old["u_probability"] / new["u_probability"]
            cases.append(f"when {len(steps) - 1 - number} then {round(float(np.log2(change)), 6)!r}")
        terms.append(f'case "gamma_{name}" {" ".join(cases)} else 0.0 end')
    return f"({' + '.join(terms)})"


def _weights(connection: duckdb.DuckDBPyConnection, scored: str, evidence: str) -> tuple[np.ndarray, np.ndarray]:
    """Return weights of evidence in hundredths of a bit, and how many pairs have each."""
    rows = connection.execute(
        f"select round({evidence}, 2) as bits, count(*) as pair_count from {scored} group by bits order by bits"
    ).fetchnumpy()
    return np.asarray(rows["bits"], dtype=float), np.asarray(rows["pair_count"], dtype=float)


def _share_of_matches(bits: np.ndarray, counts: np.ndarray, pair_count: float) -> float:
    """Return the share of matches among all pairs under which the scored pairs are the likeliest."""
    odds = np.exp2(np.minimum(bits, 60.0))
    share = min(max(float(counts.sum()) / pair_count, 1e-12), 0.5)
    for _ in range(500):
        probability = share * odds / (share * odds + 1 - share)
        following = min(max(float((counts * probability).sum()) / pair_count, 1e-12), 0.5)
        if abs(following - share) <= 1e-9 * share:
            break
        share = following
    return float(f"{share:.6g}")


def _probability(bits: str, share: float) -> str:
    """Return SQL of the probability that evidence of so many bits leaves."""
    return f"1 / (1 + pow(2.0, -least({bits} + ({_bits(share)!r}), 60.0)))"


def _without_matches_in_chance(
    connection: duckdb.DuckDBPyConnection,
    scored: str,
    model: Model,
    kinds: Mapping[str, str],
    share: float,
    pair_count: float,
) -> Model:
    """Return the model learned once more from all candidate pairs, weighted by their probability.

    In a small table random pairs hold true ones, so that agreement looks like chance. Those are taken out here.
    """
    probability = _probability(_evidence(model), share)
    model = deepcopy(model)
    steps_of = {step["output_column_name"]: step["comparison_levels"][1:] for step in model["comparisons"]}
    for name in kinds:
        steps = steps_of[name]
        rows = connection.execute(
            f'select "gamma_{name}", sum({probability}) from {scored} group by "gamma_{name}" order by "gamma_{name}"'
        ).fetchall()
        matches = dict(rows)
        known = sum(count for level, count in rows if level >= 0)
        usual = [level.m for level in levels(name, kinds)]
        for number, step in enumerate(steps):
            found = matches.get(len(steps) - 1 - number, 0.0)
            step["m_probability"] = (found + _PRIOR_PAIRS * usual[number]) / (known + _PRIOR_PAIRS)
            by_chance = max(step["u_probability"] * pair_count - found, 0.5)
            step["u_probability"] = by_chance / max(pair_count - known, 1.0)
    given = {step["output_column_name"]: step for step in _untaught_model(kinds, share)["comparisons"]}
    for step in model["comparisons"]:
        _make_sound(step, given[step["output_column_name"]])
        for level in step["comparison_levels"][1:]:
            for parameter in ("m_probability", "u_probability"):
                level[parameter] = float(f"{level[parameter]:.6g}")
    return model | {"probability_two_random_records_match": share}


def _pairs(
    connection: duckdb.DuckDBPyConnection,
    scored: str,
    bits: str,
    kinds: Mapping[str, str],
    priors: Sequence[tuple[int, float]],
) -> pa.Table:
    """Return the scored pairs; `priors` has the share of matches up to each record number."""
    columns = "".join(
        f', cast(case when "gamma_{name}" < 0 then -1 else {len(levels(name, kinds)) - 1} - "gamma_{name}" end'
        f' as tinyint) as "level_{name}"'
        for name in kinds
    )
    cases = " ".join(
        f"when greatest(record_number_l, record_number_r) <= {last} then {_bits(share)!r}" for last, share in priors
    )
    return connection.execute(
        f"""
        select
            record_number_l as left_number, record_number_r as right_number, round(weight, 4) as match_weight,
            least(round(probability, 6), 0.999999) as match_probability {columns}  -- nothing is certain
        from (
            select *, 1 / (1 + pow(2.0, -least(weight, 60.0))) as probability
            from (select *, {bits} + (case {cases} end) as weight from {scored})
        )
        where probability >= 0.01
        order by left_number, right_number
        """
    ).to_arrow_table()
