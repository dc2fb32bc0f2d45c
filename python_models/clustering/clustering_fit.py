from strate.clustering import fit_clustering


def model(dbt, session):
    settings = dbt.config.get("clustering")
    sample = dbt.ref("int_segments__clustering_sample").df()
    return fit_clustering(sample, id_column="customer_id", **settings)
