from strate.pieces import read_in_pieces
from strate.scores import score_value


def model(dbt, session):
    settings = dbt.config.get("value")
    dbt.ref("cluster_keys")  # Python models that import one library at once can fail, so this one comes last
    rows = dbt.ref("int_scores__value_histories")
    sample = rows.filter("is_in_sample").df()
    return score_value(sample, read_in_pieces(rows.filter("is_latest"), "customer_id"), **settings)
