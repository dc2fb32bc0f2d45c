"""A clustering read back from what a fit wrote."""

from dataclasses import dataclass

import pandas as pd

from strate.clustering.artifacts import read_segmenter, read_transformer
from strate.clustering.customer_transformer import CustomerTransformer
from strate.clustering.prototype_segmenter import PrototypeSegmenter


@dataclass(frozen=True)
class ClusteringPredictor:
    """A clustering read back from its artifacts.

    Attributes
    ----------
    transformer : CustomerTransformer
        Fitted.
    segmenter : PrototypeSegmenter or None
        Fitted; None if the fit ended without prototypes.
    model_version : str
    """

    transformer: CustomerTransformer
    segmenter: PrototypeSegmenter | None
    model_version: str

    def predict(self, frame: pd.DataFrame) -> pd.Series:
        """Return the cluster of each customer, with the index of `frame`.

        Parameters
        ----------
        frame : pandas.DataFrame
            Has the features in use; nulls are allowed.

        Returns
        -------
        pandas.Series of Int64
            Named `cluster_id`, 0 for noise; null throughout if the fit ended without prototypes.
        """
        if self.segmenter is None:
            return pd.Series(pd.NA, index=frame.index, dtype="Int64", name="cluster_id")
        labels = self.segmenter.predict(self.transformer.transform(frame))
        return pd.Series(labels, index=frame.index, dtype="Int64", name="cluster_id")


def load_clustering(artifacts: pd.DataFrame) -> ClusteringPredictor:
    """Rebuild transformer and segmenter from an artifact frame.

    Parameters
    ----------
    artifacts : pandas.DataFrame
        As `fit_clustering` returns it, or as read back from a table, in any row order.

    Returns
    -------
    ClusteringPredictor

    Raises
    ------
    ValueError
        If the frame does not hold exactly one model version.
    """
    versions = sorted(artifacts["model_version"].dropna().unique())
    if len(versions) != 1:
        raise ValueError(f"artifacts must hold one model_version; got {len(versions)} ({', '.join(versions)}).")
    transformer = read_transformer(artifacts)
    segmenter = read_segmenter(artifacts, transformer.component_names_)
    return ClusteringPredictor(transformer, segmenter, versions[0])
