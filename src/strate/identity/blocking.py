"""Which pairs are compared at all: those that share one of many keys, each key within a budget of pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

_FEWEST_PAIRS = 200_000
_PAIRS_PER_RECORD = 1.0
_ALL_PAIRS_PER_RECORD = 10.0
_LARGEST_BLOCK = 2_000


def block_keys(kinds: Mapping[str, str], rules: Sequence[Sequence[str]] = ()) -> list[str]:
    """Return SQL of keys that two records of one person may share, the most telling first.

    A key is null where a part of it is. Without rules each tolerates another kind of error: names that were swapped or
    misspelt, a birth date with two digits swapped, a household that moved.

    Parameters
    ----------
    kinds : mapping of str to str
        Kind of each field.
    rules : sequence of sequences of str
        The fields of each key, in place of those that come with it; a rule with a field that tells nobody apart is
        passed over.
    """
    if rules:
        told = [rule for rule in rules if all(name in kinds for name in rule)]
        return [" || '|' || ".join(f'"{name}"' for name in rule) for rule in told]
    of = {kind: [f'"{name}"' for name, other in kinds.items() if other == kind] for kind in set(kinds.values())}
    first, last = of.get("first_name", [""])[0], of.get("last_name", [""])[0]
    dates, codes, texts = of.get("date", []), of.get("code", []), of.get("text", [])
    keys = [name for kind in ("identifier", "email", "phone") for name in of.get(kind, [])]
    for email in of.get("email", []):
        keys += [f"nullif(split_part({email}, '@', 1), '')", f"left({email}, 5)"]
    keys += [f"{side}({number}, 6)" for number in of.get("phone", []) for side in ("left", "right")]
    names = [name for name in (first, last) if name]
    for date in dates:
        keys += [f"{name} || '|' || {date}" for name in names]
        keys += [f"{_skeleton(name)} || '|' || left({date}, 4)" for name in names]
        keys += [f"left({name}, 3) || '|' || right({date}, 4)" for name in names]
        keys += [f"left({name}, 3) || '|' || left({date}, 6)" for name in names]
        keys += [f"{date} || '|' || {place}" for place in codes + texts]
    if first and last:
        keys.append(f"least({first}, {last}) || '|' || greatest({first}, {last})")
        keys.append(f"left({first}, 2) || '|' || {_skeleton(last)}")
        keys.append(f"left({last}, 2) || '|' || {_skeleton(first)}")
    for place in codes + texts:
        keys += [f"{name} || '|' || {place}" for name in names]
        keys += [f"left({name}, 2) || '|' || {place}" for name in names]
    # The loosest come last: in small tables there is a budget for them too.
    for date in dates:
        keys += [date, f"left({date}, 6)", f"right({date}, 4)", f"left({date}, 4) || right({date}, 2)"]
    return [
        *keys,
        *names[::-1],
        *codes,
        *texts,
        *(f"nullif(split_part({name}, '@', 2), '')" for name in of.get("email", [])),
    ]


def add_blocked_pairs(connection: duckdb.DuckDBPyConnection, keys: Sequence[str], known_until: int = 0) -> None:
    """Add the pairs to compare to the table `blocked_pairs`.

    Values that the most records share, such as a placeholder, are left out until the key keeps its budget of pairs.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the normalised records of a date in the table `current_records`, numbered by `record_number`.
    keys : sequence of str
        From `block_keys`.
    known_until : int
        Pairs of two records up to this number were compared at an earlier date, and are not added.
    """
    connection.execute("create or replace temp table all_pairs (join_key_l integer, join_key_r integer)")
    count = connection.execute("select count(*) from current_records").fetchall()[0][0]
    budget = max(_FEWEST_PAIRS, int(_PAIRS_PER_RECORD * count))
    left = max(6 * _FEWEST_PAIRS, int(_ALL_PAIRS_PER_RECORD * count))
    for key in keys:
        added = connection.execute(
            f"""
            insert into all_pairs
            with keyed as (
                select record_number, hash({key}) as block_value from current_records where {key} is not null
            ),
            blocks as (
                select block_value, count(*) as record_count from keyed
                group by block_value having count(*) between 2 and {_LARGEST_BLOCK}
            ),
            affordable as (
                select block_value from blocks
                qualify sum(record_count * (record_count - 1) / 2) over (
                    order by record_count, block_value rows unbounded preceding
                ) <= {min(budget, left)}
            ),
            wanted as (
                select keyed.record_number, keyed.block_value
                from keyed inner join affordable on keyed.block_value = affordable.block_value
            )
            select a.record_number, b.record_number
            from wanted as a inner join wanted as b
                on a.block_value = b.block_value and a.record_number < b.record_number
            where b.record_number > {known_until}
            """
        ).fetchall()[0][0]
        left -= added
    connection.execute("insert into blocked_pairs select distinct '0', join_key_l, join_key_r from all_pairs")
    connection.execute("drop table all_pairs")


def _skeleton(name: str) -> str:
    """Return SQL of how a name sounds, roughly: its first letter and the consonants after it, none twice."""
    spelt = f"replace(replace(replace(replace({name}, 'ph', 'f'), 'ck', 'k'), 'c', 'k'), 'z', 's')"
    bare = f"left({name}, 1) || regexp_replace(substr({spelt}, 2), '[aeiouyhw ]', '', 'g')"
    doubled = "bb|dd|ff|gg|kk|ll|mm|nn|pp|rr|ss|tt"
    return f"regexp_replace({bare}, '(?:{doubled})', '', 'g')"
