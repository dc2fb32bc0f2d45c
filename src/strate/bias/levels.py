"""Levels of a group as a report shows them: the small ones together, as nobody may be told by their number."""

import pandas as pd

from strate.disclosure import hidden_levels

UNKNOWN = "unknown"


def shown_levels(sizes: pd.Series, minimum: int) -> dict[str, str]:
    """Say under which level each level of a group stands in reports.

    Levels that `hidden_levels` hides stand together, under their names joined: what they sum up to is the total less
    the others, and known anyway. `unknown` stands by itself, as its number is what the group's own column misses.

    Parameters
    ----------
    sizes : pandas.Series of int
        Customers of each level, by its name.
    minimum : int
        Least customers of a level that stands by itself.

    Returns
    -------
    dict of str to str
    """
    names = sorted(sizes.index)
    known = [name for name in names if name != UNKNOWN]
    hidden = hidden_levels(sizes[known].to_numpy(dtype="int64"), minimum)
    together = [name for name, is_hidden in zip(known, hidden, strict=True) if is_hidden]
    return {name: ", ".join(together) if name in together else name for name in names}


def level_counts(cells: pd.DataFrame, groups: list[str], minimum: int) -> pd.DataFrame:
    """Return the cells with each group's levels as reports show them.

    Parameters
    ----------
    cells : pandas.DataFrame
        Has `customer_count` and for each group the column `level_<group>`; a null level is `unknown`.
    groups : list of str
    minimum : int
        See `shown_levels`.

    Returns
    -------
    pandas.DataFrame
    """
    cells = cells.copy()
    for group in groups:
        column = f"level_{group}"
        cells[column] = cells[column].astype(object).where(cells[column].notna(), UNKNOWN)
        cells[column] = cells[column].map(shown_levels(cells.groupby(column)["customer_count"].sum(), minimum))
    return cells
