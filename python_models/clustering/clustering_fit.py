from strate.clustering import fit_clustering


def model(dbt, session):
    settings = dbt.config.get("clustering")
    sample = dbt.ref("int_segments__clustering_sample").df()
    past = dbt.ref("int_segments__clustering_past").df()
    # Besides these the sample has a column for each level of a nominal feature.
    known = {"customer_id", "outcome_revenue", *settings["features"]}
    indicators = [name for name in sample.columns if name not in known]
    return fit_clustering(sample, past, id_column="customer_id", indicators=indicators, **settings)
