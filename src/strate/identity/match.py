"""Who is who among records that share no identifier: pairs with weights and reasons, and groups of one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from strate.identity.fields import AGREES, DEFAULT_FIELDS, DIFFERS, KINDS, MISSING, NEARLY, SIMILAR, SWAPPED, levels
from strate.identity.groups import CONFIRMED, MATCHED, REJECTED, Pair, group_records
from strate.identity.scoring import normalise_records, score_pairs

DENIED, REVIEW = "denied", "review"
_MOST_DIFFERING = 0.1  # of a person's pairs: a field that differs more often contradicts nobody
PAIR_COLUMNS = ("account_key_a", "account_key_b", "status", "match_weight", "match_probability", "reason", "group_key")
_OUTCOMES = {
    "learned": "Weights were learned from the records.",
    "default_weights": "Too few records are alike to learn weights from: the defaults were used.",
    "no_pairs": "No two records are alike enough to be candidates.",
    "no_records": "There are fewer than two records.",
    "no_fields": "No field tells any two records apart.",
}


@dataclass(frozen=True)
class Matching:
    """What matching found.

    Parameters
    ----------
    pairs : pandas.DataFrame
        One row per candidate pair above the threshold of review, and per decision: `account_key_a` < `account_key_b`,
        `status` (`matched`, `review`, `rejected`, `confirmed`, `denied`), `match_weight` in bits, `match_probability`
        from 0 to 1, `reason`, and `group_key` where both are in one group. Weights are null for decisions on pairs that
        were no candidates.
    groups : pandas.DataFrame
        `account_key` and `group_key`, the smallest key in it, for all records in a group of two or more.
    outcome : str
        `learned`, `default_weights`, `no_pairs`, `no_records` or `no_fields`.
    detail : str
        The outcome in a sentence.
    """

    pairs: pd.DataFrame
    groups: pd.DataFrame
    outcome: str
    detail: str


def match_accounts(
    records: pa.Table | pd.DataFrame,
    fields: Mapping[str, str] | None = None,
    *,
    id_column: str = "account_key",
    decisions: pd.DataFrame | None = None,
    match_threshold: float = 0.8,
    review_threshold: float = 0.2,
    max_group_size: int = 10,
    conflict_fields: Sequence[str] = ("birth_date",),
    conflict_probability: float = 0.999,
    seed: int = 7,
    threads: int | None = None,
) -> Matching:
    """Find records of one person.

    Fields are compared by Splink (Fellegi and Sunter's model), whose weights are learned from the records by
    expectation maximisation. Neither the order of rows nor the number of threads changes the result.

    Parameters
    ----------
    records : pyarrow.Table or pandas.DataFrame
        One row per account, with `id_column` and the fields; other columns are ignored.
    fields : mapping of str to str, optional
        The kind of each column that is compared, one of `fields.KINDS`; by default those of `DEFAULT_FIELDS` that the
        records have.
    id_column : str
        Unique key of a record, a text.
    decisions : pandas.DataFrame, optional
        What people decided: `account_key_a`, `account_key_b`, `decision` (`confirmed` or `denied`). Always wins;
        decisions on records that are not there are ignored.
    match_threshold, review_threshold : float
        Probability from which on a pair is one person, and from which on it is shown.
    max_group_size : int
        Most records of one person, at least 2.
    conflict_fields : sequence of str
        Fields in which two records of a person do not differ clearly; those that are not compared are ignored.
    conflict_probability : float
        Two records that contradict each other in such a field are in one group only where their own evidence, the
        contradiction included, is more probable than this; a chain over others does not do. With 1 they never are.
        A field that differs in more than a tenth of the pairs of one person, as learned, contradicts nobody.
    seed : int
        Draws the random pairs that chance agreement is learned from.
    threads : int, optional
        Threads of the database that compares; None takes all.

    Returns
    -------
    Matching

    Raises
    ------
    ValueError
        If the key is missing or not unique, a field is not there or of no known kind, a threshold lies outside 0 to 1,
        or a decision is neither.
    """
    frame = records.to_pandas() if isinstance(records, pa.Table) else records
    kinds = _checked_kinds(frame, fields, id_column)
    if not 0 < review_threshold <= match_threshold <= 1:
        raise ValueError(
            "review_threshold and match_threshold must rise between 0 and 1, "
            f"not {review_threshold} and {match_threshold}."
        )
    if max_group_size < 2:
        raise ValueError(f"max_group_size must be at least 2, not {max_group_size}.")
    frame = frame[[id_column, *kinds]].sort_values(id_column, kind="stable", ignore_index=True)
    keys = frame[id_column].astype(str).to_numpy(dtype=object)
    confirmed, denied = _decided(decisions, keys)
    table = pa.Table.from_pandas(frame[list(kinds)].astype("string"), preserve_index=False)
    table = table.append_column("record_number", pa.array(np.arange(1, len(keys) + 1), type=pa.int32()))

    with duckdb.connect(config={"threads": threads} if threads else {}) as connection:
        scored, used, outcome = None, {}, "no_records"
        contradicting, too_loose = [], []
        if len(keys) > 1:
            names = normalise_records(connection, table, kinds)
            used = {name: kinds[name] for name in names}
            outcome = "no_fields"
        if used:
            scores = score_pairs(connection, used, seed)
            outcome = scores.outcome
            scored = scores.pairs.to_pandas()
            for name in conflict_fields:
                if name in used:
                    is_loose = scores.differing_share[name] > _MOST_DIFFERING
                    (too_loose if is_loose else contradicting).append(name)
        if scored is None:
            scored = pd.DataFrame(columns=["left_number", "right_number", "match_weight", "match_probability"])
        scored = scored[scored["match_probability"] >= review_threshold]
        strong = scored[scored["match_probability"] >= match_threshold]
        strong = strong.sort_values(
            ["match_weight", "left_number", "right_number"], ascending=[False, True, True], kind="stable"
        )
        grouping = group_records(
            zip(strong["left_number"].tolist(), strong["right_number"].tolist(), strict=True),
            confirmed,
            denied,
            max_group_size,
            _Conflicts(connection, used, contradicting, strong, conflict_probability),
        )
    pairs = _described(scored, used, match_threshold, grouping.group_of, grouping.refused, confirmed, denied, keys)
    sizes: dict[int, int] = {}
    for group in grouping.group_of.values():
        sizes[group] = sizes.get(group, 0) + 1
    in_group = sorted(record for record, group in grouping.group_of.items() if sizes[group] > 1)
    groups = pd.DataFrame(
        {
            "account_key": [keys[record - 1] for record in in_group],
            "group_key": [keys[grouping.group_of[record] - 1] for record in in_group],
        },
        dtype=object,
    )
    detail = [_OUTCOMES[outcome]]
    detail += [f"Records of one person differ in {name} too often for it to keep any apart." for name in too_loose]
    return Matching(pairs, groups, outcome, " ".join(detail))


def match_pairs(records: pa.Table | pd.DataFrame, **settings: Any) -> pd.DataFrame:
    """Return the pairs of `match_accounts` with its `outcome` and `detail` on every row; arguments are the same."""
    found = match_accounts(records, **settings)
    return found.pairs.assign(outcome=found.outcome, detail=found.detail)


def _checked_kinds(frame: pd.DataFrame, fields: Mapping[str, str] | None, id_column: str) -> dict[str, str]:
    if id_column not in frame.columns:
        raise ValueError(f"records have no column `{id_column}`: name their key by id_column.")
    if frame[id_column].isna().any() or frame[id_column].duplicated().any():
        raise ValueError(f"records need a key of their own each: `{id_column}` is empty or repeated.")
    if fields is None:
        fields = {name: kind for name, kind in DEFAULT_FIELDS.items() if name in frame.columns}
    for name, kind in fields.items():
        if name not in frame.columns:
            raise ValueError(f"records have no column `{name}`, which fields names.")
        if kind not in KINDS:
            raise ValueError(f"the kind of `{name}` must be one of {', '.join(KINDS)}, not {kind!r}.")
    return dict(fields)


def _decided(decisions: pd.DataFrame | None, keys: np.ndarray) -> tuple[set[Pair], set[Pair]]:
    """Return confirmed and denied pairs by record number; of a pair that is both, the denial counts."""
    decided: dict[str, set[Pair]] = {CONFIRMED: set(), DENIED: set()}
    if decisions is None:
        return decided[CONFIRMED], decided[DENIED]
    number_of = {key: number for number, key in enumerate(keys, start=1)}
    for a, b, decision in decisions[["account_key_a", "account_key_b", "decision"]].itertuples(index=False):
        if decision not in decided:
            raise ValueError(f"a decision is either confirmed or denied, not {decision!r}.")
        if a in number_of and b in number_of and a != b:
            left, right = sorted((number_of[a], number_of[b]))
            decided[decision].add((left, right))
    return decided[CONFIRMED] - decided[DENIED], decided[DENIED]


class _Conflicts:
    """Tells which pairs differ clearly where no two records of a person do, without evidence that outweighs it."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        kinds: Mapping[str, str],
        names: Sequence[str],
        strong: pd.DataFrame,
        probability: float,
    ) -> None:
        self.connection = connection
        outweighed = strong[strong["match_probability"] > probability]
        pairs = zip(outweighed["left_number"].tolist(), outweighed["right_number"].tolist(), strict=True)
        conditions = []
        for name in names:
            alike = " or ".join(f"({level.condition})" for level in levels(name, kinds) if level.condition)
            conditions.append(f'("{name}_l" is not null and "{name}_r" is not null and not ({alike}))')
        self.condition = " or ".join(conditions)
        self.columns = ", ".join(f'{side}."{name}" as "{name}_{side}"' for name in kinds for side in ("l", "r"))
        self.known: dict[Pair, bool] = dict.fromkeys(pairs, False)

    def __call__(self, pairs: list[Pair]) -> set[Pair]:
        if not self.condition:
            return set()
        unknown = [pair for pair in pairs if pair not in self.known]
        if unknown:
            values = ", ".join(f"({left}, {right})" for left, right in unknown)
            rows = self.connection.execute(
                f"select left_number, right_number, {self.condition} from ("
                f"select left_number, right_number, {self.columns}"
                f" from (values {values}) as pair (left_number, right_number)"
                " inner join records as l on l.record_number = left_number"
                " inner join records as r on r.record_number = right_number)"
            ).fetchall()
            self.known.update({(left, right): bool(conflict) for left, right, conflict in rows})
        return {pair for pair in pairs if self.known[pair]}


