from strate.clustering import fit_clustering


def model(dbt, session):
    settings = dbt.config.get("clustering")
    sample = dbt.ref("int_segments__clustering_sample").df()
    # The sample has nothing else but the key, the features and a column for each level of a nominal one.
    indicators = [name for name in sample.columns if name not in ["customer_id", *settings["features"]]]
    return fit_clustering(sample, id_column="customer_id", indicators=indicators, **settings)
