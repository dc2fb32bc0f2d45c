"""Answer MetricFlow queries of standard input in one process: `mf` itself starts anew, and parses, for each."""

import json
import sys
from pathlib import Path

from dbt_metricflow.cli.cli_configuration import CLIConfiguration
from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

configuration = CLIConfiguration()
configuration.setup(dbt_profiles_path=Path(), dbt_project_path=Path(), configure_file_logging=False)
answers = []
for query in json.load(sys.stdin):
    table = configuration.mf.query(MetricFlowQueryRequest.create(**query)).result_df
    answers.append({"columns": list(table.column_names), "rows": [list(row) for row in table.rows]})
Path("answers.json").write_text(json.dumps(answers, default=str))