def _described(
    scored: pd.DataFrame,
    kinds: Mapping[str, str],
    match_threshold: float,
    group_of: Mapping[int, int],
    refused: Mapping[Pair, str],
    confirmed: set[Pair],
    denied: set[Pair],
    keys: np.ndarray,
) -> pd.DataFrame:
    """Return the pairs with status and reason."""
    reasons = _reasons(scored, kinds)
    found = {
        (left, right): (weight, probability, reason)
        for left, right, weight, probability, reason in zip(
            scored["left_number"].tolist(),
            scored["right_number"].tolist(),
            scored["match_weight"].tolist(),
            scored["match_probability"].tolist(),
            reasons,
            strict=True,
        )
    }
    rows = []
    for pair in sorted({*found, *confirmed, *denied}):
        weight, probability, reason = found.get(pair, (None, None, "decided by hand"))
        together = group_of.get(pair[0], -1) == group_of.get(pair[1], -2)
        if pair in denied:
            status = DENIED
        elif pair in confirmed:
            status = CONFIRMED if together else REJECTED
        elif together:
            status = MATCHED
        elif pair in refused or probability >= match_threshold:
            status = REJECTED
        else:
            status = REVIEW
        if status == REJECTED:
            reason = f"{reason}; kept apart: {refused[pair]}"
        group = keys[group_of[pair[0]] - 1] if together else None
        rows.append((keys[pair[0] - 1], keys[pair[1] - 1], status, weight, probability, reason, group))
    frame = pd.DataFrame(rows, columns=list(PAIR_COLUMNS))
    texts = dict.fromkeys(("account_key_a", "account_key_b", "status", "reason", "group_key"), "string")
    return frame.astype({**texts, "match_weight": "float64", "match_probability": "float64"})


def _reasons(scored: pd.DataFrame, kinds: Mapping[str, str]) -> list[str]:
    """Return for each pair which fields agree, nearly agree, differ or are missing."""
    if scored.empty:
        return []
    names = list(kinds)
    patterns, which = np.unique(scored[[f"level_{name}" for name in names]].to_numpy(), axis=0, return_inverse=True)
    outcomes = {name: [level.outcome for level in levels(name, kinds)] for name in names}
    order = [AGREES, NEARLY, SWAPPED, SIMILAR, DIFFERS, MISSING]
    texts = []
    for pattern in patterns.tolist():
        by_outcome: dict[str, list[str]] = {}
        for name, level in zip(names, pattern, strict=True):
            by_outcome.setdefault(MISSING if level < 0 else outcomes[name][level], []).append(name)
        texts.append("; ".join(f"{word}: {', '.join(by_outcome[word])}" for word in order if word in by_outcome))
    return [texts[number] for number in which.ravel().tolist()]
