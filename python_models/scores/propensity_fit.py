from strate.pieces import read_in_pieces
from strate.scores.propensity import fit_propensity


def model(dbt, session):
    settings = dbt.config.get("propensity")
    dbt.ref("cluster_keys")  # Python models that import one library at once can fail, so this one comes last
    rows = dbt.ref("int_scores__rows")
    incumbents, held_out = dbt.ref("int_scores__incumbents").df(), dbt.ref("int_scores__held_out_values").df()
    pieces = read_in_pieces(rows.filter("is_latest or is_in_sample"), "as_of_date, customer_id")
    return fit_propensity(rows.filter("is_in_sample").df(), incumbents, held_out, pieces, **settings)
