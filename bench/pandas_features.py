"""Third part of the baseline: the features of all customers at one date."""

import numpy as np
import pandas as pd

WINDOWS = (30, 90, 365)
SURVEY_DIMENSIONS = ("price", "quality", "novelty", "convenience")
DAY_PARTS = ("night", "morning", "afternoon", "evening")
DEVICES = ("mobile", "tablet", "desktop")
CHANNELS = ("email", "sms", "push")
COUNTS = [
    "order_count",
    "revenue",
    *(f"{name}_{days}_days" for name in ("order_count", "revenue", "session_count") for days in WINDOWS),
    "item_count",
    "category_count",
    "session_count",
    "active_day_count",
    "active_day_count_90_days",
    "page_view_count",
    "product_view_count",
    "add_to_cart_count",
    "engaged_minutes",
    "campaign_sent_count",
    "campaign_sent_count_90_days",
    "campaign_opened_count",
    "campaign_clicked_count",
    *(f"{channel}_sent_count" for channel in CHANNELS),
]


def days_before(as_of: pd.Timestamp, dates: pd.Series) -> pd.Series:
    """Return whole days from each date to the as-of date."""
    return (as_of - dates.dt.normalize()).dt.days


def share(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Return part / whole, null where the whole is 0."""
    return part / whole.where(whole != 0)


def purchase_features(lines: pd.DataFrame, orders: pd.DataFrame, customer: np.ndarray, as_of: pd.Timestamp):
    """Return what customers bought by the end of a date; `customer` gives the customer of each account."""
    end = as_of + pd.Timedelta(days=1)
    of_order = customer[orders["account"].to_numpy()]
    known = lines[(of_order[lines["order"]] >= 0) & (lines["booked_at"] < end).to_numpy()]
    is_cancelled = (orders["cancelled_at"] < end).to_numpy()
    net = known["gross"] - known["discount"] - known["returned"]
    booked = known["booked_at"].dt.normalize()
    sums = known[["order", "gross", "discount", "returned", "quantity"]].assign(
        net=net, **{f"net_{days}": net.where(booked > as_of - pd.Timedelta(days=days), 0.0) for days in WINDOWS}
    )
    o = sums.groupby("order").sum()
    o["customer"] = of_order[o.index]
    o["date"] = orders["ordered_at"].dt.normalize().to_numpy()[o.index]
    o["is_cancelled"] = is_cancelled[o.index]
    o["is_purchase"] = ~o["is_cancelled"] & (o["gross"] > 0)
    o["is_cancelled_purchase"] = o["is_cancelled"] & (o["gross"] > 0)

    counted = o.loc[~o["is_cancelled"]].groupby("customer").sum(numeric_only=True)
    f = pd.DataFrame(index=pd.Index(np.unique(o["customer"]), name="customer"))
    p = o[o["is_purchase"]].sort_values(["customer", "date"])
    p["basket"] = p["gross"] - p["discount"]
    gap = p["date"].diff().dt.days
    p["gap"] = gap.where(p["customer"] == p["customer"].shift())
    bought = p.groupby("customer")
    first, last = bought["date"].first(), bought["date"].last()
    f["recency_days"] = (as_of - last).dt.days
    f["days_since_first_order"] = (as_of - first).dt.days
    f["order_count"] = bought.size()
    f["revenue"] = counted["net"]
    for days in WINDOWS:
        late = p[p["date"] > as_of - pd.Timedelta(days=days)]
        f[f"order_count_{days}_days"] = late.groupby("customer").size()
        f[f"revenue_{days}_days"] = counted[f"net_{days}"]
    f["item_count"] = counted["quantity"]
    f["average_order_value"] = bought["basket"].mean()
    is_late = p["date"] > as_of - pd.Timedelta(days=180)
    is_early = ~is_late & (p["date"] > as_of - pd.Timedelta(days=360))
    late_value, early_value = (p[mask].groupby("customer")["basket"].mean() for mask in (is_late, is_early))
    f["average_order_value_growth"] = share(late_value, early_value) - 1
    f["return_share"] = share(counted["returned"], counted["gross"]).mask(counted["returned"] > counted["gross"], 1.0)
    f["discount_share"] = share(counted["discount"], counted["gross"])
    cancelled_count = o.groupby("customer")["is_cancelled_purchase"].sum()
    f["cancellation_share"] = share(cancelled_count, cancelled_count + f["order_count"].fillna(0))
    f["average_days_between_orders"] = share((last - first).dt.days, f["order_count"] - 1)
    f["days_between_orders_deviation"] = bought["gap"].std()
    f["last_order_gap_days"] = bought["gap"].last()

    sold = known[(known["gross"] > 0) & ~is_cancelled[known["order"]]]
    amounts = sold.groupby([of_order[sold["order"]], sold["category"].astype("str")])["gross"].sum().reset_index()
    amounts.columns = ["customer", "category", "gross"]
    amounts["share"] = amounts["gross"] / amounts.groupby("customer")["gross"].transform("sum")
    amounts["entropy"] = -amounts["share"] * np.log(amounts["share"])
    amounts = amounts.sort_values(["customer", "gross", "category"], ascending=[True, False, True])
    by_category = amounts.groupby("customer")
    f["category_count"] = by_category.size()
    f["category_entropy"] = by_category["entropy"].sum()
    f["favourite_category"] = by_category["category"].first()
    f["favourite_category_share"] = by_category["share"].first()
    return f


def engagement_features(sessions: pd.DataFrame, home: pd.Series, customer: np.ndarray, as_of: pd.Timestamp):
    """Return how customers used site and app by the end of a date; `home` is the country of each customer."""
    of_session = customer[sessions["account"].to_numpy()]
    is_known = (of_session >= 0) & (sessions["date"] <= as_of).to_numpy()
    s = sessions[is_known]
    of_session = of_session[is_known]
    hour, date = s["started_at"].dt.hour, s["date"]
    home_country = home.reindex(of_session).to_numpy()
    is_located = s["country_code"].notna().to_numpy() & pd.notna(home_country)
    has_cart, has_purchase = s["add_to_cart"] > 0, s["purchase"] > 0
    rows = {
        "customer": of_session,
        "session_count": s["is_start"],
        "page_view_count": s["page_view"],
        "product_view_count": s["product_view"],
        "add_to_cart_count": s["add_to_cart"],
        "engaged": s["engaged"],
        "has_cart": has_cart,
        "is_abandoned": has_cart & ~has_purchase,
        "has_purchase": has_purchase,
        "is_app": s["platform"].isin(["ios", "android", "app"]),
        "is_weekend": date.dt.dayofweek >= 5,
        "is_abroad": is_located & (s["country_code"].astype("object").to_numpy() != home_country),
        "is_located": is_located,
    }
    rows |= {f"is_{device}": s["device_type"] == device for device in DEVICES}
    rows |= {f"is_{part}": (hour >= 6 * i) & (hour < 6 * i + 6) for i, part in enumerate(DAY_PARTS)}
    rows |= {f"session_count_{days}_days": s["is_start"] & (date > as_of - pd.Timedelta(days=days)) for days in WINDOWS}
    groups = pd.DataFrame(rows).groupby("customer")
    t = groups.sum()
    part_count = groups.size()

    days = pd.DataFrame({"customer": of_session, "date": date}).drop_duplicates()
    kept = ["session_count", *(f"session_count_{days}_days" for days in WINDOWS)]
    f = t[[*kept, "page_view_count", "product_view_count", "add_to_cart_count"]].copy()
    f["days_since_last_session"] = (as_of - days.groupby("customer")["date"].max()).dt.days
    f["active_day_count"] = days.groupby("customer").size()
    f["active_day_count_90_days"] = days[days["date"] > as_of - pd.Timedelta(days=90)].groupby("customer").size()
    f["cart_abandonment_share"] = share(t["is_abandoned"], t["has_cart"])
    f["session_conversion_share"] = t["has_purchase"] / part_count
    f["engaged_minutes"] = t["engaged"] / 60
    for name in (*DEVICES, "app", *DAY_PARTS, "weekend"):
        f[f"{name}_share"] = t[f"is_{name}"] / part_count
    f["abroad_share"] = share(t["is_abroad"], t["is_located"])
    return f


def campaign_features(touches: pd.DataFrame, customer: np.ndarray, as_of: pd.Timestamp):
    """Return how customers took messages by the end of a date."""
    end = as_of + pd.Timedelta(days=1)
    of_touch = customer[touches["account"].to_numpy()]
    is_known = (of_touch >= 0) & (touches["touched_at"] < end).to_numpy()
    t = touches[is_known]
    is_opened, is_clicked = t["opened_at"] < end, t["clicked_at"] < end
    rows = pd.DataFrame(
        {
            "customer": of_touch[is_known],
            "sent": 1,
            "late": t["touched_at"].dt.normalize() > as_of - pd.Timedelta(days=90),
            "bounced": (t["bounced_at"] < end) & ~is_opened,
            "opened": is_opened,
            "clicked": is_clicked,
            "is_unsubscribed": t["unsubscribed_at"] < end,
            "opened_at": t["opened_at"].where(is_opened),
            "clicked_at": t["clicked_at"].where(is_clicked),
        }
    )
    counts = ["sent", "late", "bounced", "opened", "clicked"]
    groups = rows.groupby("customer")
    n = groups[counts].sum()
    f = pd.DataFrame(
        {
            "campaign_sent_count": n["sent"],
            "campaign_sent_count_90_days": n["late"],
            "campaign_opened_count": n["opened"],
            "campaign_clicked_count": n["clicked"],
            "campaign_open_share": share(n["opened"], n["sent"] - n["bounced"]),
            "campaign_click_share": share(n["clicked"], n["sent"] - n["bounced"]),
            "days_since_last_campaign_open": days_before(as_of, groups["opened_at"].max()),
            "days_since_last_campaign_click": days_before(as_of, groups["clicked_at"].max()),
            "is_unsubscribed": groups["is_unsubscribed"].max(),
        }
    )
    for channel in CHANNELS:
        c = rows[(t["channel"] == channel).to_numpy()].groupby("customer")[counts].sum()
        f[f"{channel}_sent_count"] = c["sent"]
        f[f"{channel}_open_share"] = share(c["opened"], c["sent"] - c["bounced"])
        f[f"{channel}_click_share"] = share(c["clicked"], c["sent"] - c["bounced"])
    return f


def profile_features(
    customers: pd.DataFrame,
    orders: pd.DataFrame,
    consents: pd.DataFrame,
    responses: pd.DataFrame,
    areas: pd.DataFrame,
    persons: pd.DataFrame,
    customer: np.ndarray,
    as_of: pd.Timestamp,
):
    """Return who customers were by the end of a date; the first rows of `customers` and `orders` are the newest."""
    end = as_of + pd.Timedelta(days=1)

    def known(frame: pd.DataFrame, time: str) -> pd.DataFrame:
        of_row = customer[frame["account"].to_numpy()]
        is_known = (of_row >= 0) & (frame[time] < end).to_numpy()
        return frame[is_known].assign(customer=of_row[is_known])

    versions = known(customers, "known_at")
    attributes = versions.groupby("customer", sort=False).first()  # of each column the newest that is known
    last_orders = known(orders, "ordered_at").drop_duplicates("customer").set_index("customer")
    f = persons.copy()
    f["is_in_erp"] = f.index.isin(last_orders.index)
    for name in ("gender", "family_status", "household_size", "annual_income", "postal_code"):
        f[name] = attributes[name]
    f["country_code"] = attributes["country_code"]
    f["country_code"] = f["country_code"].fillna(last_orders["country_code"])
    registered = versions[versions["created_at"] < end].groupby("customer")["created_at"].min()
    f["days_since_registered"] = days_before(as_of, registered)

    born = attributes["birth_date"]
    had_birthday = born.dt.month * 100 + born.dt.day <= as_of.month * 100 + as_of.day
    age = as_of.year - born.dt.year - (~had_birthday).astype(int)
    f["age_years"] = age.where(age.between(0, 120))
    bounds, bands = [0, 25, 35, 50, 65, 121], ["under 25", "25 to 34", "35 to 49", "50 to 64", "65 and over"]
    f["age_band"] = pd.cut(f["age_years"], bounds, right=False, labels=bands)

    found = f[["country_code", "postal_code"]].merge(areas, how="left", on=["country_code", "postal_code"])
    for name, column in (("region", "region"), ("area_type", "area_type"), ("area_median_income", "median_income")):
        f[name] = found[column].to_numpy()

    decisions = known(consents[consents["is_marketing"]], "decided_at").drop_duplicates(["customer", "channel"])
    decisions["is_granted"] &= decisions["expires_at"].isna() | (decisions["expires_at"] >= end)
    f["has_marketing_consent"] = decisions.groupby("customer")["is_granted"].min()

    answers = known(responses, "answered_at").dropna(subset=["scaled"])
    by_item = answers.groupby(["dimension", "customer", "question_id"], dropna=False)[["scaled", "item_count"]]
    by_dimension = by_item.agg({"scaled": "mean", "item_count": "max"}).groupby(level=[0, 1])
    scores = by_dimension["scaled"].mean()
    scores = scores[by_dimension["scaled"].size() >= 0.5 * by_dimension["item_count"].max().fillna(1)]
    for dimension in SURVEY_DIMENSIONS:
        f[f"survey_{dimension}_score"] = scores.get(dimension)
    return f.drop(columns="postal_code")


def unprofiled_accounts(consents: pd.DataFrame, customer: np.ndarray, as_of: pd.Timestamp) -> np.ndarray:
    """Return for each account whether its customer refuses to be profiled, over all channels or one, as of a date.

    `customer` has the customer of each account; the first rows of `consents` are the newest.
    """
    end = as_of + pd.Timedelta(days=1)
    decisions = consents[consents["is_profiling"] & (consents["decided_at"] < end)]
    decisions = decisions.assign(customer=customer[decisions["account"].to_numpy()])
    refusing = []
    for channel in decisions["channel"].unique():
        last = decisions[decisions["channel"].isin([channel, "all"])].drop_duplicates("customer")
        is_granted = last["is_granted"] & (last["expires_at"].isna() | (last["expires_at"] >= end))
        refusing.append(last.loc[~is_granted.astype(bool), "customer"])
    refusing_customers = pd.concat(refusing).unique() if refusing else []
    return np.isin(customer, refusing_customers) & (customer >= 0)


def feature_mart(
    profiles: pd.DataFrame, purchases: pd.DataFrame, engagement: pd.DataFrame, campaigns: pd.DataFrame
) -> pd.DataFrame:
    """Put the groups side by side: one row per customer, counts 0 where nothing happened, numbers at six decimals."""
    f = profiles.join([purchases, engagement, campaigns])
    f[COUNTS] = f[COUNTS].fillna(0)
    numbers = f.select_dtypes("float64").columns
    f[numbers] = f[numbers].round(6)
    return f
