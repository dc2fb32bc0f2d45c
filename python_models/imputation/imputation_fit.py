from strate.imputation import impute_customers
from strate.pieces import read_in_pieces


def model(dbt, session):
    settings = dbt.config.get("imputation")
    dbt.ref("cluster_keys")  # Python models that import one library at once can fail, so this one comes last
    rows = dbt.ref("int_features__imputation_rows")
    sample = rows.filter("is_in_sample").df()
    wanted = read_in_pieces(rows.filter("is_wanted"), "as_of_date, customer_id")
    return impute_customers(sample, wanted, **settings)
