"""Semantics of free text: words of answers, their topics, and how much of each customers speak of."""

from strate.semantics.survey_topics import fit_survey_topics
from strate.semantics.tokens import Tokenizer
from strate.semantics.topic_model import TopicModel

__all__ = ["Tokenizer", "TopicModel", "fit_survey_topics"]
