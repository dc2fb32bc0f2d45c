from strate.identity import match_pairs


def model(dbt, session):
    settings = dbt.config.get("matching")
    records = dbt.ref("int_identity__match_records").df()
    decisions = dbt.ref("identity_decisions").df()
    return match_pairs(records, date_column="as_of_date", decisions=decisions, **settings)
