"""CDNOW: who bought what in 1997 and 1998, as `score_value` reads it."""

from pathlib import Path

import pandas as pd

FILE = "cdnow/cdnow_master.parquet"
# Customers of the sample that Fader, Hardie and Lee (2005) publish parameters for. Where it came from they do not say.
SAMPLE = Path(__file__).with_name("cdnow_sample.txt")


def purchase_days(data: Path) -> pd.DataFrame:
    """Return `customer_id`, `date` and `amount` of each day with a purchase, from the folder of the real data."""
    rows = pd.read_parquet(data / FILE)
    return rows.groupby(["customer_id", "date"], as_index=False)["amount"].sum()


def published_sample(data: Path) -> pd.DataFrame:
    """Return the days of the 2,357 customers of the published sample."""
    days = purchase_days(data)
    return days[days["customer_id"].isin(SAMPLE.read_text().split())]


def histories(days: pd.DataFrame, date: str, horizon_days: int, latest: str) -> pd.DataFrame:
    """Return what was known of each customer at the end of a date, and what they did after it if that is over.

    Parameters
    ----------
    days : pandas.DataFrame
        `customer_id`, `date` and `amount` of each day with a purchase.
    date, latest : str
        The date, and the last one of which anything is known.
    horizon_days : int
        How far to look ahead.

    Returns
    -------
    pandas.DataFrame
        The columns that `score_value` reads, and some features.
    """
    now, end = pd.Timestamp(date), pd.Timestamp(date) + pd.Timedelta(days=horizon_days)
    known = days[days["date"] <= now]
    known = known.assign(first=known.groupby("customer_id")["date"].transform("min"))
    by = known.groupby("customer_id")
    frame = pd.DataFrame({"first": by["date"].min(), "last": by["date"].max(), "order_count": by.size()})
    frame["repeat_count"] = frame["order_count"] - 1
    frame["clv_recency_days"] = (frame["last"] - frame["first"]).dt.days
    frame["customer_age_days"] = (now - frame["first"]).dt.days
    frame["recency_days"] = (now - frame["last"]).dt.days
    frame["revenue"] = by["amount"].sum()
    repeated = known[known["date"] > known["first"]]
    frame["mean_repeat_value"] = repeated.groupby("customer_id")["amount"].mean()
    for length in (30, 90):
        recent = known[known["date"] > now - pd.Timedelta(days=length)].groupby("customer_id")["amount"]
        frame[f"revenue_{length}_days"] = recent.sum()
        frame[f"order_count_{length}_days"] = recent.size()
    frame["average_order_value"] = frame["revenue"] / frame["order_count"]
    frame = frame.fillna({name: 0 for name in frame if name.endswith("_days")})
    is_over = end <= pd.Timestamp(latest)
    after = days[(days["date"] > now) & (days["date"] <= end)].groupby("customer_id")["amount"]
    frame["future_revenue"] = after.sum().reindex(frame.index).fillna(0) if is_over else float("nan")
    frame["future_purchase_count"] = after.size().reindex(frame.index).fillna(0) if is_over else float("nan")
    frame["outcome_known_on"] = end if is_over else pd.NaT
    frame["as_of_date"] = now
    frame["is_latest"] = date == latest
    return frame.drop(columns=["first", "last"]).rename_axis("customer_id").reset_index()
