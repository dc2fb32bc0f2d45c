from strate.pieces import read_in_pieces
from strate.semantics import fit_survey_topics


def model(dbt, session):
    settings = dbt.config.get("topics")
    samples = dbt.ref("int_survey__topic_sample").df()
    dates = dbt.ref("int_activity__as_of_dates").df()["as_of_date"]
    # Not by date first: what was said before all dates is in one piece, and taken apart once.
    columns = "customer_id, answer_text, as_of_date"
    answers = dbt.ref("int_survey__answers").filter("answer_text is not null").project(columns)
    return fit_survey_topics(samples, dates, read_in_pieces(answers, columns), **settings)
