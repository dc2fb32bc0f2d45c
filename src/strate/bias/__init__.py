"""Bias: who is in which segment, how groups differ, and what would balance it.

`report_bias` is the one call a dbt model makes.
"""

from strate.bias.report import report_bias

__all__ = ["report_bias"]
