"""What persons say: a survey with three items on each attitude, and one answer in their own words."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from strate.demo import arrow
from strate.demo.people import People
from strate.demo.personas import COUNTRIES, DIMENSIONS, PERSONAS, TEST_ACCOUNT
from strate.demo.rhythm import DAY, END, HOUR, SECOND, within_groups
from strate.demo.schema import TABLES

ITEMS = 3
"""Items of each dimension; the last one asks the other way round, as `demo_survey_items.csv` says."""

_ROWS = ITEMS * len(DIMENSIONS) + 1  # the last answer of a respondent is in words
_QUESTIONS = [f"{d}_{number}" for d in DIMENSIONS for number in range(1, ITEMS + 1)] + ["open_1"]

# Phrases by theme, French and English. A theme that has a persona's attitude is named like the dimension.
THEMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "price": (
        (
            "Je compare toujours les prix avant de commander",
            "J'attends les soldes pour remplir mon panier",
            "Une promotion ou une remise me décide",
            "Mon budget est serré, le prix compte avant tout",
            "Avec un code de remise, j'achète",
            "C'est trop cher sans promotion",
        ),
        (
            "I compare prices before I order",
            "I wait for the sales to fill my basket",
            "A promotion or a discount makes me buy",
            "My budget is tight, price comes first",
            "With a discount code I buy",
            "Too expensive without a promotion",
        ),
    ),
    "quality": (
        (
            "La qualité des matières passe avant le reste",
            "Je veux des produits solides qui durent des années",
            "Les finitions et la matière font la différence",
            "J'achète moins, mais de la qualité qui dure",
            "Un article solide, bien cousu, dans une belle matière",
            "La durabilité et les finitions d'abord",
        ),
        (
            "The quality of the materials comes before the rest",
            "I want solid products that last for years",
            "Finish and material make the difference",
            "I buy less, but quality that lasts",
            "A solid item, well sewn, in a fine material",
            "Durability and finish first",
        ),
    ),
    "novelty": (
        (
            "J'aime découvrir les nouveautés et les tendances",
            "Montrez-moi la nouvelle collection",
            "Je suis les tendances et les créateurs",
            "Une nouveauté chaque semaine me donne envie de revenir",
            "La collection des créateurs m'inspire",
            "Je cherche l'originalité, les nouvelles idées",
        ),
        (
            "I like to discover new arrivals and trends",
            "Show me the new collection",
            "I follow trends and designers",
            "A new arrival every week makes me come back",
            "The collection of the designers inspires me",
            "I look for originality, for new ideas",
        ),
    ),
    "convenience": (
        (
            "Je manque de temps, la livraison doit être rapide",
            "La livraison à domicile me simplifie la vie",
            "Commander en deux minutes depuis le téléphone",
            "Une livraison rapide le soir, après le travail",
            "Je suis pressé, un point relais près du travail suffit",
            "Gagner du temps : livraison à domicile et paiement rapide",
        ),
        (
            "I am short of time, delivery has to be fast",
            "Home delivery makes my life simple",
            "Ordering in two minutes from the phone",
            "A fast delivery in the evening, after work",
            "I am in a hurry, a pickup point near work is enough",
            "Saving time: home delivery and fast payment",
        ),
    ),
    "returns": (
        (
            "Les tailles varient, je fais souvent un retour",
            "Le guide des tailles et les conseils des vendeurs m'aident",
            "Un échange de taille sans frais de retour",
            "Je préfère essayer en magasin avant de choisir la taille",
            "Le retour en magasin et le remboursement",
            "Les conseils d'un vendeur en magasin",
        ),
        (
            "Sizes vary, I often make a return",
            "The size guide and the advice of the staff help me",
            "An exchange of size without a fee for the return",
            "I prefer to try things in the store before I choose the size",
            "The return in the store and the refund",
            "The advice of the staff in the store",
        ),
    ),
}
_PHRASES = 6
_FRENCH_SHARE = {"FR": 1.0, "BE": 1.0, "CH": 0.5}
_RETURNS_SHARE = 0.15


def make_surveys(rng: np.random.Generator, people: People, created_at: np.ndarray, dirt: Counter) -> pa.Table:
    """Make the answers to a survey: items on attitudes, and a question that is answered in words.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    people : People
        Persons of the chunk.
    created_at : ndarray of int of shape (n_people,)
        When the CRM first knew the person, in microseconds since 1970.
    dirt : Counter
        Counts of each kind of dirt; added to.

    Returns
    -------
    pyarrow.Table
        Rows of `survey_responses`, thirteen a respondent.
    """
    known = np.flatnonzero(people.in_crm & ~people.is_bad_email & (people.persona != TEST_ACCOUNT))
    chosen = np.sort(rng.choice(known, max(1, round(len(known) * 0.09)), replace=False))
    respondent, position = within_groups(np.full(len(chosen), _ROWS))
    person = chosen[respondent]
    n = len(person)
    is_open = position == _ROWS - 1
    dimension = np.minimum(position // ITEMS, len(DIMENSIONS) - 1)

    means = np.array([p.attitudes for p in PERSONAS])[people.persona[chosen]]
    # Two answers of one person agree more than those of two persons alike, as in any survey.
    attitude = (means + rng.normal(0, 0.4, means.shape))[respondent, dimension] + rng.normal(0, 0.5, n)
    is_reversed = position % ITEMS == ITEMS - 1
    score = np.clip(np.round(np.where(is_reversed, 6 - attitude, attitude)), 1, 5)
    odd = rng.random(n)
    score = np.where(odd < 0.006, 9, np.where(odd < 0.009, 0, score))
    missing = odd > 0.985
    dirt["survey_responses: score out of range"] += int((~is_open & (odd < 0.009)).sum())
    dirt["survey_responses: no score"] += int((~is_open & missing).sum())

    day = END - DAY - rng.integers(0, 540, len(chosen)) * DAY
    day[0] = END - DAY
    at = (day + 8 * HOUR + rng.integers(0, 43_200, len(chosen)) * SECOND)[respondent] + position * 20 * SECOND
    at = np.maximum(at, np.minimum(created_at[person] + HOUR, END - SECOND))
    by_email = (rng.random(len(chosen)) < 0.15)[respondent]
    texts, said = _draw_texts(rng, means, people.country[chosen])
    columns = {
        "response_id": arrow.keys("R", people.first_number * _ROWS + np.arange(n), 7),
        "crm_customer_id": arrow.pick(people.crm_ids, person, ~by_email),
        "email": arrow.pick(people.emails, person, by_email | (person % 3 == 0)),
        "dimension": arrow.pick([*DIMENSIONS, "open"], np.where(is_open, len(DIMENSIONS), dimension)),
        "question_id": arrow.pick(_QUESTIONS, position),
        "score": pa.array(score, mask=missing | is_open),
        "max_score": pa.array(np.full(n, 5.0), mask=is_open),
        "answer_text": arrow.pick(texts, said[respondent], is_open),
        "answered_at": arrow.moments(at),
    }
    return arrow.table(TABLES["survey_responses"], columns)


def _draw_texts(rng: np.random.Generator, means: np.ndarray, country: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Draw two phrases for each respondent, on what matters to people like them, in their language.

    Returns all texts there are, and the position of each respondent's.
    """
    weights = np.exp(1.2 * means)
    weights *= (1 - _RETURNS_SHARE) / weights.sum(axis=1, keepdims=True)
    theme = (rng.random((len(means), 1)) > np.cumsum(weights, axis=1)).sum(axis=1)
    french = np.array([_FRENCH_SHARE.get(code, 0.0) for code in COUNTRIES])[country]
    language = (rng.random(len(means)) >= french).astype(np.int64)
    first = rng.integers(0, _PHRASES, len(means))
    second = (first + rng.integers(1, _PHRASES, len(means))) % _PHRASES
    texts = [
        f"{phrases[i]}. {phrases[j]}."
        for languages in THEMES.values()
        for phrases in languages
        for i in range(_PHRASES)
        for j in range(_PHRASES)
    ]
    return texts, ((theme * 2 + language) * _PHRASES + first) * _PHRASES + second
