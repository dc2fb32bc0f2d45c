"""Which features tell something of the label, found twice: by a linear method and by trees."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LassoCV
from sklearn.model_selection import GroupKFold

from strate.scores.propensity.encoder import FeatureEncoder, known_numbers
from strate.scores.propensity.judgement import auc
from strate.scores.propensity.trees import TreeEnsemble, leaf_values

FOLDS = 5
HELD_OUT_SHARE = 1 / 3
REPEATS = 3
MOST_ROWS = 10_000  # of each half of the permutations: more hardly changes which feature matters
BEYOND_NOISE = 2.0  # standard errors
COLUMNS = (
    "feature",
    "is_kept",
    "reason",
    "lasso_rank",
    "lasso_coefficient",
    "permutation_importance",
    "permutation_deviation",
    "single_auc",
)


def select_features(
    frame: pd.DataFrame,
    y: np.ndarray,
    groups: np.ndarray,
    features: Sequence[str],
    categories: Sequence[str] = (),
    seed: int = 7,
) -> pd.DataFrame:
    """Judge each feature and category, and say which to keep and why.

    A feature is kept if either method finds it: a linear one sees what adds a little to everybody, trees see what
    matters only together with something else.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per customer and date of training, with the columns `features` and `categories`.
    y : array of shape (n_rows,)
        The label, 0 or 1.
    groups : array of shape (n_rows,)
        The customer of each row: whoever is learned from is never held out.
    features, categories : sequence of str
        Columns of numbers or booleans, and columns of texts.
    seed : int

    Returns
    -------
    pandas.DataFrame
        One row per feature, then per category, in their order.

        ========================  ==================================================================================
        `is_kept`, `reason`       kept for `lasso`, `permutation` or `both`; dropped as `all_null`, `constant`,
                                  `duplicate_of: <feature>` or for `no_signal`
        `lasso_rank`              1 enters the LASSO path first; of equals none is before the other; null: never
        `lasso_coefficient`       standardised, at the penalty of the 1-SE rule; the greatest of its columns
        `permutation_importance`  log loss of held-out customers that is added when the feature is shuffled among them
        `permutation_deviation`   its standard error
        `single_auc`              of the feature alone, 0.5 to 1 whichever its direction; nulls come first or last
        ========================  ==================================================================================
    """
    label, groups = np.asarray(y, dtype="float64"), np.asarray(groups)
    judged = pd.DataFrame({"feature": [*features, *categories]}, columns=list(COLUMNS)).set_index("feature")
    judged["reason"] = _useless(frame, features, categories)
    left = judged.index[judged["reason"].isna()]
    if len(left) and len(np.unique(label)) == 2:
        used = [name for name in features if name in left], [name for name in categories if name in left]
        found = {
            "single_auc": _single_aucs(frame, label, groups, *used, seed),
            **_lasso(frame, label, groups, *used, seed),
            **_permutations(frame, label, groups, *used, seed),
        }
        for column, values in found.items():
            judged[column] = pd.Series(values, dtype="float64")
    by_lasso = judged["lasso_coefficient"].fillna(0).astype("float64") != 0
    importance = judged["permutation_importance"].fillna(0).astype("float64")
    by_permutation = importance > BEYOND_NOISE * judged["permutation_deviation"].fillna(0).astype("float64")
    words = np.select(
        [by_lasso & by_permutation, by_lasso, by_permutation], ["both", "lasso", "permutation"], "no_signal"
    )
    judged["is_kept"] = by_lasso | by_permutation
    judged["reason"] = judged["reason"].where(judged["reason"].notna(), words)
    return judged.reset_index()


def _useless(frame: pd.DataFrame, features: Sequence[str], categories: Sequence[str]) -> list[str | None]:
    """Return why a column cannot tell anything, whatever the label; None where it can."""
    matrix, reasons, seen = known_numbers(frame, features), [], {}
    columns = [pd.Series(values) for values in matrix.T] + [frame[name].reset_index(drop=True) for name in categories]
    for name, column in zip([*features, *categories], columns, strict=True):
        codes = pd.factorize(column)[0]  # equal codes: one column is the other by new names
        key = (column.to_numpy(dtype="float64") if name in features else codes).tobytes()
        if column.isna().all():
            reasons.append("all_null")
        elif column.nunique(dropna=False) == 1:
            reasons.append("constant")
        elif key in seen:
            reasons.append(f"duplicate_of: {seen[key]}")
        else:
            seen[key] = name
            reasons.append(None)
    return reasons


def _single_aucs(
    frame: pd.DataFrame,
    label: np.ndarray,
    groups: np.ndarray,
    features: Sequence[str],
    categories: Sequence[str],
    seed: int,
) -> dict[str, float]:
    encoder = FeatureEncoder(features, categories, seed=seed)
    matrix = encoder.fit_transform(frame, label, groups)
    aucs = {}
    for name, values in zip(encoder.columns_, matrix.T, strict=True):
        ends = (np.inf, -np.inf) if np.isnan(values).any() else (0.0,)
        both = [auc(label, np.where(np.isnan(values), end, values)) for end in ends]
        aucs[name] = max(max(one, 1 - one) for one in both)
    return aucs


def _lasso(
    frame: pd.DataFrame,
    label: np.ndarray,
    groups: np.ndarray,
    features: Sequence[str],
    categories: Sequence[str],
    seed: int,
) -> dict[str, dict[str, float]]:
    """Return `lasso_rank` and `lasso_coefficient` by feature.

    The label is fitted as a number: its LASSO path takes a hundredth of the time of the logistic one, and what is asked
    is only which features come in.
    """
    encoder = FeatureEncoder(features, categories, form="linear", seed=seed)
    matrix = encoder.fit_transform(frame, label, groups)
    owners = _owners(encoder)
    folds = list(GroupKFold(FOLDS, shuffle=True, random_state=seed).split(matrix, groups=groups))
    model = LassoCV(alphas=40, cv=folds, max_iter=2000, tol=1e-3).fit(matrix, label)
    best = model.mse_path_.mean(axis=1).argmin()
    bound = model.mse_path_[best].mean() + model.mse_path_[best].std(ddof=1) / np.sqrt(FOLDS)
    chosen = int(np.argmax(model.mse_path_.mean(axis=1) <= bound))  # the largest penalty first
    _, path, _ = model.path(matrix - matrix.mean(axis=0), label - label.mean(), alphas=model.alphas_)
    sizes = pd.DataFrame(np.abs(path), index=owners).groupby(level=0).max()
    entered = (sizes > 0).to_numpy()
    ranks = pd.Series(np.where(entered.any(axis=1), entered.argmax(axis=1), np.nan), index=sizes.index)
    at = pd.DataFrame(path[:, [chosen]], index=owners)[0]
    largest = at.groupby(level=0).agg(lambda values: values.iloc[values.abs().argmax()])
    return {"lasso_rank": ranks.rank(method="min").to_dict(), "lasso_coefficient": largest.to_dict()}


def _permutations(
    frame: pd.DataFrame,
    label: np.ndarray,
    groups: np.ndarray,
    features: Sequence[str],
    categories: Sequence[str],
    seed: int,
) -> dict[str, dict[str, float]]:
    """Return `permutation_importance` and `permutation_deviation` by feature."""
    stream = np.random.default_rng(seed)
    customers, customer = np.unique(groups, return_inverse=True)
    is_held_out = stream.permutation(len(customers)) < HELD_OUT_SHARE * len(customers)
    learned = _some(np.flatnonzero(~is_held_out[customer]), stream)
    held_out = _some(np.flatnonzero(is_held_out[customer]), stream)
    encoder = FeatureEncoder(features, categories, seed=seed)
    matrix = encoder.fit_transform(frame.iloc[learned], label[learned], groups[learned])
    names = [*features, *categories]
    zeros = dict.fromkeys(names, 0.0)
    if len(np.unique(label[learned])) < 2 or not len(held_out) or not encoder.columns_:
        return {"permutation_importance": zeros, "permutation_deviation": dict(zeros)}
    model = HistGradientBoostingClassifier(
        max_iter=40, max_leaf_nodes=15, min_samples_leaf=20, early_stopping=False, random_state=seed
    ).fit(matrix, label[learned])
    ensemble = TreeEnsemble.of(model)
    rows, actual = encoder.transform(frame.iloc[held_out]), label[held_out]
    values = [leaf_values(tree, rows) for tree in ensemble.trees]
    odds = ensemble.start + np.sum(values, axis=0)
    before = _losses(odds, actual)
    importance, deviation = dict(zeros), dict(zeros)
    for position, name in enumerate(encoder.columns_):
        # Only trees that ask for the feature say something else when it is shuffled.
        asking = [number for number, tree in enumerate(ensemble.trees) if (tree["feature"] == position).any()]
        if not asking:
            continue
        shuffled = rows.copy()
        added = np.zeros(len(rows))
        for _ in range(REPEATS):
            shuffled[:, position] = stream.permutation(rows[:, position])
            change = sum(leaf_values(ensemble.trees[number], shuffled) - values[number] for number in asking)
            added += (_losses(odds + change, actual) - before) / REPEATS
        importance[name] = float(added.mean())
        # Rows of one customer are alike: the customer is the unit.
        sums = np.bincount(np.unique(customer[held_out], return_inverse=True)[1], added - added.mean())
        deviation[name] = float(np.sqrt((sums**2).sum()) / len(added))
    return {"permutation_importance": importance, "permutation_deviation": deviation}


def _some(rows: np.ndarray, stream: np.random.Generator) -> np.ndarray:
    return rows if len(rows) <= MOST_ROWS else np.sort(stream.choice(rows, MOST_ROWS, replace=False))


def _losses(odds: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Return the log loss of each row."""
    return np.logaddexp(0, np.where(actual == 1, -odds, odds))


def _owners(encoder: FeatureEncoder) -> list[str]:
    """Return the feature of each column of the linear form."""
    return encoder.raw_columns_ + [encoder.numbers_[position] for position in encoder.indicators_]
