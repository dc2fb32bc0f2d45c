from strate.imputation import impute_customers, read_in_pieces


def model(dbt, session):
    settings = dbt.config.get("imputation")
    dbt.ref("cluster_keys")  # Python models that import one library at once can fail, so this one comes last
    rows = dbt.ref("int_features__imputation_rows")
    sample = rows.filter("is_in_sample").df()
    return impute_customers(sample, read_in_pieces(rows), **settings)
