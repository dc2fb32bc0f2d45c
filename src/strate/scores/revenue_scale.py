"""What a typical buyer spends in the horizon: the measure by which expected revenue becomes a part of a score."""

import pandas as pd


def revenue_scale(sample: pd.DataFrame) -> float | None:
    """Return the mean revenue of buyers in the last horizon that is over, None where nobody bought in one.

    Parameters
    ----------
    sample : pandas.DataFrame
        With `as_of_date`, `outcome_known_on` (null where the horizon is not over) and `future_revenue`.
    """
    over = sample[sample["outcome_known_on"].notna() & (sample["future_revenue"].astype("float64") > 0)]
    last = over[over["as_of_date"] == over["as_of_date"].max()]
    return float(last["future_revenue"].mean()) if len(last) else None
