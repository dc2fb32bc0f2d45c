"""Topics of answers in words: planted themes are found in each language, and nothing else plays a part."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from strate.demo.surveys import THEMES
from strate.semantics import Tokenizer, TopicModel, fit_survey_topics
from strate.semantics.tokens import language_of, words_of

DATES = [pd.Timestamp("2025-08-15"), pd.Timestamp("2025-11-15")]
THIRD_QUARTER = (2025 * 12 + 6) // 3


def planted(languages: tuple[int, ...] = (0, 1), count: int = 300, seed: int = 1) -> pd.DataFrame:
    """Return answers with their theme and language: two phrases each, as many of every theme and language."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        theme = list(THEMES)[number % len(THEMES)]
        language = languages[number // len(THEMES) % len(languages)]
        first, second = rng.choice(6, 2, replace=False)
        phrases = THEMES[theme][language]
        rows.append((f"crm:{number}", theme, language, f"{phrases[first]}. {phrases[second]}."))
    return pd.DataFrame(rows, columns=["account_key", "theme", "language", "answer_text"])


def sample_of(
    answers: pd.DataFrame, period: int | None = THIRD_QUARTER, as_of_date: pd.Timestamp | None = None
) -> pd.DataFrame:
    """Return answers as rows of int_survey__topic_sample."""
    return answers[["account_key", "answer_text"]].assign(
        period=pd.array([period] * len(answers), dtype="Int32"),
        as_of_date=pd.Series([as_of_date] * len(answers), index=answers.index, dtype="datetime64[us]"),
        known_answer_count=len(answers),
    )


def said_at(answers: pd.DataFrame, dates: list[pd.Timestamp]) -> pd.DataFrame:
    """Return answers as rows of int_survey__answers, known at each date."""
    rows = [
        answers.assign(as_of_date=date, customer_id=answers["account_key"])[
            ["as_of_date", "customer_id", "answer_text"]
        ]
        for date in dates
    ]
    return pd.concat(rows, ignore_index=True)


def facts(found: pd.DataFrame, name: str) -> list[str]:
    return found.loc[found["name"] == name].sort_values("as_of_date")["detail"].tolist()


def shares(found: pd.DataFrame, date: pd.Timestamp) -> pd.DataFrame:
    rows = found[(found["record_type"] == "share") & (found["as_of_date"] == date)]
    return rows.pivot(index="customer_id", columns="topic_id", values="value").fillna(0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("L\u2019été, j'achète jusqu'à l'œuvre", ["ete", "achete", "a", "oeuvre"]),
        ("Don't say it's the shop's!", ["do", "say", "it", "the", "shop"]),
        ("Écrivez à jean.dupont@mail.example ou 06 12 34 56 78", ["ecrivez", "a", "ou"]),
        ("voir https://x.example/a?b=c www.y.example @lea commande N12", ["voir", "commande"]),
        ("größe aujourd'hui", ["grosse", "aujourd", "hui"]),
        ("", []),
    ],
)
def test_words_are_normalised_and_nothing_personal_is_left(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_the_language_of_an_answer_is_told_by_its_function_words() -> None:
    assert language_of(words_of("Le prix est dans le budget de la famille")) == "french"
    assert language_of(words_of("The price is in the budget of the family")) == "english"
    assert language_of(words_of("Budget")) == "both"


def test_neither_function_words_nor_feelings_are_left() -> None:
    assert Tokenizer("french")("C'est vraiment génial, j'adore car la livraison est super") == ["livraison"]
    assert Tokenizer("english")("It is really great, I love the car because of the delivery") == ["car", "delivery"]
    # In French car is a function word, so each answer has to be read in its own language.
    both = Tokenizer("both")
    assert both("It is really great, I love the car because of the delivery") == ["car", "delivery"]
    assert both("Je reviens car la livraison est dans les temps") == ["reviens", "delivery", "time"]


def test_words_of_ones_own_win_and_ignored_ones_go() -> None:
    tokenizer = Tokenizer("both", {"shipping": ["Livraison", "courier"]}, ["Élodie"])
    assert tokenizer("La livraison par Élodie, le courier et les prix") == ["shipping", "shipping", "price"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("german",), "language must be one of french, english, both, not 'german'"),
        (
            ("both", {"home delivery": ["courier"]}),
            "synonyms must hold single words without digits, not 'home delivery'",
        ),
        (("both", None, ["B2B"]), "ignored_words must hold single words without digits, not 'B2B'"),
    ],
)
def test_a_wrong_setting_is_named(arguments: tuple, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Tokenizer(*arguments)
    with pytest.raises(ValueError, match="refit_months must be one of 1, 2, 3, 4, 6, 12, not 5"):
        fit_survey_topics(sample_of(planted()), DATES, [], refit_months=5)


@pytest.mark.parametrize(("language", "written"), [("french", (0,)), ("english", (1,)), ("both", (0, 1))])
def test_planted_themes_are_found(language: str, written: tuple[int, ...]) -> None:
    answers = planted(written)
    tokenizer = Tokenizer(language)
    words = [tokenizer(text) for text in answers["answer_text"]]
    model = TopicModel(2, 8).fit(words, answers["account_key"].tolist())
    assert model.outcome_ == "fitted"
    assert len(model.topics_) == len(THEMES)
    assert adjusted_rand_score(answers["theme"], model.transform(words).argmax(axis=1)) > 0.95


def test_the_lexicon_joins_two_languages() -> None:
    """Without it the same answers fall apart by language."""
    answers = planted()
    found = {}
    for name, tokenizer in (("joined", Tokenizer("both")), ("apart", Tokenizer("french"))):
        words = [tokenizer(text) for text in answers["answer_text"]]
        model = TopicModel(5, 5).fit(words, answers["account_key"].tolist())
        found[name] = model.transform(words).argmax(axis=1)
    assert adjusted_rand_score(answers["theme"], found["joined"]) > 0.95
    assert adjusted_rand_score(answers["theme"], found["apart"]) < 0.8


def test_neither_row_order_nor_threads_nor_pieces_change_anything() -> None:
    answers = planted()
    said = said_at(answers, DATES)
    expected = fit_survey_topics(sample_of(answers), DATES, [said])
    assert facts(expected, "outcome") == ["fitted", "fitted"]
    shuffled = answers.sample(frac=1, random_state=3)
    pieces = [said[begin : begin + 7] for begin in range(0, len(said), 7)]
    with threadpool_limits(limits=2):
        again = fit_survey_topics(sample_of(shuffled), reversed(DATES), pieces)
    pd.testing.assert_frame_equal(expected, again, check_exact=True)


def test_a_share_depends_on_the_customers_own_answers() -> None:
    answers = planted()
    found = fit_survey_topics(sample_of(answers), DATES, [said_at(answers, DATES)])
    every = shares(found, DATES[0])
    np.testing.assert_allclose(every.sum(axis=1), 1, atol=1e-5)
    few = answers.iloc[:3]
    alone = fit_survey_topics(sample_of(answers), DATES, [said_at(few, DATES)])
    pd.testing.assert_frame_equal(
        shares(alone, DATES[0]), every.loc[few["account_key"], shares(alone, DATES[0]).columns], check_exact=True
    )
    # Two answers count half each; one without a word of any topic does not count.
    two = few.iloc[:2].assign(account_key="crm:0")
    silent = pd.DataFrame({"account_key": ["crm:0", "crm:9"], "answer_text": ["xyzzy", "le la les"]})
    mixed = fit_survey_topics(sample_of(answers), DATES, [said_at(pd.concat([two, silent]), DATES)])
    mean = every.loc[few["account_key"].iloc[:2]].mean()
    assert shares(mixed, DATES[0]).index.tolist() == ["crm:0"]
    np.testing.assert_allclose(shares(mixed, DATES[0]).iloc[0], mean[shares(mixed, DATES[0]).columns], atol=2e-6)


def test_words_of_a_few_are_in_no_topic() -> None:
    """Four people write a name, however often; with a fifth it could be one of theirs no more."""
    answers = planted()
    named = answers.copy()
    named.loc[:39, "account_key"] = [f"crm:{number % 4}" for number in range(40)]
    named.loc[:39, "answer_text"] += " Kowalczyk"
    tokenizer = Tokenizer("both")

    def terms(frame: pd.DataFrame) -> list[str]:
        words = [tokenizer(text) for text in frame["answer_text"]]
        return TopicModel(min_people=5).fit(words, frame["account_key"].tolist()).terms_

    assert "kowalczyk" not in terms(named)
    named.loc[0, "account_key"] = "crm:fifth"
    assert "kowalczyk" in terms(named)


@pytest.mark.parametrize(
    ("texts", "outcome"),
    [
        ([], "too_few_answers"),
        (["Le prix"], "too_few_answers"),
        (["le la les", "the of and", "génial !", "great"] * 20, "too_few_terms"),
        (["Le prix avant la livraison"] * 80, "too_few_terms"),
        (["12 34", "a@b.example", "???"] * 30, "too_few_terms"),
        (["Le prix et le budget"] * 30 + ["???"] * 50, "too_few_terms"),
        (["Le prix et le budget"] * 40 + ["La livraison à domicile"] * 40, "fitted"),
    ],
)
def test_degenerate_answers_have_a_named_outcome(texts: list[str], outcome: str) -> None:
    answers = pd.DataFrame({"account_key": [f"crm:{n}" for n in range(len(texts))], "answer_text": texts}, dtype=object)
    samples = pd.concat([sample_of(answers), *(sample_of(answers, None, date) for date in DATES)])
    found = fit_survey_topics(samples, DATES, [said_at(answers, DATES)] if texts else [])
    assert facts(found, "outcome") == [outcome, outcome]
    assert (found["record_type"] == "share").any() == (outcome == "fitted")
    assert found["value"].dropna().between(-1, len(texts)).all()


def test_topics_keep_their_numbers_from_period_to_period() -> None:
    """A theme that goes leaves its number free, one that comes takes a free one, and the others stay."""
    themes = list(THEMES)
    before = planted(count=400, seed=2)
    before = before[before["theme"] != themes[4]]
    after = planted(count=400, seed=5)
    after = after[after["theme"] != themes[0]]
    samples = pd.concat([sample_of(before), sample_of(after, THIRD_QUARTER + 1)])
    answers = planted(count=50, seed=6)
    found = fit_survey_topics(samples, DATES, [said_at(answers, DATES)], min_topics=4, max_topics=5, refit_months=3)
    assert facts(found, "learned_before") == ["2025-07-01", "2025-10-01"]
    number = {}
    for date in DATES:
        topic = shares(found, date).idxmax(axis=1).reindex(answers["account_key"]).set_axis(answers["theme"])
        number[date] = topic.dropna().groupby(level=0).agg(lambda found: found.mode().iloc[0])
    for theme in themes[1:4]:
        assert number[DATES[0]][theme] == number[DATES[1]][theme]
    assert number[DATES[1]][themes[4]] == 5
    topics = found[(found["name"] == "similarity") & (found["as_of_date"] == DATES[1])].set_index("topic_id")["value"]
    assert np.isnan(topics[5])
    assert topics.drop(5).min() > 0.8


def test_before_the_first_period_a_date_learns_for_itself() -> None:
    answers = planted(count=100)
    few = sample_of(answers.iloc[:20])
    own = sample_of(answers, period=None, as_of_date=DATES[1])
    found = fit_survey_topics(pd.concat([few, own]), DATES, [said_at(answers, DATES)])
    assert facts(found, "outcome") == ["too_few_answers", "fitted"]
    assert facts(found, "learned_before") == ["2025-08-16", "2025-11-16"]
    assert shares(found, DATES[0]).empty
    assert len(shares(found, DATES[1])) == 100


def test_a_megabyte_without_a_blank_is_read_in_one_go():
    assert words_of("b" * 1_000_000) == ["b" * 1_000_000]
    assert words_of("b" * 1_000_000 + "@ prix") == ["prix"]
