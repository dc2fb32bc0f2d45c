"""Stable identity: which segment of today is which segment of before, and what became of the others.

`assign_segment_keys` is the one call a dbt model makes.
"""

from strate.segment_keys.assign import NOISE_KEY, assign_segment_keys

__all__ = ["NOISE_KEY", "assign_segment_keys"]
