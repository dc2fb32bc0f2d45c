"""What is foretold, and when there is too little to learn it from."""

from collections.abc import Mapping

import pandas as pd

from strate.scores.propensity.rules import PAST_RATE_COLUMNS
from strate.scores.propensity.splits import Labelled

TARGETS: Mapping[str, str] = {"purchase": "has_bought", "click": "has_clicked", "churn": "has_churned"}
"""Column of the outcome of each."""

LEAST_CUSTOMERS = 100
SCORED = "scored"
NOT_BETTER = "not_better_than_past_rate"
"""On the test date; so it may be where the only training date is of another season."""


def outcome_of(sample: pd.DataFrame, parted: Labelled, target: str, min_positives: int) -> str:
    """Return `scored`, or why the past rate stands in for a model.

    Returns
    -------
    str
        `input_off`: neither outcome nor past rate is known of anybody. `no_past_horizon`: no horizon was over by a date
        whose own horizon is over. `too_few_customers`: fewer than 100 to learn from or to be judged by.
        `too_few_positives`, `too_few_negatives`: fewer than `min_positives` of them.
    """
    if sample[list(PAST_RATE_COLUMNS[target])].isna().all(axis=None):
        return "input_off"
    if not (sample["outcome_known_on"] > sample["as_of_date"]).any():
        return "no_past_horizon"
    if len(parted.everything) and not len(parted.training):
        return "no_past_horizon"
    sides = [parted.training, parted.test]
    if min(side["customer_id"].nunique() for side in sides) < LEAST_CUSTOMERS:
        return "too_few_customers"
    outcome = TARGETS[target]
    if min(side[outcome].astype("float64").sum() for side in sides) < min_positives:
        return "too_few_positives"
    if min((1 - side[outcome].astype("float64")).sum() for side in sides) < min_positives:
        return "too_few_negatives"
    return SCORED
