"""Scores of the demo: SQL says what Python predicts, a date is replaced and earlier ones stay until they expire."""

import datetime as dt
import json
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from strate.scores.propensity.scorer import Scorer

from conftest import Project

pytestmark = pytest.mark.build


def test_sql_scores_everybody_as_python_predicts(demo: Project) -> None:
    customers = demo.query(
        """
        select customers.*, scores.* exclude (customer_id, as_of_date, is_latest)
        from int_scores__propensities as scores
        inner join int_scores__rows as customers
            on scores.customer_id = customers.customer_id and scores.as_of_date = customers.as_of_date
        """
    )
    assert len(customers) == len(demo.query("select customer_id from customer_features"))
    estimators = demo.query("select * from propensity_fit where record_type = 'model' and name = 'estimator'")
    assert set(estimators["target"]) == {"purchase", "click", "churn"}
    for fitted in estimators.itertuples():
        predicted = Scorer.from_plain(json.loads(fitted.detail)).predict(customers)
        found = customers[f"{fitted.target}_probability"].astype("float64").to_numpy()
        is_scored = customers["recency_days"].astype("float64").to_numpy() <= 365 if fitted.target == "churn" else True
        assert (~np.isnan(found) == is_scored).all()
        np.testing.assert_allclose(found[is_scored], predicted[is_scored], atol=1e-9)


def test_a_date_is_replaced_and_earlier_ones_stay_until_they_expire(demo: Project, tmp_path: Path) -> None:
    project = Project(tmp_path)
    shutil.copy(demo.database, project.database)
    query = "select * from customer_scores order by as_of_date, customer_id"
    latest = project.query(query)
    date = latest["as_of_date"].max()
    with duckdb.connect(str(project.database)) as connection:
        for days in (400, 30):
            connection.execute(
                f"insert into customer_scores select * replace (as_of_date - {days} as as_of_date)"
                f" from customer_scores where as_of_date = date '{date.date()}'"
            )
        # What an earlier build of the same date said, of somebody who objected since, too.
        connection.execute(f"update customer_scores set composite_score = -1 where as_of_date = date '{date.date()}'")
        connection.execute(
            "insert into customer_scores select * replace (customer_id || '0' as customer_id)"
            f" from customer_scores where as_of_date = date '{date.date()}' limit 1"
        )
    run = project.dbt(
        "run",
        "--full-refresh",
        "--select",
        "int_activity__as_of_dates",
        "customer_scores",
        variables={"retention_days": {"history": 365}},
    )
    assert run.returncode == 0, run.output
    found = project.query(query)
    assert found["as_of_date"].unique().tolist() == [date - dt.timedelta(days=30), date]
    earlier = found[found["as_of_date"] < date].reset_index(drop=True)
    pd.testing.assert_frame_equal(found[found["as_of_date"] == date].reset_index(drop=True), latest)
    pd.testing.assert_frame_equal(earlier.drop(columns="as_of_date"), latest.drop(columns="as_of_date"))
    removed = project.query("select relation, removed_count from retention_runs where class = 'history'")
    assert removed.set_index("relation")["removed_count"]["customer_scores"] == len(latest)
