"""Fourth part of the baseline: RFM, value tiers, lifecycle, K-means, and what sets each segment apart."""

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import davies_bouldin_score, silhouette_score

VALUE_TIERS = {"top": 0.5, "high": 0.8, "medium": 0.95}
NEW_DAYS, ACTIVE_DAYS, LAPSED_DAYS = 90, 120, 365
CLUSTER_FEATURES = ["recency_days", "order_count", "average_order_value", "session_count", "campaign_open_share"]
CLIP_QUANTILE = 0.001
CLUSTER_COUNTS = range(2, 9)
SILHOUETTE_TOLERANCE = 0.02
LEAST_CLUSTER_SHARE = 0.01
SAMPLE_SIZE, SILHOUETTE_SAMPLE_SIZE = 50_000, 10_000
STARTS = 10
SEED = 7
PROFILE_FEATURES = [
    "recency_days",
    "order_count",
    "revenue",
    "revenue_365_days",
    "average_order_value",
    "average_days_between_orders",
    "return_share",
    "discount_share",
    "category_count",
    "session_count",
    "days_since_last_session",
    "engaged_minutes",
    "session_conversion_share",
    "cart_abandonment_share",
    "mobile_share",
    "campaign_open_share",
    "campaign_click_share",
    "age_years",
    "annual_income",
    "survey_price_score",
    "survey_quality_score",
    "survey_novelty_score",
    "survey_convenience_score",
]


def rfm(features: pd.DataFrame) -> pd.Series:
    """Return the RFM class of every customer; the scores are fifths of the buyers, equal values share a score."""
    buyers = features.loc[features["order_count"] > 0, ["recency_days", "order_count", "revenue"]]

    def score(values: pd.Series) -> pd.Series:
        shares = values.rank(method="max", pct=True)
        cuts = [values[shares >= fifth / 5].min() for fifth in range(1, 5)]
        return sum((values > cut).astype(int) for cut in cuts) + 1

    r, f, m = score(-buyers["recency_days"]), score(buyers["order_count"]), score(buyers["revenue"])
    worth = (f + m + 1) // 2
    classes = {
        "champions": (r == 5) & (worth >= 4),
        "loyal": (r >= 3) & (worth >= 4),
        "new_customers": (r >= 4) & (f == 1),
        "potential_loyalists": (r >= 4) & (worth == 3),
        "promising": r >= 4,
        "need_attention": (r == 3) & (worth == 3),
        "about_to_sleep": r == 3,
        "cannot_lose": worth >= 4,
        "at_risk": worth == 3,
    }
    names = np.select(list(classes.values()), [f"rfm_{name}" for name in classes], "rfm_hibernating")
    return pd.Series(names, index=buyers.index).reindex(features.index, fill_value="rfm_never_bought")


def value_tiers(features: pd.DataFrame) -> pd.Series:
    """Return the value tier of every customer, by the share of revenue that better customers carry."""
    revenue = features.loc[features["revenue"] > 0, "revenue"]
    carried = revenue.groupby(revenue).sum().sort_index(ascending=False)
    share_above = revenue.map((carried.cumsum() - carried) / carried.sum())
    tiers = np.select(
        [share_above < share for share in VALUE_TIERS.values()], [f"value_{t}" for t in VALUE_TIERS], "value_low"
    )
    return pd.Series(tiers, index=revenue.index).reindex(features.index, fill_value="value_none")


def lifecycle(features: pd.DataFrame) -> pd.Series:
    """Return the lifecycle stage of every customer."""
    stages = {
        "never_bought": features["order_count"] == 0,
        "new": features["days_since_first_order"] <= NEW_DAYS,
        "lapsed": features["recency_days"] > LAPSED_DAYS,
        "cooling": features["recency_days"] > ACTIVE_DAYS,
        "reactivated": features["last_order_gap_days"] > LAPSED_DAYS,
    }
    names = np.select(list(stages.values()), [f"lifecycle_{s}" for s in stages], "lifecycle_active")
    return pd.Series(names, index=features.index)


def clusters(features: pd.DataFrame, least_size: int) -> pd.Series:
    """Return the K-means cluster of every customer; `least_size` is that of the smallest cluster in the sample.

    The number of clusters is the smallest within a tolerance of the best silhouette, as in Strate.
    """
    X = features[CLUSTER_FEATURES].astype("float64")
    sample = X.sample(min(SAMPLE_SIZE, len(X)), random_state=SEED)
    fill = sample.median()
    fill["recency_days"] = sample["recency_days"].max()
    logs = np.log1p(sample.fillna(fill).clip(lower=0))
    lower, upper = (
        logs.quantile(CLIP_QUANTILE, interpolation="higher"),
        logs.quantile(1 - CLIP_QUANTILE, interpolation="lower"),
    )
    clipped = logs.clip(lower, upper, axis=1)
    center, deviation = clipped.median(), clipped.std(ddof=0)
    robust = (clipped.quantile(0.75) - clipped.quantile(0.25)) / 1.349
    scale = robust.where((robust >= deviation / 2) & (robust <= deviation), deviation)
    train = ((clipped - center) / scale).to_numpy()

    least_size = max(least_size, int(np.ceil(LEAST_CLUSTER_SHARE * len(train))))
    fits = []
    for k in CLUSTER_COUNTS:
        model = KMeans(k, n_init=STARTS, random_state=SEED).fit(train)
        silhouette = silhouette_score(
            train, model.labels_, sample_size=min(SILHOUETTE_SAMPLE_SIZE, len(train)), random_state=SEED
        )
        davies_bouldin_score(train, model.labels_)
        fits.append((silhouette, np.bincount(model.labels_).min(), model))
    eligible = [fit for fit in fits if fit[1] >= least_size] or fits
    best = max(silhouette for silhouette, _, _ in eligible)
    model = next(model for silhouette, _, model in eligible if silhouette >= best - SILHOUETTE_TOLERANCE)
    everybody = np.log1p(X.fillna(fill).clip(lower=0)).clip(lower, upper, axis=1)
    labels = model.predict(((everybody - center) / scale).to_numpy()) + 1
    return "cluster_" + pd.Series(labels, index=features.index).astype("str")


def segment_tables(features: pd.DataFrame, memberships: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the size of each segment, and the mean and median of features in it beside the mean of all."""
    keys = ["segmentation", "segment_key"]
    sizes = memberships.groupby(keys, as_index=False).size().rename(columns={"size": "customer_count"})
    sizes["customer_share"] = sizes["customer_count"] / len(features)
    values = features[PROFILE_FEATURES].astype("float64")
    mean, deviation = values.mean(), values.std()
    profiles = []
    for segmentation, members in memberships.groupby("segmentation"):
        segment = members.set_index("customer")["segment_key"].reindex(values.index)
        groups = values.groupby(segment.to_numpy())
        profile = (
            pd.concat(
                {
                    "known_count": groups.count().stack(),
                    "segment_mean": groups.mean().stack(),
                    "segment_median": groups.median().stack(),
                },
                axis=1,
            )
            .rename_axis(["segment_key", "feature"])
            .reset_index()
        )
        profile["population_mean"] = profile["feature"].map(mean)
        difference = profile["segment_mean"] - profile["population_mean"]
        profile["standardised_difference"] = difference / profile["feature"].map(deviation)
        profiles.append(profile.assign(segmentation=segmentation))
    return sizes, pd.concat(profiles, ignore_index=True)
