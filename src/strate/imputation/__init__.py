"""Missing values: learned on a sample, the method chosen by masking known values, applied to all in pieces.

`impute_customers` is the one call a dbt model makes.
"""

from strate.imputation.impute import impute_customers

__all__ = ["impute_customers"]
