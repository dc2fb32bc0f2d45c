"""How wrong a method is: known values are hidden, filled, and compared."""

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.base import BaseEstimator, clone

from strate.imputation.feature_encoder import FeatureEncoder
from strate.progress import track

FOLDS = 4
HIDDEN_FOLDS = 2  # half of the known values say enough of an error, at half the cost


def masked_errors(
    matrix: np.ndarray,
    encoder: FeatureEncoder,
    features: Sequence[str],
    methods: Mapping[str, BaseEstimator],
    seed: int,
) -> dict[tuple[str, str], float]:
    """Return the error of each method for each feature, by cross-validation over known values.

    The known values of every feature are dealt to four folds, each feature by a draw of its own. Two of the folds in
    turn hide their share of all features at once, learn from the rest, and fill. So a value is filled by a method that
    did not see it, and beside others that are missing too.

    Parameters
    ----------
    matrix : numpy.ndarray of shape (n_rows, n_columns)
        As `encoder` wrote it, sorted by customer.
    encoder : FeatureEncoder
    features : sequence of str
        Those to hide, each known in at least four rows.
    methods : mapping of str to estimator
    seed : int

    Returns
    -------
    dict of (feature, method) to float
        The mean absolute error in the feature's own unit; of a text the share of wrong levels.
    """
    folds, truth = {}, {}
    stream = np.random.RandomState(seed)  # its stream is frozen across numpy releases; Generator's is not
    for feature in features:
        rows = np.flatnonzero(~np.isnan(matrix[:, encoder.columns_[feature][0]]))
        folds[feature] = [np.sort(part) for part in np.array_split(stream.permutation(rows), FOLDS)][:HIDDEN_FOLDS]
        truth[feature] = encoder.decode(feature, matrix)
    wrong = {(feature, method): 0.0 for feature in features for method in methods}
    for fold in range(HIDDEN_FOLDS):
        masked = matrix.copy()
        for feature in features:
            masked[np.ix_(folds[feature][fold], encoder.columns_[feature])] = np.nan
        for name, method in track(methods.items(), "Missing values, methods compared"):
            filled = clone(method).fit(masked).transform(masked)
            for feature in features:
                rows = folds[feature][fold]
                values, known = encoder.decode(feature, filled[rows]), truth[feature][rows]
                differ = values != known if known.dtype == object else np.abs(values - known)
                wrong[feature, name] += float(differ.sum())
    return {key: total / sum(map(len, folds[key[0]])) for key, total in wrong.items()}
