"""One target: which method, judged on what it did not see, then learned from all there is."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from strate.clustering.artifacts import fact_rows
from strate.scores.hold_out import choose_champion, lift_groups
from strate.scores.propensity.algorithms import ALGORITHMS
from strate.scores.propensity.calibration import SigmoidCalibration
from strate.scores.propensity.champion import better_beyond_noise, contest, customer_losses
from strate.scores.propensity.importance import permutation_importance, typical_values
from strate.scores.propensity.judgement import calibration_groups, group_rows, judge, log_losses
from strate.scores.propensity.rows import stamped
from strate.scores.propensity.rules import PastRateRule, RecencyRule
from strate.scores.propensity.scorer import Scorer
from strate.scores.propensity.selection import select_features
from strate.scores.propensity.settings import Settings, plain
from strate.scores.propensity.splits import customer_groups, folds, part, with_both_classes
from strate.scores.propensity.study import Columns, FoldData, best_of, make_encoder, make_model, read_parameters, search
from strate.scores.propensity.targets import NOT_BETTER, SCORED, TARGETS, outcome_of

RULES = ("past_rate", "recency")
SEARCH_ROWS = 12_000
"""Rows that parameters and features are chosen on; the chosen ones are then judged on all."""
SEARCH_POSITIVES = 600
"""More rows are taken for so many of the rarer outcome."""
GAINS = ("gain", "gain_low", "gain_high")
SELECTION_FACTS = (
    "lasso_rank",
    "lasso_coefficient",
    "permutation_importance",
    "permutation_deviation",
    "single_auc",
)


class TargetFit:
    """Learns one target.

    Parameters
    ----------
    target : str
        Key of `TARGETS`.
    sample : pandas.DataFrame
        As `fit_propensity` takes it, sorted.
    settings : Settings
    incumbent : mapping or None
        `method` and `parameters` (JSON) of the last version.

    Attributes
    ----------
    rows : list of dict
        Facts for the table, but for what is the same on all of them.
    outcome, method : str
        `scored` and the champion, or why it is the past rate.
    scorer : Scorer
        The champion, learned from all there is.
    judged : pandas.DataFrame
        `customer_id`, `as_of_date` and the `probability` that the champion gave on the test date, empty without one.
    typical : dict
        What is typical of the features that its reasons are of, the most important first.
    """

    def __init__(
        self, target: str, sample: pd.DataFrame, settings: Settings, incumbent: Mapping[str, Any] | None
    ) -> None:
        self.target, self.sample, self.settings, self.incumbent = target, sample, settings, incumbent
        self.parted = part(sample, TARGETS[target])
        self.outcome = outcome_of(sample, self.parted, target, settings.min_positives)
        self.rows: list[dict[str, Any]] = []
        self.columns = Columns((), ())
        self.parameters: dict[str, dict[str, Any]] = {}
        self.calibrations: dict[str, SigmoidCalibration | None] = {}
        self.methods: list[str] = ["past_rate"]
        self.method = "past_rate"

    def fit(self) -> "TargetFit":
        """Choose, judge, learn anew, and tell."""
        if self.outcome == SCORED:
            self._select()
        if self.outcome == SCORED:
            self._choose()
        self._judge()
        everything = self.parted.everything
        self.scorer = self._learn(self.method, everything)
        self._tell_model()
        return self

    def _y(self, frame: pd.DataFrame) -> np.ndarray:
        return frame[TARGETS[self.target]].to_numpy(dtype="float64")

    def _few(self, frame: pd.DataFrame) -> np.ndarray:
        """Return positions of the rows to search on: all rows of as many customers, by the hash of their id."""
        share = float(self._y(frame).mean())
        wanted = max(SEARCH_ROWS, SEARCH_POSITIVES / min(share, 1 - share))
        if len(frame) <= wanted:
            return np.arange(len(frame))
        return np.flatnonzero(customer_groups(frame["customer_id"].tolist(), 1_000) < 1_000 * wanted / len(frame))

    def _select(self) -> None:
        """Say which features are kept, on the training rows alone."""
        settings, training = self.settings, self.parted.training
        few = training.iloc[self._few(training)]
        found = select_features(
            few,
            self._y(few),
            _codes(few),
            list(settings.features),
            list(settings.categories),
            settings.seed,
        )
        kept = set(found.loc[found["is_kept"], "feature"])
        self.columns = Columns(
            [name for name in settings.features if name in kept],
            [name for name in settings.categories if name in kept],
        )
        for row in found.to_dict("records"):
            common = {"record_type": "feature", "name": row["feature"]}
            self.rows.append(
                common | {"parameter": "is_kept", "value": float(row["is_kept"]), "detail": str(row["reason"])}
            )
            self.rows += fact_rows(common, {name: row[name] for name in SELECTION_FACTS}, key="parameter")
        if not kept:
            self.outcome = "no_usable_features"

    def _choose(self) -> None:
        """Search, calibrate and compare the methods out of fold."""
        training, seed = self.parted.training, self.settings.seed
        y = self._y(training)
        found = list(with_both_classes(folds(training), y))
        if not found:
            self.outcome = "too_few_customers"
            return
        few = training.iloc[self._few(training)].reset_index(drop=True)
        few_y = self._y(few)
        data = FoldData(training, y, found, self.columns, seed)
        small = data
        if len(few) < len(training):
            small = FoldData(few, few_y, list(with_both_classes(folds(few), few_y)), self.columns, seed)
        seen = np.sort(np.concatenate([fold.validation for fold in found]))
        customers = training["customer_id"].to_numpy()[seen]
        probabilities = {name: self._rule_out_of_fold(name, data)[seen] for name in RULES}
        losses = {name: customer_losses(log_losses(y[seen], probabilities[name]), customers) for name in RULES}
        self.calibrations = dict.fromkeys(RULES)
        for name in self.settings.methods:
            if name in RULES:
                continue
            first = self._incumbent_parameters(name)
            trials = search(name, small, self.settings.n_trials, seed, first)
            self.rows += [
                {"record_type": "trial", "method": name, "outcome": trial.state, "position": trial.number}
                | {"value": trial.loss, "detail": json.dumps(plain(trial.parameters))}
                for trial in trials
            ]
            candidates = [best_of(trials).parameters]
            if first is not None and candidates[0] != first:
                candidates.insert(0, first)
            for parameters in candidates:
                probability = data.out_of_fold(name, parameters)[seen]
                calibration = SigmoidCalibration().fit(probability, y[seen])
                probability = calibration.predict(probability)
                loss = customer_losses(log_losses(y[seen], probability), customers)
                if name not in losses or better_beyond_noise(losses[name], loss, seed):
                    losses[name], probabilities[name] = loss, probability
                    self.parameters[name], self.calibrations[name] = dict(parameters), calibration
        self.methods = list(losses)
        incumbent = None if self.incumbent is None else str(self.incumbent["method"])
        self.method, comparisons = contest(losses, incumbent, seed)
        for name in self.methods:
            common = {"record_type": "validation", "method": name, "is_champion": name == self.method}
            common |= {"outcome": SCORED, "as_of_date": training["as_of_date"].max()}
            self.rows += fact_rows(common, judge(y[seen], probabilities[name]))
            against, gains = comparisons.get(name, ("", {}))
            self.rows += [common | {"name": fact, "value": gain, "detail": against} for fact, gain in gains.items()]

    def _incumbent_parameters(self, name: str) -> dict[str, Any] | None:
        if self.incumbent is None or self.incumbent["method"] != name:
            return None
        return read_parameters(name, self.columns, self.incumbent["parameters"])

    def _rule_out_of_fold(self, name: str, data: FoldData) -> np.ndarray:
        found = np.full(len(data.y), np.nan)
        for fold in data.folds:
            rule = self._rule(name).fit(data.frame.iloc[fold.train], data.y[fold.train])
            found[fold.validation] = rule.predict(data.frame.iloc[fold.validation])
        return found

    def _rule(self, name: str) -> PastRateRule | RecencyRule:
        if name == "past_rate":
            return PastRateRule(self.target, self.settings.horizon_days)
        return RecencyRule(self.target)

    def _learn(self, name: str, frame: pd.DataFrame) -> Scorer:
        """Return a method that learned from all rows of a frame."""
        y, settings = self._y(frame), self.settings
        if name in RULES:
            return Scorer(name, self.target, None, self._rule(name).fit(frame, y), None, settings.horizon_days)
        parameters = self.parameters[name]
        encoder = make_encoder(parameters, ALGORITHMS[name], self.columns, settings.seed)
        matrix = encoder.fit_transform(frame, y, _codes(frame))
        model = make_model(name, parameters, settings.seed).fit(matrix, y)
        return Scorer(name, self.target, encoder, model, self.calibrations[name], settings.horizon_days)

    def _judge(self) -> None:
        """Measure all methods on the test date, which no choice has seen; all it may say is that none was good."""
        training, test = self.parted.training, self.parted.test
        self.judged = pd.DataFrame({"customer_id": [], "as_of_date": [], "probability": []})
        self.importance: dict[str, float] = {}
        if not len(test):
            return
        y, customers = self._y(test), test["customer_id"].to_numpy()
        scorers = {name: self._learn(name, training) for name in self.methods}
        probabilities = {name: scorer.predict(test) for name, scorer in scorers.items()}
        losses = {name: customer_losses(log_losses(y, found), customers) for name, found in probabilities.items()}
        figures = {name: judge(y, found) for name, found in probabilities.items()}
        for name in self.methods[1:]:
            pair = {"past_rate": losses["past_rate"], name: losses[name]}
            figures[name] |= choose_champion(pair, self.settings.seed)[1][name][1]
        if self.method != "past_rate" and not _is_better(figures[self.method], figures["past_rate"]):
            self.method, self.outcome = "past_rate", NOT_BETTER
        for name in self.methods:
            rows = fact_rows({"record_type": "metric"}, figures[name])
            for row in rows:
                row |= {"detail": "past_rate"} if row["name"] in GAINS else {}
            rows += group_rows("calibration", calibration_groups(y, probabilities[name]))
            rows += group_rows("lift", lift_groups(y, probabilities[name]))
            common = {"is_champion": name == self.method, "as_of_date": test["as_of_date"].max()}
            self.rows += stamped(rows, **common, method=name, outcome=self.outcome)
        champion = scorers[self.method]
        self.judged = test[["customer_id", "as_of_date"]].assign(probability=probabilities[self.method])
        self.importance = permutation_importance(champion.predict, test, y, champion.features, self.settings.seed)

    def _tell_model(self) -> None:
        settings, everything = self.settings, self.parted.everything
        latest = self.sample[self.sample["is_latest"].astype(bool)]
        features = self.scorer.features
        names = dict.fromkeys([*settings.features, *(name for name in features if name not in settings.categories)])
        typical = typical_values(latest, list(names), settings.categories)
        ranked = sorted(features, key=lambda name: (-self.importance.get(name, 0.0), features.index(name)))
        self.typical = {name: typical[name] for name in ranked[: settings.reason_features]}
        for name, value in typical.items():
            common = {"record_type": "feature", "name": name}
            self.rows += fact_rows(common, {"typical": value}, key="parameter")
            if name in self.importance:
                place = {"importance": self.importance[name], "importance_rank": float(ranked.index(name) + 1)}
                self.rows += fact_rows(common, place, key="parameter")
        self.steps = self.scorer.to_sql(settings.max_sql_leaves)
        y = self._y(everything)
        entries = {
            "champion": self.method,
            "champion_outcome": self.outcome,
            "estimator": json.dumps(self.scorer.to_plain()),
            "parameters": json.dumps(plain(self.parameters.get(self.method, {}))),
            "features": json.dumps(features),
            "settings": json.dumps(settings.of(self.target), sort_keys=True),
            "incumbent": json.dumps(self.incumbent),
            "is_sql": float(self.steps is not None),
            "row_count": float(len(y)),
            "positive_count": float(y.sum()),
            "label_share": float(y.mean()) if len(y) else float("nan"),
            "customer_count": float(everything["customer_id"].nunique()),
        }
        if len(everything):
            entries |= {
                "trained_from": _day(everything["as_of_date"].min()),
                "trained_until": _day(everything["as_of_date"].max()),
                "tested_on": _day(self.parted.test["as_of_date"].max()),
            }
        self.rows += fact_rows({"record_type": "model"}, entries)
        self.rows += [
            {"record_type": "expression", "position": step, "name": column, "detail": sql}
            for step, column, sql in self.steps or []
        ]


def _codes(frame: pd.DataFrame) -> np.ndarray:
    """Return customers as numbers, which are faster to look up than texts."""
    return pd.factorize(frame["customer_id"])[0]


def _is_better(figures: Mapping[str, float], of_past_rate: Mapping[str, float]) -> bool:
    """Return whether a method beats the past rate: its loss beyond noise, and its order too."""
    return figures["gain_low"] > 0 and figures["auc"] >= of_past_rate["auc"]


def _day(moment: pd.Timestamp) -> str:
    return moment.date().isoformat()
