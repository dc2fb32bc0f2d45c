from strate.pieces import read_in_pieces
from strate.scores import score_value, value_columns


def model(dbt, session):
    settings = dbt.config.get("value")
    dbt.ref("cluster_keys")  # Python models that import one library at once can fail, so this one comes last
    rows, columns = dbt.ref("int_scores__rows"), ", ".join(value_columns(settings["features"]))
    sample = rows.filter("is_in_sample").project(columns).df()
    return score_value(sample, read_in_pieces(rows.filter("is_latest").project(columns), "customer_id"), **settings)
