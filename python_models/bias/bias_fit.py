from strate.bias import report_bias


def model(dbt, session):
    settings = dbt.config.get("bias")
    dbt.ref("missingness_fit")  # Python models that import one library at once can fail, so this one waits
    cells, covered, scores = dbt.ref("int_bias__cells"), dbt.ref("int_bias__coverage"), dbt.ref("int_bias__scores")
    return report_bias(cells.df(), covered.df(), scores.df(), **settings)
