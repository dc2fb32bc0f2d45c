"""Fill missing values of customers, each date by itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn import config_context
from sklearn.base import BaseEstimator

from strate.checks import check_choice, check_integer, check_names, check_number
from strate.imputation.feature_encoder import FeatureEncoder
from strate.imputation.masking import masked_errors
from strate.imputation.methods import METHODS
from strate.progress import track
from strate.threads import one_thread

LEAST_KNOWN = 30
TOLERANCE = 0.05
WORKING_MEMORY_MB = 64
SCHEMA = pa.schema(
    [
        ("record_type", pa.string()),
        ("as_of_date", pa.timestamp("us")),
        ("customer_id", pa.string()),
        ("feature", pa.string()),
        ("method", pa.string()),
        ("outcome", pa.string()),
        ("is_chosen", pa.bool_()),
        ("error", pa.float64()),
        ("baseline_error", pa.float64()),
        ("known_count", pa.int64()),
        ("missing_count", pa.int64()),
        ("value_number", pa.float64()),
        ("value_text", pa.string()),
    ]
)


def impute_customers(
    sample: pd.DataFrame,
    pieces: Iterable[pd.DataFrame],
    *,
    features: Sequence[str],
    categories: Sequence[str] = (),
    predictors: Sequence[str] = (),
    methods: Sequence[str] = ("median", "regression", "knn"),
    max_missing_share: float = 0.5,
    seed: int = 7,
) -> pa.Table:
    """Learn on the sample of each date how to fill features, and fill them for everybody of that date.

    Nothing of another date has a say, so nothing later reaches back. For each feature every method fills known values
    that were hidden (`masked_errors`). The simplest method is taken whose error is within 5 % of the least.

    Parameters
    ----------
    sample : pandas.DataFrame
        One row per customer of the sample and date: `customer_id`, `as_of_date`, and the columns that the arguments
        name.
    pieces : iterable of pandas.DataFrame
        The same columns for the customers to be filled, each once a date.
    features : sequence of str
        Columns to fill.
    categories : sequence of str
        Those of `features` that hold text.
    predictors : sequence of str
        Further columns of numbers that methods look at.
    methods : sequence of str
        Keys of `METHODS`, at least one. `median` is the baseline also where it is not among them.
    max_missing_share : float
        A feature that misses more is not filled, 0 to 1.
    seed : int
        0 to 2^32 - 1.

    Returns
    -------
    pyarrow.Table
        With the columns of `SCHEMA`. Rows of type `method`: one per date, feature and method with its error, that of
        the baseline, and what the sample knows; where nothing was learned one without a method. Their `outcome` is

        ==================  ==================================================================
        `fitted`            the chosen method fills the feature
        `constant`          everybody known has the same value, and everybody else gets it
        `complete`          nothing is missing in the sample; whoever is not in it is filled
        `too_much_missing`  more than `max_missing_share`: nothing is filled, nor below
        `too_few_known`     fewer than 30 known values
        `all_missing`       none, as where the input is off
        ==================  ==================================================================

        Rows of type `value`: one per value that was filled, in `value_number` or `value_text`.

    Raises
    ------
    ValueError
        If an argument is not legal, or a column is absent or no number where it has to be.
    """
    features = check_names("features", features)
    categories = check_names("categories", categories)
    predictors = [name for name in check_names("predictors", predictors) if name not in features]
    for method in methods:
        check_choice("methods", method, METHODS)
    check_number("max_missing_share", max_missing_share, 0, 1)
    check_integer("seed", seed, 0, 2**32 - 1)

    fills, tables = {}, []
    with one_thread(), config_context(working_memory=WORKING_MEMORY_MB):
        for date, rows in sample.sort_values(["as_of_date", "customer_id"]).groupby("as_of_date", sort=True):
            fills[date] = _Fill(rows, features, categories, predictors, methods, max_missing_share, seed)
            facts = [{"record_type": "method", "as_of_date": date, **fact} for fact in fills[date].facts]
            tables.append(pa.Table.from_pylist(facts, schema=SCHEMA))
        for piece in track(pieces, "Missing values, pieces of customers filled"):
            for date, rows in piece.groupby("as_of_date", sort=True):
                tables.extend(fills[date].fill(rows) if date in fills else ())
    return pa.concat_tables([SCHEMA.empty_table(), *tables])


class _Fill:
    """What one date's sample taught: an encoder, the methods that were chosen, and facts about them."""

    def __init__(
        self,
        rows: pd.DataFrame,
        features: Sequence[str],
        categories: Sequence[str],
        predictors: Sequence[str],
        methods: Sequence[str],
        max_missing_share: float,
        seed: int,
    ) -> None:
        whole = FeatureEncoder([*features, *predictors], categories=categories).fit(rows)
        matrix = whole.transform(rows)
        known = {
            name: int((~np.isnan(matrix[:, columns[0]])).sum()) if columns else 0
            for name, columns in whole.columns_.items()
        }
        outcomes = {
            feature: _outcome(rows[feature], known[feature], len(rows), max_missing_share) for feature in features
        }
        used = [feature for feature in features if outcomes[feature] in ("fitted", "complete", "constant")]
        seen = [*used, *(name for name in predictors if known[name])]
        self.encoder = FeatureEncoder(seen, categories=[name for name in categories if name in used]).fit(rows)
        matrix = self.encoder.transform(rows)
        indicators = [column for name in self.encoder.levels_ for column in self.encoder.columns_[name]]
        tried = {name: METHODS[name](indicators=indicators, seed=seed) for name in METHODS if name in methods}
        baseline = {"median": METHODS["median"](indicators=indicators, seed=seed)}
        compared = [feature for feature in used if outcomes[feature] != "constant"]
        errors = masked_errors(matrix, self.encoder, compared, baseline | tried, seed) if compared else {}

        self.facts, self.chosen = [], {}
        for feature in features:
            of_sample = {"feature": feature, "outcome": outcomes[feature], "known_count": known[feature]}
            of_sample["missing_count"] = len(rows) - known[feature]
            if feature in compared:
                self.chosen[feature] = choose_method({name: errors[feature, name] for name in tried})
                for name in tried:
                    found = {"method": name, "is_chosen": name == self.chosen[feature]}
                    found |= {"error": errors[feature, name], "baseline_error": errors[feature, "median"]}
                    self.facts.append(of_sample | found)
            elif feature in used:
                self.chosen[feature] = "median"
                self.facts.append(of_sample | {"method": "median", "is_chosen": True})
            else:
                self.facts.append(of_sample | {"is_chosen": False})
        self.methods: Mapping[str, BaseEstimator] = {
            name: (baseline | tried)[name].fit(matrix) for name in sorted(set(self.chosen.values()))
        }

    def fill(self, rows: pd.DataFrame) -> Iterator[pa.Table]:
        """Yield a table of the values that these rows miss, for each feature."""
        matrix = self.encoder.transform(rows)
        filled = {name: method.transform(matrix) for name, method in self.methods.items()}
        for feature, method in self.chosen.items():
            missing = np.isnan(matrix[:, self.encoder.columns_[feature][0]])
            if not missing.any():
                continue
            values = self.encoder.decode(feature, filled[method][missing])
            columns: dict[str, Any] = {
                "record_type": ["value"] * len(values),
                "as_of_date": rows["as_of_date"][missing],
                "customer_id": rows["customer_id"][missing],
                "feature": [feature] * len(values),
                "method": [method] * len(values),
                "value_text" if feature in self.encoder.levels_ else "value_number": values,
            }
            arrays = [
                pa.array(columns[field.name], type=field.type, from_pandas=True)
                if field.name in columns
                else pa.nulls(len(values), field.type)
                for field in SCHEMA
            ]
            yield pa.Table.from_arrays(arrays, schema=SCHEMA)


def _outcome(column: pd.Series, known: int, rows: int, max_missing_share: float) -> str:
    """Return the named outcome of one feature, as `impute_customers` lists them."""
    if not known:
        return "all_missing"
    if rows - known > max_missing_share * rows:
        return "too_much_missing"
    if known < LEAST_KNOWN:
        return "too_few_known"
    if column.dropna().nunique() == 1:
        return "constant"
    return "complete" if known == rows else "fitted"


def choose_method(errors: Mapping[str, float]) -> str:
    """Return the simplest method whose error is within the tolerance of the least; methods come simplest first."""
    allowed = min(errors.values()) * (1 + TOLERANCE)
    return next(name for name, error in errors.items() if error <= allowed)
