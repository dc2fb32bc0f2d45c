"""Scores of customers: what they will spend.

`score_value` is the one call a dbt model makes.
"""

from strate.scores.value import score_value, value_columns

__all__ = ["score_value", "value_columns"]
