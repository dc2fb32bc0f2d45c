"""Levels of a group as a report shows them: the small ones together, as nobody may be told by their number."""

import pandas as pd

from strate.disclosure import UNKNOWN, hidden_levels


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


def level_sizes(cells: pd.DataFrame, groups: list[str]) -> dict[str, pd.Series]:
    """Return for each group how many customers each level has; a null level is `unknown`.

    Parameters
    ----------
    cells : pandas.DataFrame
        Has `customer_count` and for each group the column `level_<group>`.
    groups : list of str
    """
    return {group: cells.groupby(_known(cells[f"level_{group}"]))["customer_count"].sum() for group in groups}


def with_shown_levels(cells: pd.DataFrame, groups: list[str], minimum: int) -> pd.DataFrame:
    """Return the cells with each group's levels as reports show them: see `shown_levels`.

    Parameters
    ----------
    cells : pandas.DataFrame
        See `level_sizes`.
    groups : list of str
    minimum : int
    """
    sizes = level_sizes(cells, groups)
    return cells.assign(
        **{
            f"level_{group}": _known(cells[f"level_{group}"]).map(shown_levels(sizes[group], minimum))
            for group in groups
        }
    )


def _known(levels: pd.Series) -> pd.Series:
    return levels.astype(object).where(levels.notna(), UNKNOWN)
