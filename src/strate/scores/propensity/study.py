"""The search: one algorithm with many parameters, each judged on customers and times that it did not see."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from strate.progress import stage
from strate.scores.propensity.algorithms import ALGORITHMS, Algorithm
from strate.scores.propensity.encoder import FeatureEncoder
from strate.scores.propensity.judgement import log_losses
from strate.scores.propensity.splits import Fold

N_COMPONENTS = 12
"""Principal components that are tried in place of a linear model's columns, where there are more."""

MOST_ROWS_KEPT = 50_000
"""Larger matrices are made anew each time: a dozen of them would fill the memory."""


@dataclass(frozen=True)
class Columns:
    """Features that are read."""

    features: Sequence[str]
    categories: Sequence[str]


@dataclass
class Trial:
    """Parameters that were tried, and how they did.

    Attributes
    ----------
    number : int
        From 0; the incumbent's parameters or the default ones come first.
    parameters : dict
        Of the algorithm and of the encoder.
    state : str
        `complete`, or `pruned` before all folds were seen.
    loss : float
        Mean log loss over the validation rows that were seen.
    """

    number: int
    parameters: dict[str, Any]
    state: str = "complete"
    loss: float = float("nan")
    losses: list[float] = field(default_factory=list)


def mean_loss(losses: Sequence[float], sizes: np.ndarray) -> float:
    """Return the mean over the rows of the first folds."""
    return float(np.average(losses, weights=sizes[: len(losses)]))


def make_encoder(parameters: Mapping[str, Any], algorithm: Algorithm, columns: Columns, seed: int) -> FeatureEncoder:
    """Return the encoder that the parameters of a trial ask for."""
    return FeatureEncoder(
        columns.features,
        columns.categories,
        form=algorithm.form,
        category_encoding=parameters["category_encoding"],
        n_components=parameters.get("n_components"),
        seed=seed,
    )


def make_model(name: str, parameters: Mapping[str, Any], seed: int) -> Any:
    """Return an unfitted classifier of the parameters of a trial."""
    algorithm = ALGORITHMS[name]
    return algorithm.build({key: parameters[key] for key in algorithm.space}, seed)


