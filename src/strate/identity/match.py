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
from strate.identity.groups import CONFIRMED, MATCHED, REJECTED, Groups, Pair
from strate.identity.scoring import normalise_records, score_pairs
from strate.progress import track

DENIED, REVIEW = "denied", "review"
_MOST_DIFFERING = 0.1  # of a person's pairs: a field that differs more often contradicts nobody
PAIR_COLUMNS = (
    *("account_key_a", "account_key_b", "status", "match_weight", "match_probability", "reason", "group_key"),
    "known_from",
)
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
        from 0 to 1, `reason`, and `group_key` where both are in one group, from the date `known_from` on.
        Of several versions of two records the evidence is the strongest there ever was. Weights are null for decisions
        on pairs that were no candidates.
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
    date_column: str | None = None,
    blocking_rules: Sequence[Sequence[str]] = (),
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

    Where records have dates, weights are learned from those of the first date. Pairs are compared and groups are joined
    date by date, so that nothing that came later changes what is known at a date; what was joined once stays so.

    Parameters
    ----------
    records : pyarrow.Table or pandas.DataFrame
        One row per account, with `id_column` and the fields; other columns are ignored.
    fields : mapping of str to str, optional
        The kind of each column that is compared, one of `fields.KINDS`; by default those of `DEFAULT_FIELDS` that the
        records have.
    id_column : str
        Key of a record, a text: unique, together with the date if there are any.
    date_column : str, optional
        The date from which on a record is current; at a later date another one of the same key takes its place.
    blocking_rules : sequence of sequences of str
        Fields of each rule: pairs are compared that agree in all fields of a rule. Without any, pairs that share one of
        the many keys of `blocking.block_keys`.
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
        If the key is missing or not unique, a field is not there or of no known kind, a rule names another field, a
        threshold lies outside 0 to 1, or a decision is neither.
    """
    frame = records.to_pandas() if isinstance(records, pa.Table) else records
    kinds = _checked_kinds(frame, fields, id_column, date_column)
    for rule in blocking_rules:
        if not rule or set(rule) - set(kinds):
            raise ValueError(f"a blocking rule must name fields that are compared, not {list(rule)}.")
    if not 0 < review_threshold <= match_threshold <= 1:
        raise ValueError(
            "review_threshold and match_threshold must rise between 0 and 1, "
            f"not {review_threshold} and {match_threshold}."
        )
    if max_group_size < 2:
        raise ValueError(f"max_group_size must be at least 2, not {max_group_size}.")
    frame, keys, dates = _numbered(frame, kinds, id_column, date_column)
    confirmed, denied = _decided(decisions, keys)
    table = pa.Table.from_pandas(frame[list(kinds)].astype("string"), preserve_index=False)
    for name in ("record_number", "date_number", "until_number"):
        table = table.append_column(name, pa.array(frame[name].to_numpy(), type=pa.int32()))

    with duckdb.connect(config={"threads": threads} if threads else {}) as connection:
        scored, used, outcome = None, {}, "no_records"
        contradicting, too_loose = [], []
        if len(keys) > 1:
            names = normalise_records(connection, table, kinds)
            used = {name: kinds[name] for name in names}
            outcome = "no_fields"
        if used:
            scores = score_pairs(connection, used, seed, blocking_rules)
            outcome = scores.outcome
            scored = scores.pairs.to_pandas()
            for name in conflict_fields:
                if name in used:
                    is_loose = scores.differing_share[name] > _MOST_DIFFERING
                    (too_loose if is_loose else contradicting).append(name)
        if scored is None:
            scored = pd.DataFrame(columns=["left_number", "right_number", "match_weight", "match_probability"])
        scored = _of_accounts(scored[scored["match_probability"] >= review_threshold], frame)
        groups = Groups(denied, max_group_size)
        conflicts = _Conflicts(connection, used, contradicting, conflict_probability)
        together: dict[Pair, int] = {}
        waiting = {*confirmed, *zip(scored["left_number"].tolist(), scored["right_number"].tolist(), strict=True)}
        first_date = frame.groupby("account_number")["date_number"].min().to_dict()
        for date in track(range(1, len(dates) + 1), "Matching, dates"):
            strong = scored[(scored["date_number"] == date) & (scored["match_probability"] >= match_threshold)]
            strong = strong.sort_values(
                ["match_weight", "left_number", "right_number"], ascending=[False, True, True], kind="stable"
            )
            conflicts.go_to(date, frame, strong)
            groups.join(
                zip(strong["left_number"].tolist(), strong["right_number"].tolist(), strict=True),
                [pair for pair in confirmed if max(first_date[pair[0]], first_date[pair[1]]) == date],
                conflicts,
            )
            joined = {pair for pair in waiting if groups.are_together(pair)}
            together.update(dict.fromkeys(joined, date))
            waiting -= joined
    known_from = {pair: dates[date - 1] for pair, date in together.items()}
    strongest = scored.sort_values(["match_weight", "date_number"], ascending=[False, True], kind="stable")
    strongest = strongest.drop_duplicates(["left_number", "right_number"])
    pairs = _described(strongest, used, match_threshold, groups, known_from, confirmed, denied, keys)
    group_of = groups.group_of
    sizes: dict[int, int] = {}
    for group in group_of.values():
        sizes[group] = sizes.get(group, 0) + 1
    in_group = sorted(record for record, group in group_of.items() if sizes[group] > 1)
    grouped = pd.DataFrame(
        {
            "account_key": [keys[record - 1] for record in in_group],
            "group_key": [keys[group_of[record] - 1] for record in in_group],
        },
        dtype=object,
    )
    detail = [_OUTCOMES[outcome]]
    detail += [f"Records of one person differ in {name} too often for it to keep any apart." for name in too_loose]
    return Matching(pairs, grouped, outcome, " ".join(detail))


def match_pairs(records: pa.Table | pd.DataFrame, **settings: Any) -> pd.DataFrame:
    """Return the pairs of `match_accounts` with its `outcome` and `detail` on every row; arguments are the same."""
    found = match_accounts(records, **settings)
    return found.pairs.assign(outcome=found.outcome, detail=found.detail)


def _checked_kinds(
    frame: pd.DataFrame, fields: Mapping[str, str] | None, id_column: str, date_column: str | None
) -> dict[str, str]:
    key = [id_column] if date_column is None else [id_column, date_column]
    for name in key:
        if name not in frame.columns:
            raise ValueError(f"records have no column `{name}`: name it by id_column or date_column.")
    if frame[key].isna().any(axis=None) or frame.duplicated(key).any():
        raise ValueError(f"records need a key of their own each: `{'`, `'.join(key)}` is empty or repeated.")
    if fields is None:
        fields = {name: kind for name, kind in DEFAULT_FIELDS.items() if name in frame.columns}
    for name, kind in fields.items():
        if name not in frame.columns:
            raise ValueError(f"records have no column `{name}`, which fields names.")
        if kind not in KINDS:
            raise ValueError(f"the kind of `{name}` must be one of {', '.join(KINDS)}, not {kind!r}.")
    return dict(fields)


def _numbered(
    frame: pd.DataFrame, kinds: Mapping[str, str], id_column: str, date_column: str | None
) -> tuple[pd.DataFrame, np.ndarray, list[Any]]:
    """Return the records in the order of dates and keys, the keys of accounts, and the dates.

    Each record has its `record_number` and its `account_number`, which is the place of its key, the `date_number` from
    which on it is current and the `until_number` at which another takes its place, all from 1.
    """
    frame = frame[[id_column, *kinds]].assign(date=pd.NaT if date_column is None else frame[date_column])
    keys, dates = np.unique(frame[id_column].astype(str).to_numpy(dtype=object)), [None]
    frame["account_number"] = np.searchsorted(keys, frame[id_column].astype(str).to_numpy(dtype=object)) + 1
    frame["date_number"] = 1
    if date_column is not None:
        dates = sorted(frame["date"].unique())
        frame["date_number"] = frame["date"].rank(method="dense").astype(int)
    frame = frame.sort_values(["date_number", "account_number"], ignore_index=True)
    frame["record_number"] = np.arange(1, len(frame) + 1)
    following = frame.groupby("account_number")["date_number"].shift(-1)
    frame["until_number"] = following.fillna(len(dates) + 1).astype(int)
    return frame, keys, dates


def _of_accounts(scored: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Return pairs of records as pairs of accounts, the smaller first, with the date at which both became current."""
    left, right = (frame.iloc[scored[f"{side}_number"].to_numpy(dtype=int) - 1] for side in ("left", "right"))
    a, b = left["account_number"].to_numpy(), right["account_number"].to_numpy()
    return scored.assign(
        left_number=np.minimum(a, b),
        right_number=np.maximum(a, b),
        date_number=np.maximum(left["date_number"].to_numpy(), right["date_number"].to_numpy()),
    )


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
    """Tells which accounts differ clearly where no two of a person do, without evidence that outweighs it."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        kinds: Mapping[str, str],
        names: Sequence[str],
        probability: float,
    ) -> None:
        self.connection = connection
        self.probability = probability
        conditions = []
        for name in names:
            alike = " or ".join(f"({level.condition})" for level in levels(name, kinds) if level.condition)
            conditions.append(f'("{name}_l" is not null and "{name}_r" is not null and not ({alike}))')
        self.condition = " or ".join(conditions)
        self.columns = ", ".join(f'{side}."{name}" as "{name}_{side}"' for name in kinds for side in ("l", "r"))
        self.known: dict[Pair, bool] = {}  # by numbers of records
        self.outweighed: set[Pair] = set()
        self.current: dict[int, int] = {}

    def go_to(self, date: int, frame: pd.DataFrame, strong: pd.DataFrame) -> None:
        """Take the records that are new at a date, and its strong pairs, beside those of the dates before."""
        new = frame[frame["date_number"] == date]
        self.current.update(zip(new["account_number"].tolist(), new["record_number"].tolist(), strict=True))
        outweighed = strong[strong["match_probability"] > self.probability]
        self.outweighed.update(
            zip(outweighed["left_number"].tolist(), outweighed["right_number"].tolist(), strict=True)
        )

    def __call__(self, pairs: list[Pair]) -> set[Pair]:
        if not self.condition:
            return set()
        records = {
            pair: (self.current[pair[0]], self.current[pair[1]]) for pair in pairs if pair not in self.outweighed
        }
        if unknown := [record_pair for record_pair in records.values() if record_pair not in self.known]:
            values = ", ".join(f"({left}, {right})" for left, right in unknown)
            rows = self.connection.execute(
                f"select left_number, right_number, {self.condition} from ("
                f"select left_number, right_number, {self.columns}"
                f" from (values {values}) as pair (left_number, right_number)"
                " inner join records as l on l.record_number = left_number"
                " inner join records as r on r.record_number = right_number)"
            ).fetchall()
            self.known.update({(left, right): bool(conflict) for left, right, conflict in rows})
        return {pair for pair, record_pair in records.items() if self.known[record_pair]}


def _described(
    scored: pd.DataFrame,
    kinds: Mapping[str, str],
    match_threshold: float,
    groups: Groups,
    known_from: Mapping[Pair, Any],
    confirmed: set[Pair],
    denied: set[Pair],
    keys: np.ndarray,
) -> pd.DataFrame:
    """Return the pairs with status and reason."""
    reasons, group_of, refused = _reasons(scored, kinds), groups.group_of, groups.refused
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
        together = groups.are_together(pair)
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
        rows.append(
            (
                *(keys[pair[0] - 1], keys[pair[1] - 1], status, weight, probability, reason, group),
                known_from.get(pair),
            )
        )
    frame = pd.DataFrame(rows, columns=list(PAIR_COLUMNS))
    texts = dict.fromkeys(("account_key_a", "account_key_b", "status", "reason", "group_key"), "string")
    return frame.astype(
        {**texts, "match_weight": "float64", "match_probability": "float64", "known_from": "datetime64[us]"}
    )


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
