"""What the demo's customers say in surveys: the planted dimensions and themes come out of a build."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from strate.demo.surveys import THEMES

from conftest import Project

pytestmark = pytest.mark.build


def test_the_questions_of_a_dimension_agree(demo: Project) -> None:
    """Also the reversed ones, which only agree once they are turned."""
    found = demo.query("select * from survey_reliability")
    assert set(found["kind"]) == {"value", "motivation", "lifestyle"}
    assert found.groupby("dimension")["is_reversed"].sum().eq(1).all()
    assert found["outcome"].eq("measured").all()
    assert found["cronbach_alpha"].between(0.7, 0.95).all()
    assert found["item_rest_correlation"].gt(0.5).all()
    assert found["complete_respondent_count"].lt(found["respondent_count"]).all()


def test_topics_are_the_planted_themes_in_both_languages(demo: Project) -> None:
    theme = {phrase: name for name, languages in THEMES.items() for phrases in languages for phrase in phrases}
    language = {phrase: number for pair in THEMES.values() for number in (0, 1) for phrase in pair[number]}
    columns = [f"topic_{number}_share" for number in range(1, 7)]
    said = demo.query(
        f"""
        select answers.answer_text, {", ".join(columns)}
        from int_survey__answers as answers
        inner join customer_features as features using (customer_id, as_of_date)
        where answers.answer_text is not null
            and as_of_date = (select max(as_of_date) from int_survey__answers)
        """
    )
    first = said["answer_text"].str.split(re.escape(". ")).str[0]
    topic = said[columns].fillna(-1).to_numpy().argmax(axis=1)
    assert len(said) > 150
    assert adjusted_rand_score(first.map(theme), topic) > 0.9
    by_language = pd.crosstab(topic, first.map(language))
    assert by_language.gt(0).all().all()


def test_without_topics_nothing_of_them_is_built(demo: Project, tmp_path: Path) -> None:
    project = Project(tmp_path)
    shutil.copy(demo.database, project.database)
    run = project.build(
        *("--select", "int_features__profiles", "customer_features", "path:python_models/survey", "survey_topics"),
        variables={"text_max_topics": 0},
    )
    assert not [node for node in run.results if "topic" in node]
    columns = project.query("select * from customer_features limit 0").columns
    assert "survey_price_score" in columns
    assert not [name for name in columns if name.startswith("topic_")]
