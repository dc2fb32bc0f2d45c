"""What runs wrote of themselves: gates, runs, inputs, gaps."""

from __future__ import annotations

import duckdb
import pandas as pd

from strate.summary import Gate


def gates(connection: duckdb.DuckDBPyConnection) -> list[Gate]:
    """Return the gates of the last run by name."""
    rows = connection.execute("select gate, status, finding_count from gate_results order by gate").fetchall()
    return [Gate(*row) for row in rows]


def runs(connection: duckdb.DuckDBPyConnection, has_relations: bool) -> pd.DataFrame:
    """Return the last hundred runs, latest first, with what became of their models and data tests."""
    relations = (
        """
        select
            invocation_id,
            count(*) filter (status = 'success') as made,
            count(*) filter (status <> 'success') as not_made,
            sum(tests_passed)::bigint as tests_passed,
            sum(tests_warned)::bigint as tests_warned,
            sum(tests_failed)::bigint as tests_failed
        from relation_runs
        group by invocation_id
        """
        if has_relations
        else "select null as invocation_id where false"
    )
    return connection.execute(
        f"""
        select
            runs.started_at, runs.command, coalesce(runs.outcome, 'did not finish') as outcome,
            date_diff('second', runs.started_at, runs.finished_at) as seconds,
            runs.gate_warning_count as gates_that_warned,
            relations.* exclude (invocation_id),
            runs.strate_version
        from runs
        left join ({relations}) as relations on runs.invocation_id = relations.invocation_id
        order by runs.started_at desc
        limit 100
        """
    ).df()


def latest_inputs(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return when each input last had news, with its rows in the last run that looked and the one before."""
    return connection.execute(
        """
        with ordered as (
            select
                input_runs.*,
                dense_rank() over (order by runs.started_at desc) as place
            from input_runs
            inner join runs using (invocation_id)
        )

        select
            last.input, last.latest_event_at, last.row_count, before.row_count as rows_before, last.rejected_count
        from ordered as last
        left join ordered as before on last.input = before.input and before.place = 2
        where last.place = 1
        order by last.input
        """
    ).df()


def missing(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return the features that some customers miss, most first; of everybody, not of groups."""
    return connection.execute(
        """
        with groups as (
            select feature, max(verdict = 'depends_on_group') as depends_on_group
            from feature_missingness
            where group_name <> 'all'
            group by feature
        )

        select
            everybody.feature, everybody.system, everybody.customer_count, everybody.missing_count,
            everybody.missing_share, everybody.imputed_share, groups.depends_on_group
        from feature_missingness as everybody
        left join groups using (feature)
        where everybody.group_name = 'all' and everybody.missing_count > 0
            and everybody.as_of_date = (select max(as_of_date) from feature_missingness)
        order by everybody.missing_share desc, everybody.feature
        """
    ).df()
