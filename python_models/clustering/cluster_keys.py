from strate.segment_keys import assign_segment_keys


def model(dbt, session):
    settings = dbt.config.get("segment_keys")
    artifacts = dbt.ref("clustering_fit").df()
    sample = dbt.ref("int_segments__clustering_sample").df()
    known = dbt.ref("int_segments__known_clusterings").df()
    return assign_segment_keys(artifacts, sample, known, **settings)
