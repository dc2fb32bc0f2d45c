from strate.missingness import report_missingness


def model(dbt, session):
    settings = dbt.config.get("missingness")
    dbt.ref("cluster_keys")  # Python models that import one library at once can fail, so this one waits
    return report_missingness(dbt.ref("int_quality__known_counts").df(), **settings)
