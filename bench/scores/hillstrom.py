"""Hillstrom: who visited the shop within two weeks of an e-mail, as `fit_propensity` reads it."""

from pathlib import Path

import pandas as pd

from strate.scores.propensity.splits import customer_groups

FILE = "hillstrom/hillstrom.parquet"
FEATURES = ("recency_months", "spent_last_year", "bought_mens", "bought_womens", "is_new")
CATEGORIES = ("area", "channel", "e_mail")


def mailed(data: Path) -> pd.DataFrame:
    """Return the customers who got an e-mail, a third of them as if of a later date.

    There was one mailing, so time cannot part who is learned from and who is held out; the hash of the id does.
    """
    rows = pd.read_parquet(data / FILE)
    rows = rows[rows["segment"] != "No E-Mail"].reset_index(drop=True)
    frame = pd.DataFrame({"customer_id": "h" + rows["row_id"].astype(str)})
    # Another hash than that of folds, of which one would be empty.
    is_held_out = customer_groups(("held out " + frame["customer_id"]).tolist()) == 0
    first, second = pd.Timestamp("2008-03-01"), pd.Timestamp("2008-03-15")
    frame["as_of_date"] = pd.Series(first, index=frame.index).where(~is_held_out, second)
    frame["outcome_known_on"] = frame["as_of_date"] + pd.Timedelta(days=14)
    frame["is_latest"] = is_held_out
    frame["has_clicked"] = rows["visit"] == 1
    frame["recency_months"] = rows["recency"]
    frame["spent_last_year"] = rows["history"]
    frame["bought_mens"], frame["bought_womens"], frame["is_new"] = rows["mens"], rows["womens"], rows["newbie"]
    frame["area"], frame["channel"], frame["e_mail"] = rows["zip_code"], rows["channel"], rows["segment"]
    frame["campaign_sent_count"] = frame["campaign_clicked_count"] = 0  # no earlier mailing is in the file
    frame["days_since_last_campaign_click"] = frame["future_revenue"] = frame["engagement_score"] = float("nan")
    return frame
