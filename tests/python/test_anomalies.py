"""Extreme values of the demo: all that the clustering clips is listed, by Python's count, and nothing is changed."""

import numpy as np
import pytest

from strate.clustering.artifacts import read_transformer
from strate.clustering.transforms import apply_transform

from conftest import Project

pytestmark = pytest.mark.build


def test_all_that_the_clustering_clips_is_listed(demo: Project) -> None:
    transformer = read_transformer(demo.query("select * from clustering_fit"))
    customers = demo.query("select * from int_segments__customers")
    listed = demo.query("select * from customer_anomalies where rule = 'clustering_clip'")
    clipped = set()
    for feature, known in transformer.parameters_.iterrows():
        values = apply_transform(customers[feature].to_numpy(dtype=float), transformer.transformation, known["lambda"])
        beyond = (values < known["lower"]) | (values > known["upper"])
        clipped |= {(customer, feature) for customer in customers.loc[beyond, "customer_id"]}
    assert clipped
    assert set(zip(listed["customer_id"], listed["feature"], strict=True)) == clipped


def test_a_winsorised_value_is_its_bound_and_can_be_undone(demo: Project) -> None:
    rows = demo.query(
        """
        select
            features.page_view_count as value,
            prepared.page_view_count as prepared,
            prepared.page_view_count_is_winsorised as is_winsorised,
            anomalies.value as listed_value,
            anomalies.bound,
            anomalies.modified_z_score
        from customer_features as features
        inner join customer_features_prepared as prepared using (customer_id, as_of_date)
        left join customer_anomalies as anomalies
            on
                features.customer_id = anomalies.customer_id
                and features.as_of_date = anomalies.as_of_date
                and anomalies.feature = 'page_view_count'
                and anomalies.rule = 'modified_z_score'
        """
    )
    assert len(rows) == demo.query("select count(*) as n from customer_features")["n"].iloc[0]
    flagged = rows["is_winsorised"]
    assert flagged.any()
    assert (rows.loc[flagged, "prepared"] == rows.loc[flagged, "bound"]).all()
    assert (rows.loc[flagged, "listed_value"] == rows.loc[flagged, "value"]).all()
    assert (rows.loc[flagged, "modified_z_score"].abs() > 3.5).all()
    assert rows.loc[~flagged, "bound"].isna().all()
    kept = rows.loc[~flagged, ["value", "prepared"]].dropna(how="all")
    assert np.array_equal(kept["value"], kept["prepared"])
