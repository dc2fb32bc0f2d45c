"""Alerts on simulated days: silence where nothing happens, falls within the stated delay, one row an event."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom, poisson

from performance_world import START, World
from strate.alerts import find_alerts
from strate.alerts.limits import rate_scores
from strate.alerts.metrics import COLUMNS, METRICS
from strate.alerts.settings import AlertSettings

WARM_UP = AlertSettings().warm_up_days
EFFECTIVE_COUNT = 1500
"""The count, over its noise, that a window holds which finds a fall of a fifth: docs/alerts.md states it."""


def events(rows: pd.DataFrame, **settings: object) -> pd.DataFrame:
    found = find_alerts(rows, settings)
    return found[found["record_type"] == "event"].drop(columns=["record_type", "status"])


def days_after(dates: pd.Series, first: int) -> np.ndarray:
    """Return the number of each date's day, 1 for the day `first`."""
    return (dates - START).dt.days.to_numpy() - first + 1


STABLE = {
    "weekday, season and growth": World(seed=12, segments=20, season=0.3, growth=0.2),
    "small segments": World(seed=13, segments=20, scale=0.05),
    "monthly dates": World(seed=15, segments=20, spacing=30),
}
HARSH = {
    "wild days": World(seed=22, segments=20, tail=4, dispersion=0.02),
    "days that remember, and share moods": World(
        seed=24, segments=20, correlation=0.6, dispersion=0.05, common=0.3, tail=6
    ),
}


def days_with_alerts(world: World) -> tuple[int, int, int]:
    """Return on how many days an alert begins, on how many one is open, and how many days are judged."""
    found = events(world.rows())
    is_open = np.zeros(world.days, dtype=bool)
    ends = found["recovered_on"].fillna(START + pd.Timedelta(days=world.days))
    for begin, end in zip(found["detected_on"], ends, strict=True):
        is_open[(begin - START).days : (end - START).days] = True
    return found["detected_on"].nunique(), int(is_open.sum()), world.days - WARM_UP


def test_stable_days_carry_few_alerts() -> None:
    """At most a day in twenty has an alert that begins or goes on; in each world, one that begins."""
    counts = {name: days_with_alerts(world) for name, world in STABLE.items()}
    assert all(begun <= 0.05 * judged for begun, _, judged in counts.values()), counts
    assert sum(is_open for _, is_open, _ in counts.values()) <= 0.05 * sum(days for *_, days in counts.values()), counts


@pytest.mark.parametrize("name", HARSH)
def test_days_harsher_than_the_model_begin_few_alerts(name: str) -> None:
    begun, _, judged = days_with_alerts(HARSH[name])
    assert begun <= 0.05 * judged


@pytest.fixture(scope="module")
def fallen() -> tuple[World, pd.DataFrame, pd.DataFrame]:
    """Sessions and sizes of some segments fall by a fifth for forty days, those of one for good."""
    segments = range(0, 24, 4)
    planted = [(what, segment, 560, 600, 0.8) for what in ("sessions", "size") for segment in segments]
    planted[4] = ("sessions", 16, 560, 720, 0.8)
    world = World(seed=33, segments=24, season=0.1, dispersion=0.002, planted=planted)
    rows = world.rows()
    return world, rows, events(rows)


def test_a_fall_by_a_fifth_is_found_within_the_stated_delay_and_closed(fallen) -> None:
    world, rows, found = fallen
    before = rows[rows["activity_date"].between(*(START + pd.Timedelta(days=day) for day in (500, 559)))]
    counts = before.groupby("segment_key")["session_count"].mean()
    effective = counts / (1 + world.dispersion * counts)
    delays = set()
    for segment in range(0, 24, 4):
        key = f"s{segment:02d}"
        windows = [window for window in AlertSettings().windows if effective[key] * window >= EFFECTIVE_COUNT]
        if not windows:
            continue
        delays.add(windows[0])
        one = found[(found["segment_key"] == key) & (found["metric"] == "session_count") & (found["kind"] == "fall")]
        assert len(one) == 1, key  # not a row for each day, nor a second one for the same fall
        assert 1 <= days_after(one["detected_on"], 560)[0] <= windows[0], key
        assert days_after(one["detected_on"], 560)[0] >= days_after(one["started_on"], 560)[0]
        if segment == 16:
            assert one["outcome"].item() == "new_level"
        else:
            assert one["outcome"].item() == "recovered"
            assert 0 <= days_after(one["recovered_on"], 600)[0] <= 28
    assert delays >= {7, 28}  # the segments are large and small


def test_a_step_of_size_is_found_at_its_date(fallen) -> None:
    _, _, found = fallen
    sizes = found[(found["metric"] == "customer_count") & (found["kind"] == "fall")]
    assert sorted(sizes["segment_key"]) == [f"s{segment:02d}" for segment in range(0, 24, 4)]
    assert set(days_after(sizes["detected_on"], 560)) == {1}
    assert (sizes["outcome"] == "recovered").all()
    assert np.allclose(sizes["effect"], -0.2, atol=0.03)


