"""Score matching on people with known answers, and time it on synthetic ones: bench/identity/run.py --people 100000."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
from known_people import KNOWN, known_people

from strate.identity import DEFAULT_FIELDS, match_accounts


def synthetic_people(count: int, seed: int = 7) -> tuple[pd.DataFrame, pd.Series]:
    """Return records of people, a fifth of them a second time with other contacts and slips, and who each is."""
    rng = np.random.default_rng(seed)
    persons = int(count / 1.2)
    person = np.concatenate([np.arange(persons), rng.choice(persons, count - persons, replace=False)])
    is_second = np.arange(count) >= persons
    syllables = np.array(
        [a + b for a in "bdfgklmnprstvw" for b in ("a", "e", "i", "o", "ou", "an", "er")], dtype=object
    )

    def names(pieces: int, distinct: int) -> np.ndarray:
        pool = syllables[rng.integers(0, len(syllables), (distinct, pieces))].sum(axis=1)
        share = 1 / np.arange(1, distinct + 1) ** 0.8
        return pool[rng.choice(distinct, persons, p=share / share.sum())]

    first, last = names(2, 3_000)[person], names(3, 60_000)[person]
    born = (np.datetime64("1940-01-01") + rng.integers(0, 24_000, persons))[person].astype(str).astype(object)
    postal_code = rng.integers(1_000, 96_000, persons)[person].astype(str).astype(object)
    city = names(3, 20_000)[person]
    slip = rng.random(count)
    email = first + "." + last + rng.integers(1, 99, persons)[person].astype(str).astype(object) + "@mail.example"
    email[is_second & (slip < 0.7) | (rng.random(count) < 0.1)] = None
    phone = rng.integers(600_000_000, 799_999_999, persons)[person].astype(str).astype(object)
    phone[is_second & (slip > 0.3)] = None
    swapped = is_second & (rng.random(count) < 0.03)
    first[swapped], last[swapped] = last[swapped], first[swapped]
    misspelt = np.flatnonzero(is_second & (rng.random(count) < 0.1))
    last[misspelt] = [name[:2] + name[3:] for name in last[misspelt]]
    mistyped = np.flatnonzero(is_second & (rng.random(count) < 0.05))
    born[mistyped] = [day[:8] + day[9] + day[8] for day in born[mistyped]]
    moved = np.flatnonzero(is_second & (rng.random(count) < 0.2))
    postal_code[moved] = postal_code[rng.permutation(moved)]
    records = pd.DataFrame(dict(zip(DEFAULT_FIELDS, (first, last, born, email, phone, postal_code, city), strict=True)))
    records["account_key"] = [f"crm:{number:08d}" for number in range(count)]
    return records, pd.Series(person)


def report(name: str, records: pd.DataFrame, truth: pd.Series, **settings: object) -> None:
    """Match, and print how many pairs in one group are one person, how many of these were found, and the time."""
    started, used = time.perf_counter(), time.process_time()
    matching = match_accounts(records, **settings)
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    keys = records["account_key"]
    group = keys.map(matching.groups.set_index("account_key")["group_key"]).fillna(keys)

    def pairs(*columns: pd.Series) -> float:
        sizes = pd.concat([column.reset_index(drop=True) for column in columns], axis=1).value_counts()
        return float((sizes * (sizes - 1) / 2).sum())

    both, found, real = pairs(group, truth), pairs(group), pairs(truth)
    print(
        f"{name:<12}{len(records):>9} records  F1 {2 * both / max(found + real, 1):.4f}"
        f"  precision {both / max(found, 1):.4f}  recall {both / max(real, 1):.4f}"
        f"  {seconds:.1f} s  {cpu:.1f} s of CPU"
    )


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000, help="synthetic records; 0 for none")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    folder = Path(os.environ.get("STRATE_DATA", "../shared/data")) / "identity"
    for name in KNOWN if folder.exists() else ():
        records, truth, settings = known_people(folder, name)
        report(name.split("_")[-1], records, truth, **settings, threads=arguments.threads)
    if not folder.exists():
        print(f"{folder} is not there: STRATE_DATA names the folder of the real data.")
    if arguments.people:
        records, truth = synthetic_people(arguments.people)
        report("synthetic", records, truth, threads=arguments.threads)


if __name__ == "__main__":
    main()
