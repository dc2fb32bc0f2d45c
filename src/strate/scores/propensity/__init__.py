"""Whether a customer will buy, click or leave, learned from those whose horizon is over.

`fit_propensity` is the one call a dbt model makes.
"""

from strate.scores.propensity.fit import fit_propensity

__all__ = ["fit_propensity"]
