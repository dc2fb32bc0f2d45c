"""Missing values: learned on a sample, the method chosen by masking known values, applied to all in pieces.

`impute_customers` is the one call a dbt model makes.
"""

from strate.imputation.impute import impute_customers
from strate.imputation.pieces import read_in_pieces

__all__ = ["impute_customers", "read_in_pieces"]