class FoldData:
    """Rows of folds, encoded and predicted once for each kind of encoding and each model."""

    def __init__(self, frame: pd.DataFrame, y: np.ndarray, folds: Sequence[Fold], columns: Columns, seed: int) -> None:
        self.frame, self.y, self.folds, self.columns, self.seed = frame, y, folds, columns, seed
        self.customers = pd.factorize(frame["customer_id"])[0]
        self._encoded: dict[tuple[Any, ...], tuple[np.ndarray, np.ndarray]] = {}
        self._predicted: dict[tuple[Any, ...], np.ndarray] = {}

    def encoded(self, number: int, name: str, parameters: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        """Return the matrices of the rows to learn from and of those to validate on."""
        algorithm = ALGORITHMS[name]
        key = number, algorithm.form, parameters["category_encoding"], parameters.get("n_components")
        if key in self._encoded:
            return self._encoded[key]
        fold = self.folds[number]
        encoder = make_encoder(parameters, algorithm, self.columns, self.seed)
        train = encoder.fit_transform(self.frame.iloc[fold.train], self.y[fold.train], self.customers[fold.train])
        both = train, encoder.transform(self.frame.iloc[fold.validation])
        if len(self.frame) <= MOST_ROWS_KEPT:
            self._encoded[key] = both
        return both

    def predictions(self, number: int, name: str, parameters: Mapping[str, Any], is_trial: bool = False) -> np.ndarray:
        """Return the probabilities of the validation rows of a fold, by a model of its other rows."""
        cheaper = ALGORITHMS[name].in_trials if is_trial else {}
        key = number, name, json.dumps([parameters, cheaper])
        if key not in self._predicted:
            train, validation = self.encoded(number, name, parameters)
            y = self.y[self.folds[number].train]
            if train.shape[1]:
                model = make_model(name, parameters, self.seed).set_params(**cheaper).fit(train, y)
                self._predicted[key] = model.predict_proba(validation)[:, 1]
            else:  # what was kept of the features is not known in this fold
                self._predicted[key] = np.full(len(validation), y.mean())
        return self._predicted[key]

    def out_of_fold(self, name: str, parameters: Mapping[str, Any]) -> np.ndarray:
        """Return the probabilities of all rows, of shape (n_rows,); NaN where a row is in no validation."""
        found = np.full(len(self.y), np.nan)
        for number, fold in enumerate(self.folds):
            found[fold.validation] = self.predictions(number, name, parameters)
        return found


def search_space(name: str, columns: Columns) -> dict[str, tuple[Any, ...]]:
    """Return the values that are tried of each parameter of an algorithm and of its encoder."""
    algorithm = ALGORITHMS[name]
    space = dict(algorithm.space)
    # An embedding is learned from the numbers beside the category.
    encodings = ("target", "embedding") if columns.features else ("target",)
    space["category_encoding"] = encodings if columns.categories else ("none",)
    if algorithm.form == "linear":
        space["n_components"] = (None, N_COMPONENTS) if len(columns.features) > N_COMPONENTS else (None,)
    return space


def search(name: str, data: FoldData, n_trials: int, seed: int, first: Mapping[str, Any] | None = None) -> list[Trial]:
    """Try an algorithm with many parameters.

    A seeded Optuna study with a tree-structured Parzen estimator. A trial is given up after the fold by which it is
    worse than the best one was on the same folds: both saw the same rows, so little of that is chance.

    Parameters
    ----------
    name : str
        Key of `ALGORITHMS`.
    data : FoldData
    n_trials : int
        At least 1.
    seed : int
        0 to 2^32 - 1.
    first : mapping or None
        Parameters of an earlier version, tried first; those that are no longer searched give way to the default ones.

    Returns
    -------
    list of Trial
        By number; parameters that came twice stand once.

    References
    ----------
    Akiba, T. et al. (2019). Optuna: a next-generation hyperparameter optimization framework. KDD.
    """
    import optuna  # takes a second, which only those pay who search

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = search_space(name, data.columns)
    sizes = np.array([len(fold.validation) for fold in data.folds], dtype="float64")
    tried: dict[tuple[int, ...], Trial] = {}
    best: Trial | None = None

    def objective(handle: Any) -> float:
        nonlocal best
        cell = tuple(handle.suggest_int(key, 0, len(values) - 1) for key, values in space.items())
        if cell not in tried:
            parameters = {key: values[place] for (key, values), place in zip(space.items(), cell, strict=True)}
            trial = tried[cell] = Trial(len(tried), parameters)
            for number, fold in enumerate(data.folds):
                probability = data.predictions(number, name, parameters, is_trial=True)
                trial.losses.append(float(log_losses(data.y[fold.validation], probability).mean()))
                trial.loss = mean_loss(trial.losses, sizes)
                is_last = number + 1 == len(sizes)
                if best is not None and not is_last and trial.loss > mean_loss(best.losses[: number + 1], sizes):
                    trial.state = "pruned"
                    break
            if trial.state == "complete" and (best is None or trial.loss < best.loss):
                best = trial
        trial = tried[cell]
        if trial.state == "pruned":
            handle.report(trial.loss, len(trial.losses))
            raise optuna.TrialPruned
        return trial.loss

    sampler = optuna.samplers.TPESampler(n_startup_trials=max(n_trials // 2, 1), seed=seed)
    study = optuna.create_study(direction="minimize", sampler=sampler)
    study.enqueue_trial(_cell(space, first) or _cell(space, _default(name, space)))
    with stage(f"Propensity, trials of {name}", n_trials) as step:
        study.optimize(objective, n_trials=n_trials, callbacks=[lambda *_: step()])
    return list(tried.values())


def best_of(trials: Sequence[Trial]) -> Trial:
    """Return the complete trial with the least loss, the earliest of equals."""
    return min((trial for trial in trials if trial.state == "complete"), key=lambda trial: (trial.loss, trial.number))


def read_parameters(name: str, columns: Columns, text: str) -> dict[str, Any] | None:
    """Return parameters that an earlier version wrote as JSON, or None where they are not in the space any more."""
    space = search_space(name, columns)
    try:
        written = json.loads(text)
    except (TypeError, ValueError):
        return None
    cell = _cell(space, written if isinstance(written, dict) else None)
    return None if cell is None else {key: space[key][place] for key, place in cell.items()}


def _default(name: str, space: Mapping[str, tuple[Any, ...]]) -> dict[str, Any]:
    return {key: ALGORITHMS[name].default.get(key, values[0]) for key, values in space.items()}


def _cell(space: Mapping[str, tuple[Any, ...]], parameters: Mapping[str, Any] | None) -> dict[str, int] | None:
    """Return the place of each parameter in its space, or None where one has none."""
    cell = {}
    for key, values in space.items():
        plain = [json.dumps(value) for value in values]  # JSON has no tuples, and 0 is not False
        value = json.dumps((parameters or {}).get(key, "absent"))
        if value not in plain:
            return None
        cell[key] = plain.index(value)
    return cell
