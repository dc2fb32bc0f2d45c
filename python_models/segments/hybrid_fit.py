from strate.hybrid import fit_hybrids


def model(dbt, session):
    return fit_hybrids(dbt.ref("int_segments__hybrid_cells").df())
