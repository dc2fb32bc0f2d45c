from strate.bias import report_bias


def model(dbt, session):
    settings = dbt.config.get("bias")
    dbt.ref("missingness_fit")  # Python models that import one library at once can fail, so this one waits
    return report_bias(dbt.ref("int_bias__cells").df(), dbt.ref("int_bias__coverage").df(), **settings)
