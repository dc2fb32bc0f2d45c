"""Words of an answer: normalised, without function words, feelings, and whatever may point to a person."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping

from strate.semantics.lexicon import CONCEPTS
from strate.semantics.words import (
    ENGLISH_FUNCTION_WORDS,
    ENGLISH_SENTIMENT_WORDS,
    FRENCH_FUNCTION_WORDS,
    FRENCH_SENTIMENT_WORDS,
)

LANGUAGES = ("french", "english", "both")
SHORTEST, LONGEST = 3, 30

_FUNCTION_WORDS = {"french": FRENCH_FUNCTION_WORDS, "english": ENGLISH_FUNCTION_WORDS}
_SENTIMENT_WORDS = {"french": FRENCH_SENTIMENT_WORDS, "english": ENGLISH_SENTIMENT_WORDS}
_ONLY_FRENCH = FRENCH_FUNCTION_WORDS - ENGLISH_FUNCTION_WORDS
_ONLY_ENGLISH = ENGLISH_FUNCTION_WORDS - FRENCH_FUNCTION_WORDS
# Addresses and handles, links, and whatever has a digit in it: phone numbers, order numbers, postal codes.
_PERSONAL = re.compile(r"[@\d]|://|www\.")
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|quelqu|presqu)'(?=\w)")
_CONTRACTION = re.compile(r"(?<=\w)(?:n't|'(?:s|m|d|re|ve|ll))\b")
_WORD = re.compile(r"[^\W\d_]+")
_APOSTROPHES = "\u2018\u2019\u02bc\u00b4"
_LETTERS = str.maketrans(dict.fromkeys(_APOSTROPHES, "'") | {"œ": "oe", "æ": "ae", "ß": "ss"})


def words_of(text: str) -> list[str]:
    """Return all words of a text in order: lower case, no accents, elisions and contractions cut off.

    What may be an address, a link, a handle or a number is left out.
    """
    text = text.lower().translate(_LETTERS)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    # Piece by piece, so that a megabyte without a blank takes no longer than one with blanks.
    text = " ".join(piece for piece in text.split() if not _PERSONAL.search(piece))
    return _WORD.findall(_CONTRACTION.sub(" ", _ELISION.sub(" ", text)))


def language_of(words: Iterable[str]) -> str:
    """Return the language whose function words come more often: `french` or `english`, `both` for a tie."""
    words = list(words)
    difference = sum(word in _ONLY_FRENCH for word in words) - sum(word in _ONLY_ENGLISH for word in words)
    return "french" if difference > 0 else "english" if difference < 0 else "both"


class Tokenizer:
    """Turns answers into the words that may make a theme.

    Parameters
    ----------
    language : {'french', 'english', 'both'}
        With `both` the language of each answer is told by its function words, and French words of trade become the
        English ones, so that a theme is one topic in two languages.
    synonyms : mapping of str to collection of str
        Words by the one that stands for them; they win over those of the language.
    ignored_words : collection of str
        Words to leave out, such as names of staff.
    """

    def __init__(
        self,
        language: str = "both",
        synonyms: Mapping[str, Collection[str]] | None = None,
        ignored_words: Collection[str] = (),
    ) -> None:
        self.language = language
        self.synonyms = synonyms or {}
        self.ignored_words = ignored_words
        if language not in LANGUAGES:
            raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")
        self._replaced = dict(CONCEPTS) if language == "both" else {}
        for kept, others in self.synonyms.items():
            for other in others:
                self._replaced[_one_word("synonyms", other)] = _one_word("synonyms", kept)
        ignored = {_one_word("ignored_words", word) for word in ignored_words}
        self._dropped = {
            name: ignored | _FUNCTION_WORDS[name] | _SENTIMENT_WORDS[name] for name in ("french", "english")
        }
        self._dropped["both"] = self._dropped["french"] | self._dropped["english"]

    def __call__(self, text: str) -> list[str]:
        """Return the words of a text that may make a theme, in order; possibly none."""
        words = words_of(text)
        language = language_of(words) if self.language == "both" else self.language
        dropped = self._dropped[language]
        kept = (word for word in words if SHORTEST <= len(word) <= LONGEST and word not in dropped)
        return [self._replace(word) for word in kept]

    def _replace(self, word: str) -> str:
        if word in self._replaced:
            return self._replaced[word]
        return self._replaced.get(word[:-1], word) if word[-1] in "sx" else word


def _one_word(argument: str, text: str) -> str:
    words = words_of(str(text))
    if len(words) != 1:
        raise ValueError(f"{argument} must hold single words without digits, not {text!r}")
    return words[0]
