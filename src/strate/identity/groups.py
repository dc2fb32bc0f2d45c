"""Groups of records that are one person, by the strongest pairs first, guarded against running together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

MATCHED, CONFIRMED, REJECTED = "matched", "confirmed", "rejected"

Pair = tuple[int, int]


@dataclass
class Grouping:
    """What became of records and pairs.

    Parameters
    ----------
    group_of : dict of int to int
        Group of each record that any pair names: the smallest record number in it.
    refused : dict of pair to str
        Pairs that a guard kept apart, and why.
    """

    group_of: dict[int, int] = field(default_factory=dict)
    refused: dict[Pair, str] = field(default_factory=dict)


def group_records(
    matches: Iterable[Pair],
    confirmed: Iterable[Pair],
    denied: Iterable[Pair],
    max_size: int,
    conflicts: Callable[[list[Pair]], set[Pair]],
) -> Grouping:
    """Join pairs to groups: what was confirmed, then matches from the strongest on, each if no guard objects.

    A match is refused where the group would grow beyond the limit, where a pair was denied or contradicts itself, and
    where it alone would hold two groups of two or more together. What was confirmed heeds denials only.

    Parameters
    ----------
    matches : iterable of pair
        Pairs of record numbers, the smaller first, from the strongest to the weakest.
    confirmed, denied : iterables of pair
        What people decided. Where both lead to one group, the denial wins.
    max_size : int
        Most records in a group, unless more were confirmed.
    conflicts : callable
        Returns those of a list of pairs that cannot be one person.
    """
    apart, exempt = set(denied), set(confirmed)
    decided = sorted(exempt)
    ordered = [pair for pair in matches if pair not in apart and pair not in exempt]
    grouping = Grouping()
    members: dict[int, list[int]] = {}
    root: dict[int, int] = {}
    links: dict[int, dict[int, int]] = {}
    for left, right in [*decided, *ordered]:
        for record in (left, right):
            if record not in root:
                root[record], members[record], links[record] = record, [record], {}
        links[left][right] = links[left].get(right, 0) + 1
        links[right][left] = links[right].get(left, 0) + 1
    foes: dict[int, set[int]] = {}
    for left, right in apart:
        foes.setdefault(left, set()).add(right)
        foes.setdefault(right, set()).add(left)

    def objection(pair: Pair, a: int, b: int) -> str | None:
        if any(foe in foes.get(record, ()) for record in members[a] for foe in members[b]):
            return "a pair of the two groups was denied"
        if pair in exempt:
            return None
        if len(members[a]) + len(members[b]) > max_size:
            return f"the group would have more than {max_size} accounts"
        if min(len(members[a]), len(members[b])) > 1 and links[a][b] == 1:
            return "it alone would hold two groups together"
        across = [(min(x, y), max(x, y)) for x in members[a] for y in members[b]]
        if conflicts([other for other in across if other not in exempt]):
            return "accounts of the two groups contradict each other"
        return None

    for pair in [*decided, *ordered]:
        a, b = root[pair[0]], root[pair[1]]
        if a == b:
            continue
        reason = objection(pair, a, b)
        if reason is not None:
            grouping.refused[pair] = reason
            continue
        if len(members[a]) < len(members[b]):
            a, b = b, a
        for record in members[b]:
            root[record] = a
        members[a] += members.pop(b)
        for other, count in links.pop(b).items():
            del links[other][b]
            if other != a:
                links[a][other] = links[a].get(other, 0) + count
                links[other][a] = links[a][other]
    # A pair that was refused while its groups were small may be inside one after all: other pairs joined them.
    grouping.refused = {pair: why for pair, why in grouping.refused.items() if root[pair[0]] != root[pair[1]]}
    for group in members.values():
        smallest = min(group)
        grouping.group_of.update(dict.fromkeys(group, smallest))
    return grouping
