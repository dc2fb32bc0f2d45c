"""Scores of customers: what they will spend.

`score_value` is the one call a dbt model makes.
"""

from strate.scores.pieces import read_latest
from strate.scores.value import score_value

__all__ = ["read_latest", "score_value"]