def test_limits_hold_what_was_found_outside(fallen) -> None:
    _, _, found = fallen
    # The least improbable figure of a day lies on its limit.
    is_fall = found["observed"] <= found["lower_limit"] * (1 + 1e-9)
    is_rise = found["observed"] >= found["upper_limit"] * (1 - 1e-9)
    assert (is_fall == (found["kind"] == "fall")).all()
    assert (is_rise == (found["kind"] == "rise")).all()
    assert (found["lower_limit"] <= found["expected"]).all()
    assert (found["q_value"] <= AlertSettings().false_discovery_rate).all()


def test_later_days_and_the_order_of_rows_change_no_event(fallen) -> None:
    """What was told stays told: a build of a month later has the same events, some of them ended."""
    _, rows, found = fallen
    until = START + pd.Timedelta(days=590)
    earlier = events(rows[rows["activity_date"] <= until].sample(frac=1, random_state=5))
    same = found[found["detected_on"] <= until].reset_index(drop=True)
    fixed = [name for name in earlier.columns if name not in ("last_seen_on", "recovered_on", "outcome")]
    pd.testing.assert_frame_equal(earlier[fixed].reset_index(drop=True), same[fixed])
    assert (earlier["outcome"] == "open").any()


def test_small_counts_get_honest_p_values() -> None:
    """However few are expected, a score is exceeded no more often than a normal variable exceeds it."""
    least = AlertSettings().min_count
    laws = [(1.0, mean, poisson(mean)) for mean in (0.5, 2.0, 8.0, 40.0)]
    # Of counts that scatter more only such are judged as are worth so many that do not.
    laws += [(3.0, mean, nbinom(mean / 2, 1 / 3)) for mean in (3 * least, 10 * least)]
    counts = np.arange(600.0)
    for noise, mean, law in laws:
        scores = rate_scores(counts, *(np.full(600, value) for value in (mean, 1e6, noise)))
        for limit, share in ((2.326, 0.01), (3.09, 0.001)):
            assert law.pmf(counts)[scores > limit].sum() <= 1.5 * share, (mean, noise)
            assert law.pmf(counts)[scores < -limit].sum() <= 1.5 * share, (mean, noise)


def status(rows: pd.DataFrame) -> dict[str, set[str]]:
    found = find_alerts(rows)
    assert (found["record_type"] == "series").all()
    return found.groupby("metric")["status"].agg(set).to_dict()


def test_what_cannot_be_judged_has_a_name() -> None:
    world = World(days=300, segments=3, seed=41, planted=[("orders", segment, 0, 300, 0.0) for segment in range(3)])
    rows = world.rows()
    tracking = ["session_count", "converting_session_count", "engaged_minutes", "conversion_rate"]
    rows[[*tracking, "engaged_minutes_per_session"]] = None
    told = status(rows)
    assert told["session_count"] == told["conversion_rate"] == {"input_off"}
    assert told["order_count"] == {"no_activity"}
    assert told["open_rate"] == {"judged"}
    assert status(world.rows().query("activity_date < '2023-05-01'"))["session_count"] == {"too_short_history"}
    tiny = World(days=300, segments=1, seed=42, scale=0.0005).rows()
    assert status(tiny)["order_count"] <= {"too_few_counts", "no_activity"}
    assert find_alerts(rows.head(0)).empty
    # A table is made of it, whose columns have the same types whether anything was found or not.
    assert (find_alerts(rows.head(0)).dtypes == find_alerts(rows.head(9)).dtypes).all()
    with pytest.raises(ValueError, match="two of 2023-01-02"):
        find_alerts(pd.concat([rows, rows.head(1)]))
    with pytest.raises(ValueError, match="entry_count are missing"):
        find_alerts(rows.drop(columns="entry_count"))
    with pytest.raises(ValueError, match="alert_windows"):
        AlertSettings(windows=[7, 1])


def test_a_segment_that_ends_and_one_that_comes_are_no_error() -> None:
    rows = World(days=260, segments=6, seed=43).rows()
    late, early = rows["activity_date"] > "2023-08-20", rows["segment_key"]
    rows = rows[~((early == "s00") & late) & ~((early == "s01") & ~late)]
    found = events(rows)
    gone = found[(found["segment_key"] == "s00") & (found["metric"] == "customer_count")]
    assert gone["effect"].tolist() == [-1.0]
    assert "s01" not in set(found["segment_key"])


def test_a_segmentation_that_was_not_made_at_a_date_has_not_fallen() -> None:
    rows = World(days=260, segments=6, seed=44, spacing=7).rows()
    dates = sorted(rows["as_of_date"].unique())
    is_left_out = (rows["segmentation"] == "value") & (rows["as_of_date"] == dates[20])
    longer = rows[is_left_out].assign(as_of_date=dates[19], entry_count=0, exit_count=0)
    sizes = rows[(rows["segmentation"] == "value") & (rows["as_of_date"] == dates[19])]
    sizes = sizes.drop_duplicates("segment_key").set_index("segment_key")["customer_count"]
    longer["customer_count"] = longer["segment_key"].map(sizes)
    found = events(pd.concat([rows[~is_left_out], longer]))
    assert found.empty


def test_every_metric_is_a_column_that_is_read() -> None:
    assert {metric.name for metric in METRICS} <= set(COLUMNS)
    assert set(COLUMNS) <= set(World(days=2, segments=1).rows().columns)
