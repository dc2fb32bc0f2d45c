"""Topics of short answers: TF-IDF, non-negative matrix factorisation, and the number of topics by what they tell."""

import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix

# A word in more answers than that is what the survey is about, and tells no answers apart.
_MOST_COMMON_SHARE = 0.5
_MOST_TERMS = 2_000
# One topic more has to tell so much more of the words that are hidden.
_LEAST_GAIN = 0.03
_FOLDS = 3
_MOST_ANSWERS_TO_CHOOSE_BY = 2_000
_LEAST_ANSWERS_PER_TOPIC = 10
_STEPS = 200
_NEXT_TO_NOTHING = 1e-12


class TopicModel:
    """Topics of answers given as lists of words.

    A plural joins its singular where both are written. TF-IDF is that of scikit-learn (smooth, rows of length 1), with
    one plus the logarithm of a count. Topics are the factors of a non-negative matrix factorisation (Lee & Seung 1999,
    started by NNDSVDa of Boutsidis & Gallopoulos 2008).

    The number of topics is chosen by completion (document completion of Wallach et al. 2009, with a cosine for the
    likelihood): topics of two thirds of the answers tell from one half of the words of the others what the other half
    is; 0 is nothing, 1 is all. It rises steeply while a theme is missing, and hardly once themes are split: the largest
    number wins that tells 0.03 more than one topic less, or else the smallest tried.

    Parameters
    ----------
    min_topics, max_topics : int
        Numbers of topics to try, capped at one for ten answers and at the number of terms less one.
    min_people : int
        A term that fewer different people use is left out, so that no term points to a person.
    seed : int
        Of the factorisation's start.

    Attributes
    ----------
    outcome_ : str
        `fitted`, or `too_few_terms`: fewer than two terms are left, or no two answers differ in them. Then there are no
        topics.
    terms_ : list of str
        The terms, sorted.
    topics_ : ndarray of shape (n_topics, n_terms)
        Weight of each term, rows sum to 1, in an order that depends on neither rows nor threads: most of all answers
        first.
    completion_ : float
        Completion of so many topics; NaN without topics.
    answer_shares_ : ndarray of shape (n_topics,)
        Mean share of each topic in the answers that have a term.
    """

    def __init__(self, min_topics: int = 3, max_topics: int = 6, min_people: int = 5, seed: int = 7) -> None:
        self.min_topics = min_topics
        self.max_topics = max_topics
        self.min_people = min_people
        self.seed = seed

    def fit(self, answers: Sequence[Sequence[str]], people: Sequence[str]) -> "TopicModel":
        """Learn the topics.

        Parameters
        ----------
        answers : sequence of sequence of str, n_answers of them
        people : sequence of str, n_answers of them
            Who gave each answer.

        Returns
        -------
        TopicModel
            Itself.
        """
        # One order of rows, so that sums come out the same to the last bit.
        rows = sorted(zip(answers, people, strict=True))
        self._singulars = _singulars(word for words, _ in rows for word in words)
        answers = [[self._singulars.get(word, word) for word in words] for words, _ in rows]
        self.terms_ = self._choose_terms(answers, [person for _, person in rows])
        self._columns = {term: number for number, term in enumerate(self.terms_)}
        self.topics_, self.completion_ = np.zeros((0, len(self.terms_))), float("nan")
        self.answer_shares_ = np.zeros(0)
        self._idf = np.ones(len(self.terms_))
        X = self._count(answers)
        document_counts = np.diff(X.tocsc().indptr)
        self._idf = np.log((1 + X.shape[0]) / (1 + document_counts)) + 1
        X = self._weigh(X)
        X = X[np.diff(X.indptr) > 0]
        distinct = {(X.indices[a:b].tobytes(), X.data[a:b].tobytes()) for a, b in pairwise(X.indptr)}
        most = min(self.max_topics, X.shape[0] // _LEAST_ANSWERS_PER_TOPIC, len(self.terms_) - 1, len(distinct))
        if most < 1 or len(distinct) < 2:
            self.outcome_ = "too_few_terms"
            return self
        self.outcome_ = "fitted"
        tried = {k: self._complete(X, k) for k in range(min(self.min_topics, most), most + 1)}
        k = max((k for k in tried if tried[k] - tried.get(k - 1, np.inf) >= _LEAST_GAIN), default=min(tried))
        self.completion_ = tried[k]
        topics = self._factorise(X, k)
        shares = _shares(X, topics).mean(axis=0)
        order = sorted(range(len(topics)), key=lambda k: (-round(shares[k], 9), topics[k].round(9).tolist()))
        self.topics_, self.answer_shares_ = topics[order], shares[order]
        return self

    def transform(self, answers: Sequence[Sequence[str]]) -> np.ndarray:
        """Return each answer's share of each topic, shape (n_answers, n_topics), rows sum to 1.

        An answer without a term of the model has NaN throughout. A row depends on no other row.
        """
        answers = [[self._singulars.get(word, word) for word in words] for words in answers]
        return _shares(self._weigh(self._count(answers)), self.topics_)

    def top_terms(self, topic: int, count: int) -> list[tuple[str, float]]:
        """Return the heaviest terms of a topic (its row in `topics_`) with their weights, at most `count`."""
        weights = self.topics_[topic]
        order = sorted(range(len(weights)), key=lambda column: (-round(weights[column], 9), self.terms_[column]))
        return [(self.terms_[column], float(weights[column])) for column in order[:count] if weights[column] > 1e-6]

    def _choose_terms(self, answers: list[list[str]], people: list[str]) -> list[str]:
        written = {(word, person) for words, person in zip(answers, people, strict=True) for word in words}
        people_counts = Counter(word for word, _ in written)
        answer_counts = Counter(word for words in answers for word in set(words))
        most = _MOST_COMMON_SHARE * len(answers)
        terms = [w for w, n in people_counts.items() if n >= self.min_people and answer_counts[w] <= most]
        return sorted(sorted(terms, key=lambda word: (-answer_counts[word], word))[:_MOST_TERMS])

    def _count(self, answers: list[list[str]]) -> csr_matrix:
        """Return how often each answer has each term."""
        counts = [Counter(self._columns[word] for word in words if word in self._columns) for words in answers]
        lengths = [len(count) for count in counts]
        columns = [column for count in counts for column in sorted(count)]
        values = [float(count[column]) for count in counts for column in sorted(count)]
        starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        return csr_matrix((values, columns, starts), shape=(len(answers), len(self.terms_)))

    def _weigh(self, X: csr_matrix) -> csr_matrix:
        """Return TF-IDF, each row of length 1 or empty."""
        X = X.copy()
        X.data = (1 + np.log(X.data)) * self._idf[X.indices]
        rows = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
        X.data /= np.sqrt(np.bincount(rows, X.data**2, X.shape[0]))[rows]
        return X

    def _factorise(self, X: csr_matrix, k: int) -> np.ndarray:
        """Return at most k topics."""
        from sklearn.decomposition import NMF

        with warnings.catch_warnings():
            # Where topics are exact, the error is a rounding error and may be below zero.
            warnings.simplefilter("ignore")
            model = NMF(k, init="nndsvda", random_state=self.seed, max_iter=300, tol=1e-4).fit(X)
        topics = model.components_[model.components_.sum(axis=1) > _NEXT_TO_NOTHING]
        return topics / topics.sum(axis=1, keepdims=True)

    def _complete(self, X: csr_matrix, k: int) -> float:
        """Return how well k topics tell the hidden half of the words of answers that they were not learned from."""
        X = X[:: -(-X.shape[0] // _MOST_ANSWERS_TO_CHOOSE_BY)]
        is_hidden = np.random.default_rng(self.seed).random(X.nnz) < 0.5
        hidden, seen = X.copy(), X.copy()
        hidden.data, seen.data = np.where(is_hidden, X.data, 0.0), np.where(is_hidden, 0.0, X.data)
        fold = np.arange(X.shape[0]) % _FOLDS
        found = []
        for number in range(_FOLDS):
            topics = self._factorise(X[fold != number], k)
            told = _weights(seen[fold == number], topics) @ topics
            told[(seen[fold == number] > 0).toarray()] = 0
            truth = hidden[fold == number].toarray()
            lengths = np.linalg.norm(told, axis=1) * np.linalg.norm(truth, axis=1)
            found.append(((told * truth).sum(axis=1) / np.maximum(lengths, _NEXT_TO_NOTHING))[truth.any(axis=1)])
        found = np.concatenate(found)
        return float(found.mean()) if len(found) else 0.0


def _singulars(words: Iterable[str]) -> dict[str, str]:
    """Return the singular of each plural in -s or -x of which both are written."""
    written = set(words)
    return {word: word[:-1] for word in written if word[-1] in "sx" and len(word) > 3 and word[:-1] in written}


def _weights(X: csr_matrix, topics: np.ndarray) -> np.ndarray:
    """Return the weight of each topic in each row of X.

    Multiplicative updates with the topics as they are, in a fixed number of steps, so that no row depends on another.
    """
    target, gram = X @ topics.T, topics @ topics.T
    weights = target.copy()
    for _ in range(_STEPS):
        weights *= target / np.maximum(weights @ gram, _NEXT_TO_NOTHING)
    return weights


def _shares(X: csr_matrix, topics: np.ndarray) -> np.ndarray:
    """Return the share of each topic in each row of X, NaN in a row without any."""
    weights = _weights(X, topics)
    sums = weights.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(sums > 0, weights / sums, np.nan)
