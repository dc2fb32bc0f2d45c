"""The methods there are, by name, the simplest first."""

from strate.imputation.median_imputer import MedianImputer
from strate.imputation.neighbour_imputer import NeighbourImputer
from strate.imputation.regression_imputer import RegressionImputer

METHODS = {"median": MedianImputer, "regression": RegressionImputer, "knn": NeighbourImputer}
"""A method is chosen for what it costs too: of equals the first here wins."""
