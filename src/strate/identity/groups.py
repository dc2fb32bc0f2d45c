"""Groups of records that are one person, by the strongest pairs first, guarded against running together."""

from __future__ import annotations

from collections.abc import Callable, Iterable

MATCHED, CONFIRMED, REJECTED = "matched", "confirmed", "rejected"

Pair = tuple[int, int]


class Groups:
    """Groups that grow date by date, so that what an earlier date joined does not depend on later ones.

    Parameters
    ----------
    denied : iterable of pair
        Pairs of records that people decided to keep apart, whatever else joins them.
    max_size : int
        Most records in a group, unless more were confirmed.
    """

    def __init__(self, denied: Iterable[Pair], max_size: int) -> None:
        self.max_size = max_size
        self._root: dict[int, int] = {}
        self._members: dict[int, list[int]] = {}
        self._links: dict[int, dict[int, int]] = {}  # how many pairs lead from a group to another
        self._counted: set[Pair] = set()
        self._denied = set(denied)
        self._exempt: set[Pair] = set()
        self._foes: dict[int, set[int]] = {}
        self._refused: dict[Pair, str] = {}
        for left, right in self._denied:
            self._foes.setdefault(left, set()).add(right)
            self._foes.setdefault(right, set()).add(left)

    @property
    def group_of(self) -> dict[int, int]:
        """The group of each record that any pair names: the smallest record number in it."""
        smallest = {root: min(group) for root, group in self._members.items()}
        return {record: smallest[root] for record, root in self._root.items()}

    @property
    def refused(self) -> dict[Pair, str]:
        """Pairs that a guard kept apart, and why."""
        # A pair that was refused while its groups were small may be inside one after all: other pairs joined them.
        return {pair: why for pair, why in self._refused.items() if self._root[pair[0]] != self._root[pair[1]]}

    def are_together(self, pair: Pair) -> bool:
        """Whether both records of a pair are in one group."""
        return pair[0] in self._root and self._root[pair[0]] == self._root.get(pair[1])

    def join(
        self, matches: Iterable[Pair], confirmed: Iterable[Pair], conflicts: Callable[[list[Pair]], set[Pair]]
    ) -> None:
        """Join the pairs of a date: what was confirmed, then matches from the strongest on, each if no guard objects.

        A match is refused where the group would grow beyond the limit, where a pair was denied or contradicts itself,
        and where it alone would hold two groups of two or more together. What was confirmed heeds denials only.

        Parameters
        ----------
        matches : iterable of pair
            Pairs of record numbers, the smaller first, from the strongest to the weakest.
        confirmed : iterable of pair
            What people decided. Where both decisions lead to one group, the denial wins.
        conflicts : callable
            Returns those of a list of pairs that cannot be one person.
        """
        decided = sorted(set(confirmed) - self._denied)
        self._exempt |= set(decided)
        ordered = [pair for pair in matches if pair not in self._denied and pair not in self._exempt]
        for pair in [*decided, *ordered]:
            self._count(pair)
        for pair in [*decided, *ordered]:
            a, b = self._root[pair[0]], self._root[pair[1]]
            if a == b:
                continue
            reason = self._objection(pair, a, b, conflicts)
            if reason is None:
                self._merge(a, b)
            else:
                self._refused[pair] = reason

    def _count(self, pair: Pair) -> None:
        for record in pair:
            if record not in self._root:
                self._root[record], self._members[record], self._links[record] = record, [record], {}
        a, b = self._root[pair[0]], self._root[pair[1]]
        if a != b and pair not in self._counted:
            self._links[a][b] = self._links[b][a] = self._links[a].get(b, 0) + 1
        self._counted.add(pair)

    def _objection(self, pair: Pair, a: int, b: int, conflicts: Callable[[list[Pair]], set[Pair]]) -> str | None:
        members = self._members
        if any(foe in self._foes.get(record, ()) for record in members[a] for foe in members[b]):
            return "a pair of the two groups was denied"
        if pair in self._exempt:
            return None
        if len(members[a]) + len(members[b]) > self.max_size:
            return f"the group would have more than {self.max_size} accounts"
        if min(len(members[a]), len(members[b])) > 1 and self._links[a][b] == 1:
            return "it alone would hold two groups together"
        across = [(min(x, y), max(x, y)) for x in members[a] for y in members[b]]
        if conflicts([other for other in across if other not in self._exempt]):
            return "accounts of the two groups contradict each other"
        return None

    def _merge(self, a: int, b: int) -> None:
        if len(self._members[a]) < len(self._members[b]):
            a, b = b, a
        for record in self._members[b]:
            self._root[record] = a
        self._members[a] += self._members.pop(b)
        for other, count in self._links.pop(b).items():
            del self._links[other][b]
            if other != a:
                self._links[a][other] = self._links[other][a] = self._links[a].get(other, 0) + count
