from strate.semantics import fit_survey_topics, read_in_pieces


def model(dbt, session):
    settings = dbt.config.get("topics")
    samples = dbt.ref("int_survey__topic_sample").df()
    dates = dbt.ref("int_activity__as_of_dates").df()["as_of_date"]
    return fit_survey_topics(samples, dates, read_in_pieces(dbt.ref("int_survey__answers")), **settings)
