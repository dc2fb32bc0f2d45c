from strate.alerts import find_alerts
from strate.alerts.metrics import COLUMNS


def model(dbt, session):
    settings = dbt.config.get("alerts")
    dbt.ref("bias_fit")  # Python models that import one library at once can fail, so this one waits
    rows = dbt.ref("segment_performance").project(", ".join(COLUMNS)).df()
    return find_alerts(rows, settings)
