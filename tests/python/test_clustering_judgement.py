"""What becomes of the chosen clustering: noise, merges, what its clusters explain, and how it is stored."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_blobs

import strate.clustering
from strate.clustering import load_clustering

FEATURES = ["revenue", "order_count"]
CENTERS = np.array([[0.0, 0.0], [12.0, 0.0], [0.0, 12.0], [12.0, 12.0]])

fit_clustering = partial(
    strate.clustering.fit_clustering,
    transform="none",
    clip_quantile=0,
    n_resamples=5,
    n_null_draws=3,
    evidence_rows=300,
)


def blobs(n: int = 800, seed: int = 1) -> pd.DataFrame:
    X, truth = make_blobs(n, centers=CENTERS, cluster_std=0.8, random_state=seed)
    return pd.DataFrame(X, columns=FEATURES).assign(customer_id=[f"c{i:05d}" for i in range(n)], truth=truth)


def facts(artifacts: pd.DataFrame) -> dict:
    rows = artifacts[artifacts["record_type"] == "model"].set_index("name")
    return rows["value"].where(rows["detail"].isna(), rows["detail"]).to_dict()


def of_clusters(artifacts: pd.DataFrame, name: str) -> pd.Series:
    rows = artifacts[(artifacts["record_type"] == "cluster") & (artifacts["name"] == name)]
    return rows.set_index("cluster_id")["value"]


def merges(artifacts: pd.DataFrame, name: str) -> list:
    rows = artifacts[(artifacts["record_type"] == "merge") & (artifacts["name"] == name)].sort_values("prototype_id")
    return rows["value"].where(rows["detail"].isna(), rows["detail"]).tolist()


@pytest.mark.parametrize("algorithm", ["dbscan", "hdbscan"])
def test_noise_stays_noise_through_the_artifacts(algorithm):
    frame = blobs()
    strays = pd.DataFrame(
        {"customer_id": ["s1", "s2", "s3"], "revenue": [6.0, 60.0, -40.0], "order_count": [6.0, 60.0, 5.0]}
    )
    artifacts = fit_clustering(
        pd.concat([frame, strays]), features=FEATURES, algorithms=[algorithm], min_cluster_share=0.05
    )
    assert facts(artifacts)["k"] == 4
    stored = artifacts.sample(frac=1, random_state=3)
    clusters = load_clustering(stored).predict(pd.concat([frame, strays]))
    assert (clusters.iloc[-2:] == 0).all()
    assert (clusters.iloc[: len(frame)] == 0).mean() < 0.05
    assert (
        pd.crosstab(frame["truth"], clusters.iloc[: len(frame)].to_numpy())
        .drop(columns=0, errors="ignore")
        .gt(0)
        .sum()
        .sum()
        == 4
    )
    assert set(of_clusters(artifacts, "size").index) == {1, 2, 3, 4}


def test_halves_of_a_cloud_that_pay_alike_are_one_cluster_again():
    frame = blobs()
    paid = np.random.RandomState(5).normal(size=len(frame)) + 10 * frame["truth"]
    artifacts = fit_clustering(frame.assign(outcome_revenue=paid), features=FEATURES, min_clusters=6, max_clusters=6)
    assert facts(artifacts)["k"] == 4
    assert merges(artifacts, "reason") == ["adds_no_value", "adds_no_value"]
    clusters = load_clustering(artifacts).predict(frame)
    assert pd.crosstab(frame["truth"], clusters).gt(0).sum().sum() == 4
    candidate = artifacts[(artifacts["record_type"] == "candidate") & (artifacts["name"] == "silhouette")]
    assert candidate["k"].tolist() == [4]  # measured anew, so that gates judge what customers get
    assert candidate["value"].iloc[0] > 0.7


def test_a_cut_that_tells_who_pays_more_stays():
    frame = blobs()
    side = frame["revenue"] - CENTERS[frame["truth"], 0]
    artifacts = fit_clustering(frame.assign(outcome_revenue=side), features=FEATURES, min_clusters=6, max_clusters=6)
    assert facts(artifacts)["k"] > 4


def test_each_cluster_says_what_it_adds_and_whether_it_comes_back():
    frame = blobs()
    paid = frame["truth"].map({0: 0.0, 1: 0.0, 2: 50.0, 3: 100.0}) + np.random.RandomState(2).normal(size=len(frame))
    artifacts = fit_clustering(frame.assign(outcome_revenue=paid), frame.assign(next_revenue=paid), features=FEATURES)
    recovery, adds = of_clusters(artifacts, "recovery"), of_clusters(artifacts, "revenue_adds")
    assert (recovery == 1).all()
    truth = frame.groupby(load_clustering(artifacts).predict(frame).to_numpy())["truth"].first()
    by_truth = pd.Series(adds.to_numpy(), index=truth.loc[adds.index].to_numpy())
    assert by_truth[[2, 3]].min() > 0.05
    assert by_truth[[0, 1]].max() < 0.01
    assert facts(artifacts)["next_revenue_explained"] > 0.8
    assert facts(artifacts)["surrogate_fidelity"] > 0.95


def test_no_clusters_is_an_outcome_of_its_own():
    cloud = pd.DataFrame(np.random.RandomState(0).uniform(size=(400, 2)), columns=FEATURES)
    artifacts = fit_clustering(
        cloud.assign(customer_id=range(400)), features=FEATURES, algorithms=["hdbscan"], min_cluster_share=0.4
    )
    assert facts(artifacts)["outcome"] == "no_clusters"
    assert np.isnan(facts(artifacts)["k"])
    assert artifacts["model_version"].str.startswith("none-").all()
    assert set(artifacts["record_type"]) <= {"model", "feature", "candidate"}
    assert load_clustering(artifacts).predict(cloud).isna().all()


def test_levels_of_a_nominal_column_set_clusters_apart():
    frame = blobs(400).assign(truth=0)
    frame[FEATURES] = np.random.RandomState(3).normal(size=(400, 2))
    for number, level in enumerate(("fr", "be", "ch")):
        frame[f"country_is_{level}"] = (np.arange(400) % 3 == number).astype(float)
    artifacts = fit_clustering(
        frame, features=FEATURES[:1], indicators=[f"country_is_{level}" for level in ("fr", "be", "ch")], max_clusters=4
    )
    clusters = load_clustering(artifacts).predict(frame)
    assert pd.crosstab(np.arange(400) % 3, clusters).gt(0).sum(axis=1).max() <= 2


def test_pictures_have_their_curves():
    artifacts = fit_clustering(blobs(), features=FEATURES, algorithms=["ward", "dbscan"], max_clusters=5)
    tree = artifacts[artifacts["record_type"] == "merge_tree"].pivot(
        index="prototype_id", columns="name", values="value"
    )
    assert tree["height"].is_monotonic_increasing
    curve = artifacts[artifacts["record_type"] == "k_distance"].sort_values("prototype_id")["value"]
    assert len(curve) <= 200
    assert curve.is_monotonic_increasing
