"""Who is in another segment than before, and what became of the segments."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from strate.diff.builds import SIDES, Pair
from strate.segment_keys.matching import Overlap, match_clusters

CLUSTER, NOISE = "cluster", "cluster_noise"
LEAST_OVERLAP, MERGED_SHARE = 0.3, 0.5


@dataclass(frozen=True)
class SegmentChange:
    """What became of a segment.

    Attributes
    ----------
    key, name : str
        Of head; of base where the segment has ended.
    base_key : str, optional
        The segment that it continues: the same key, or the cluster of base that shares most with it.
    event : str
        `kept`, `born`, `gone`, or `merged` (gone, with half of its customers or more in the segment `into`).
    base_count, head_count : int
        Customers.
    is_too_small : bool
        Whether it is there in head with fewer customers than the minimum.
    was_too_small : bool
        The same of base.
    into : str, optional
    """

    key: str
    name: str
    base_key: str | None
    event: str
    base_count: int
    head_count: int
    is_too_small: bool
    was_too_small: bool
    into: str | None = None


@dataclass(frozen=True)
class Flow:
    """Customers from one segment of base to one of head; no key and no name where they are not there."""

    from_key: str | None
    from_name: str | None
    to_key: str | None
    to_name: str | None
    is_move: bool
    customer_count: int
    revenue: float | None


@dataclass(frozen=True)
class SegmentationChange:
    """One segmentation in both builds.

    Attributes
    ----------
    name : str
    state : str
        `both`, or `added` or `removed`: only head or only base has it.
    common_count : int
        Customers who are in it in both builds.
    moved_count, came_count, left_count : int
        Of these in another segment; only in head; only in base.
    revenue, moved_revenue : float, optional
        Revenue of the customers who are in both, and of those who moved, as head knows it. None without orders.
    segments : list of SegmentChange
    flows : list of Flow
        Largest first.
    """

    name: str
    state: str
    common_count: int
    moved_count: int
    came_count: int
    left_count: int
    revenue: float | None
    moved_revenue: float | None
    segments: list[SegmentChange]
    flows: list[Flow]

    @property
    def moved_share(self) -> float:
        """Share of those in both builds who are in another segment, 0 to 1."""
        return self.moved_count / self.common_count if self.common_count else 0.0

    @property
    def moved_revenue_share(self) -> float | None:
        """Share of the revenue of those in both builds, 0 to 1; None where there is none to share."""
        return self.moved_revenue / self.revenue if self.revenue and self.revenue > 0 else None


def compare_segments(pair: Pair, min_size: int) -> list[SegmentationChange]:
    """Compare each segmentation of two builds at the latest date of either.

    Segments of rules are the same where their keys are. Clusters are matched by the customers that they share, as two
    builds that know nothing of each other number them as they like.

    Parameters
    ----------
    pair : Pair
    min_size : int
        Customers that a segment has at least.

    Returns
    -------
    list of SegmentationChange
        By name.
    """
    flows = defaultdict(list)
    for segmentation, *flow in pair.rows(_flows_sql(pair)):
        flows[segmentation].append(tuple(flow))
    names = {side: defaultdict(dict) for side in SIDES}
    for side in SIDES:
        for segmentation, key, name in pair.rows(
            f"select segmentation, segment_key, segment_name from {{{side}.segments}}"
        ):
            names[side][segmentation][key] = name or key
    states = {(True, True): "both", (False, True): "added", (True, False): "removed"}
    return [
        _compare(
            name,
            states[name in names["base"], name in names["head"]],
            flows[name],
            {side: names[side].get(name, {}) for side in SIDES},
            min_size,
        )
        for name in sorted({*names["base"], *names["head"]})
    ]


def _flows_sql(pair: Pair) -> str:
    has_revenue = {side: "revenue" in pair.columns[side]["customer_features"] for side in SIDES}

    def revenues(side: str) -> str:
        value = "revenue" if has_revenue[side] else "cast(null as double)"
        return f"""
            select customer_id, {value} as revenue from {{{side}.customer_features}}
            where as_of_date = (select max(as_of_date) from {{{side}.customer_features}})
        """

    return f"""
        select
            segmentation,
            base.segment_key,
            head.segment_key,
            count(*),
            cast(sum(cast(coalesce(of_head.revenue, of_base.revenue) as decimal(38, 6))) as double)
        from {{base.customer_segments}} as base
        full join {{head.customer_segments}} as head using (segmentation, customer_id)
        left join ({revenues("base")}) as of_base using (customer_id)
        left join ({revenues("head")}) as of_head using (customer_id)
        group by all
        order by all
    """


def _compare(
    name: str, state: str, rows: list[tuple], names: dict[str, dict[str, str]], min_size: int
) -> SegmentationChange:
    sizes = {"base": defaultdict(int), "head": defaultdict(int)}
    for from_key, to_key, count, _ in rows:
        if from_key is not None:
            sizes["base"][from_key] += count
        if to_key is not None:
            sizes["head"][to_key] += count
    names = {side: {key: names[side].get(key, key) for key in sizes[side]} for side in SIDES}
    continued = _match(name, rows, sizes)
    flows = sorted(
        (
            Flow(
                start,
                names["base"].get(start),
                end,
                names["head"].get(end),
                None not in (start, end) and continued.get(end) != start,
                count,
                revenue,
            )
            for start, end, count, revenue in rows
        ),
        key=lambda flow: (-flow.customer_count, flow.from_key or "", flow.to_key or ""),
    )
    common = [flow for flow in flows if flow.from_key is not None and flow.to_key is not None]
    moved = [flow for flow in common if flow.is_move]
    return SegmentationChange(
        name=name,
        state=state,
        common_count=sum(flow.customer_count for flow in common),
        moved_count=sum(flow.customer_count for flow in moved),
        came_count=sum(flow.customer_count for flow in flows if flow.from_key is None),
        left_count=sum(flow.customer_count for flow in flows if flow.to_key is None),
        revenue=_total(common),
        moved_revenue=None if _total(common) is None else _total(moved) or 0.0,
        segments=_segments(flows, continued, sizes, names, min_size),
        flows=flows,
    )


def _match(name: str, rows: list[tuple], sizes: dict[str, dict[str, int]]) -> dict[str, str]:
    """Return the segment of base that each segment of head continues, where there is one."""
    if name != CLUSTER:
        return {key: key for key in sizes["head"] if key in sizes["base"]}
    # The noise is no cluster: it stands first, as `Overlap` has it, and is itself on both sides.
    before, after = ([NOISE, *sorted(set(sizes[side]) - {NOISE})] for side in SIDES)
    shared = np.zeros((len(before), len(after)), dtype="int64")
    for start, end, count, _ in rows:
        if start is not None and end is not None:
            shared[before.index(start), after.index(end)] += count
    is_same = np.array([[start == end for end in after] for start in before], dtype="float64")
    overlap = Overlap(np.arange(len(before)), np.arange(len(after)), shared, is_same)
    matched = match_clusters(overlap, LEAST_OVERLAP, overlap.before[1:], overlap.after[1:])
    return {after[end]: before[start] for end, start in matched.items()} | {NOISE: NOISE}


def _segments(
    flows: list[Flow],
    continued: dict[str, str],
    sizes: dict[str, dict[str, int]],
    names: dict[str, dict[str, str]],
    min_size: int,
) -> list[SegmentChange]:
    changes = []
    for key, size in sorted(sizes["head"].items()):
        base_key = continued.get(key) if continued.get(key) in sizes["base"] else None
        before = sizes["base"][base_key] if base_key else 0
        changes.append(
            SegmentChange(
                key,
                names["head"][key],
                base_key,
                "kept" if base_key else "born",
                before,
                size,
                is_too_small=key != NOISE and size < min_size,
                was_too_small=base_key is not None and key != NOISE and before < min_size,
            )
        )
    taken = {change.base_key for change in changes}
    for key, size in sorted(sizes["base"].items()):
        if key in taken:
            continue
        goals = [flow for flow in flows if flow.from_key == key and flow.to_key is not None]
        into = goals[0].to_key if goals and goals[0].customer_count >= MERGED_SHARE * size else None
        changes.append(
            SegmentChange(
                key,
                names["base"][key],
                key,
                "merged" if into else "gone",
                size,
                0,
                is_too_small=False,
                was_too_small=key != NOISE and size < min_size,
                into=into,
            )
        )
    return changes


def _total(flows: list[Flow]) -> float | None:
    known = [flow.revenue for flow in flows if flow.revenue is not None]
    return float(np.round(sum(known), 6)) if known else None
