"""Topics of survey answers at each as-of date, learned from what had been answered before."""

from collections.abc import Callable, Collection, Iterable, Mapping

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from strate.progress import track
from strate.semantics.tokens import Tokenizer
from strate.semantics.topic_model import TopicModel
from strate.threads import one_thread

TOP_TERMS, LABEL_TERMS = 12, 3
# Below this cosine two topics of successive fits share too few words to be one.
_LEAST_SIMILARITY = 0.5
_COLUMNS = ("record_type", "as_of_date", "customer_id", "topic_id", "name", "position", "value", "detail")


def fit_survey_topics(
    samples: pd.DataFrame,
    as_of_dates: Iterable,
    answers: Iterable[pd.DataFrame],
    *,
    language: str = "both",
    min_topics: int = 3,
    max_topics: int = 6,
    min_answers: int = 50,
    min_people: int = 5,
    refit_months: int = 3,
    synonyms: Mapping[str, Collection[str]] | None = None,
    ignored_words: Collection[str] = (),
    seed: int = 7,
) -> pd.DataFrame:
    """Learn topics from answers in words, and say how much of each topic customers speak of.

    Topics are learned anew at the start of each period of `refit_months` months, from what was answered before it. A
    date takes the topics of its own period. So nothing answered later plays a part, topics do not change from day to
    day, and a date has the same ones whatever other dates are asked for. A topic whose terms are like those of one in
    the period before (the pairing with the largest sum of cosines, of 0.5 or more) keeps its number; a new one gets the
    lowest number that is free, of numbers that the period before did not use if there are any. While no period has
    enough answers yet, a date learns from the answers known at its own end.

    Rows are sorted and everything runs on one thread, so the result depends on neither the order of rows nor threads.

    Parameters
    ----------
    samples : pandas.DataFrame
        What to learn from: `period` (number of the period, counted from year 0) or `as_of_date` (the other is null),
        `account_key`, `answer_text`, and `known_answer_count`, of which the rows may be a sample.
    as_of_dates : iterable of dates
    answers : iterable of pandas.DataFrame
        Pieces of any size with `as_of_date`, `customer_id` and `answer_text`, always in the same order.
    language, synonyms, ignored_words
        See `Tokenizer`.
    min_topics, max_topics, min_people, seed
        See `TopicModel`.
    min_answers : int
        With fewer answers in words nothing is learned.
    refit_months : int
        Length of a period; 12 months are a whole number of them.

    Returns
    -------
    pandas.DataFrame
        Columns `record_type`, `as_of_date`, `customer_id`, `topic_id`, `name`, `position`, `value`, `detail`. Rows by
        `record_type`::

            fit: one row per date and fact in name
                outcome              detail: fitted, too_few_answers or too_few_terms
                learned_before       detail: ISO date; nothing answered on it or later was learned from
                answer_count         answers in words known before it
                topic_count, completion
            topic: topic_id; detail: label, its three heaviest terms
                answer_share         mean share among the answers that the topics were learned from
                similarity           cosine to the topic of this number in the period before; null if it is new
            term: topic_id, position from 1; name: the term; value: its weight, which sum to 1 over all terms
            share: customer_id, topic_id; value: mean share of the topic in the customer's answers, where above 0

    Raises
    ------
    ValueError
        If an argument is not legal.

    References
    ----------
    Kuhn (1955) for the pairing; see `TopicModel` for the rest.
    """
    if refit_months not in (1, 2, 3, 4, 6, 12):
        raise ValueError(f"refit_months must be one of 1, 2, 3, 4, 6, 12, not {refit_months!r}")
    tokenizer = Tokenizer(language, synonyms, ignored_words)
    dates = sorted(pd.Timestamp(date) for date in as_of_dates)
    rows: list[tuple] = []

    def learn(sample: pd.DataFrame) -> _Fit:
        return _Fit(sample, tokenizer, min_answers, TopicModel(min_topics, max_topics, min_people, seed))

    with one_thread():
        fits = _fit_periods(samples, learn)
        own = samples[samples["as_of_date"].notna()]
        chosen = {}
        for date in dates:
            period = max((p for p in fits if p <= _period(date, refit_months)), default=None)
            if period is None:
                sample = own[pd.to_datetime(own["as_of_date"]) == date]
                learned_before = date + pd.Timedelta(days=1)
                chosen[date] = learn(sample)
            else:
                learned_before = _first_day(period, refit_months)
                chosen[date] = fits[period]
            rows += _fit_rows(date, learned_before, chosen[date])
        fitted = {date: fit for date, fit in chosen.items() if fit.outcome == "fitted"}
        shares = _share_frame(answers, tokenizer, fitted, max_topics)
    frame = pd.concat([pd.DataFrame(rows, columns=list(_COLUMNS)), shares], ignore_index=True)
    for name in ("topic_id", "position"):
        frame[name] = frame[name].astype("Int64")
    for name in ("record_type", "customer_id", "name", "detail"):
        frame[name] = frame[name].astype("string")
    frame["as_of_date"] = pd.to_datetime(frame["as_of_date"])
    frame["value"] = frame["value"].astype("float64")
    return frame


class _Fit:
    """Topics learned from one sample, and their numbers."""

    def __init__(self, sample: pd.DataFrame, tokenizer: Tokenizer, min_answers: int, model: TopicModel) -> None:
        self.answer_count = int(sample["known_answer_count"].max()) if len(sample) else 0
        self.model = model
        if self.answer_count < min_answers:
            self.outcome, self.numbers, self.similarities = "too_few_answers", [], []
            return
        words = [tokenizer(text) for text in sample["answer_text"]]
        self.model.fit(words, sample["account_key"].astype(str).tolist())
        self.outcome = self.model.outcome_
        self.numbers = list(range(1, len(self.model.topics_) + 1))
        self.similarities = [float("nan")] * len(self.numbers)

    def follow(self, former: "_Fit") -> None:
        """Give topics the numbers of those of a former fit that they are like."""
        similarity = _similarity(self.model, former.model)
        ours, theirs = linear_sum_assignment(-similarity)
        numbers: dict[int, int] = {}
        for mine, other in zip(ours, theirs, strict=True):
            if similarity[mine, other] >= _LEAST_SIMILARITY:
                numbers[mine] = former.numbers[other]
                self.similarities[mine] = float(similarity[mine, other])
        for mine in range(len(self.numbers)):
            if mine not in numbers:
                free = [n for n in range(1, self.model.max_topics + 1) if n not in numbers.values()]
                numbers[mine] = min(free, key=lambda n: (n in former.numbers, n))
        self.numbers = [numbers[mine] for mine in range(len(self.numbers))]


def _fit_periods(samples: pd.DataFrame, learn: Callable[[pd.DataFrame], _Fit]) -> dict[int, _Fit]:
    """Return the fit of each period that has enough to learn from, numbered after the period before."""
    fits: dict[int, _Fit] = {}
    periods = samples[samples["period"].notna()].groupby("period", sort=True)
    for period, sample in track(periods, "Topics, periods learned"):
        fit = learn(sample)
        if fit.outcome == "fitted":
            if fits:
                fit.follow(fits[max(fits)])
            fits[int(period)] = fit
    return fits


def _similarity(model: TopicModel, former: TopicModel) -> np.ndarray:
    """Return the cosine of each topic with each topic of a former model, over the terms of both."""
    terms = sorted(set(model.terms_) | set(former.terms_))
    ours, theirs = (_spread(m, terms) for m in (model, former))
    return (ours @ theirs.T).round(9)


def _spread(model: TopicModel, terms: list[str]) -> np.ndarray:
    """Return the topics over more terms, each of length 1."""
    columns = {term: number for number, term in enumerate(terms)}
    wide = np.zeros((len(model.topics_), len(terms)))
    wide[:, [columns[term] for term in model.terms_]] = model.topics_
    return wide / np.linalg.norm(wide, axis=1, keepdims=True)


def _period(date: pd.Timestamp, months: int) -> int:
    return (date.year * 12 + date.month - 1) // months


def _first_day(period: int, months: int) -> pd.Timestamp:
    month = period * months
    return pd.Timestamp(year=month // 12, month=month % 12 + 1, day=1)


def _fit_rows(date: pd.Timestamp, learned_before: pd.Timestamp, fit: _Fit) -> list[tuple]:
    nan, model = float("nan"), fit.model
    rows = [
        ("fit", date, None, None, "outcome", None, nan, fit.outcome),
        ("fit", date, None, None, "learned_before", None, nan, str(learned_before.date())),
        ("fit", date, None, None, "answer_count", None, fit.answer_count, None),
        ("fit", date, None, None, "topic_count", None, len(fit.numbers), None),
    ]
    if fit.outcome == "fitted":
        rows.append(("fit", date, None, None, "completion", None, model.completion_, None))
    for topic, number in enumerate(fit.numbers):
        terms = model.top_terms(topic, TOP_TERMS)
        label = ", ".join(term for term, _ in terms[:LABEL_TERMS])
        rows.append(("topic", date, None, number, "answer_share", None, model.answer_shares_[topic], label))
        rows.append(("topic", date, None, number, "similarity", None, fit.similarities[topic], label))
        for position, (term, weight) in enumerate(terms, start=1):
            rows.append(("term", date, None, number, term, position, weight, None))
    return rows


def _share_frame(
    answers: Iterable[pd.DataFrame], tokenizer: Tokenizer, fits: dict[pd.Timestamp, _Fit], most: int
) -> pd.DataFrame:
    """Return the mean shares of each customer that are above 0, sorted by date, customer and topic."""
    names = list(range(1, most + 1))
    parts = [pd.DataFrame({"as_of_date": pd.to_datetime([]), "customer_id": [], **dict.fromkeys(names, 0.0)})]
    for piece in answers:
        codes, texts = pd.factorize(piece["answer_text"], sort=True)
        words = [tokenizer(text) for text in texts]
        piece = piece.assign(text=codes, as_of_date=pd.to_datetime(piece["as_of_date"]))
        shares: dict[_Fit, np.ndarray] = {}  # dates of one period have one fit
        for date, part in piece.groupby("as_of_date", sort=True):
            if date not in fits:
                continue
            if fits[date] not in shares:
                shares[fits[date]] = np.zeros((len(words), most))
                shares[fits[date]][:, np.array(fits[date].numbers) - 1] = fits[date].model.transform(words)
            found = pd.DataFrame(shares[fits[date]][part["text"]], columns=names, index=part.index)
            parts.append(pd.concat([part[["as_of_date", "customer_id"]], found], axis=1).dropna())
    means = pd.concat(parts).groupby(["as_of_date", "customer_id"], sort=True).mean().round(6)
    row, column = np.nonzero(means.to_numpy() > 0)
    return pd.DataFrame(
        {
            "record_type": "share",
            "as_of_date": means.index.get_level_values(0)[row],
            "customer_id": means.index.get_level_values(1)[row],
            "topic_id": column + 1,
            "value": means.to_numpy()[row, column],
        }
    )
