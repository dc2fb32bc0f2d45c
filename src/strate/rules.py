"""Dry run of the rules: whom they would have, beside whom they have, without writing anything."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from strate.database import open_marts
from strate.terminal import plain

SHOWN_OVERLAPS = 20


@dataclass(frozen=True)
class RuleCount:
    """One rule: its state, its customers and their share, and how many would come and go; None if it is not built yet.

    `matching_count` has those too for whom a rule of the same segmentation goes first.
    """

    segment_key: str
    state: str
    missing_inputs: str | None
    customer_count: int
    customer_share: float
    matching_count: int
    coming: int | None
    going: int | None


@dataclass(frozen=True)
class Overlap:
    """Two rules that hold for the same customers, and the share of the smaller one's customers that these are."""

    first: str
    second: str
    customer_count: int
    share_of_smaller: float


@dataclass(frozen=True)
class DryRun:
    """What `dry_run` found; `retired` are segments that the database has and the rules do not: (key, customers)."""

    as_of_date: str
    rules: list[RuleCount]
    overlaps: list[Overlap]
    retired: list[tuple[str, int]]


@dataclass(frozen=True)
class CompiledRules:
    """What dbt made of the rules: SQL of the members, SQL of the counts, and the relation that the second reads."""

    memberships: str
    counts: str
    memberships_relation: str


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def compile_rules(project: Path, database: Path, variables: str = "{}") -> CompiledRules:
    """Have dbt compile the rules as a build would, in a folder of its own.

    Parameters
    ----------
    project : pathlib.Path
        Folder of the dbt project.
    database : pathlib.Path
        The database on which the SQL is to run: relations are named after its file. It is not opened.
    variables : str
        Vars over those of the project, as YAML or JSON.

    Raises
    ------
    RuntimeError
        If a rule, or something else in the project, does not compile; the message is dbt's.
    """
    from dbt.cli.main import dbtRunner

    with tempfile.TemporaryDirectory() as folder:
        # An empty database of the same name: dbt opens it to write, which would keep every reader out of the real one.
        with (
            _environment(
                STRATE_DUCKDB_PATH=str(Path(folder, database.name)),
                DBT_TARGET_PATH=folder,
                DBT_LOG_PATH=folder,
                DBT_SEND_ANONYMOUS_USAGE_STATS="false",
            ),
            redirect_stdout(None),
        ):
            done = dbtRunner().invoke(
                [
                    *("--quiet", "--log-level", "none", "--log-level-file", "none", "compile"),
                    *("--select", "rule_memberships", "segment_rules", "--vars", variables),
                    *("--project-dir", str(project), "--profiles-dir", str(project)),
                ]
            )
        if not done.success:
            failed = [node.message for node in getattr(done.result, "results", []) if node.message]
            raise RuntimeError(_reason(str(done.exception or "; ".join(failed))))
        nodes = json.loads(Path(folder, "manifest.json").read_text())["nodes"]
    memberships, counts = nodes["model.strate.rule_memberships"], nodes["model.strate.segment_rules"]
    return CompiledRules(memberships["compiled_code"], counts["compiled_code"], memberships["relation_name"])


def _reason(message: str) -> str:
    """Return Strate's own sentences where dbt's message has some, else the whole message."""
    sentences = [line.strip().removeprefix("- ") for line in message.splitlines() if line.strip().startswith("- ")]
    return "\n".join(sentences) or message.strip()


def dry_run(database: Path, schema: str = "main", project: Path = Path(), variables: str = "{}") -> DryRun:
    """Count whom the rules would have on the tables of the last build.

    Parameters
    ----------
    database : pathlib.Path
        DuckDB file that dbt wrote; opened without the right to write.
    schema : str
        Schema of the marts.
    project : pathlib.Path
        Folder of the dbt project with the rules.
    variables : str
        Vars over those of the project, as YAML or JSON.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or no build in it.
    RuntimeError
        If the rules do not compile, or a build is writing to the file.
    """
    with open_marts(database, schema, ["customer_features"]) as (connection, tables):
        compiled = compile_rules(project, database, variables)
        connection.execute(f"create temp table dry_memberships as {compiled.memberships}")
        counts = compiled.counts.replace(compiled.memberships_relation, "dry_memberships")
        connection.execute(f"create temp table dry_rules as {counts}")
        is_built = "rule_memberships" in tables
        stored = "rule_memberships" if is_built else "(select * from dry_memberships where false)"
        moves = {
            key: (coming, going)
            for key, coming, going in connection.execute(
                f"""
                select coalesce(dry.segment_key, stored.segment_key),
                    count(*) filter (stored.customer_id is null), count(*) filter (dry.customer_id is null)
                from (from dry_memberships where is_assigned) as dry
                full join (from {stored} where is_assigned) as stored using (segment_key, customer_id)
                group by all
                """
            ).fetchall()
        }
        rules = [
            RuleCount(*row, *(moves.get(row[0], (0, 0)) if is_built else (None, None)))
            for row in connection.execute(
                """
                select segment_key, state, missing_inputs, customer_count, coalesce(customer_share, 0), matching_count
                from dry_rules order by segmentation, priority, segment_key
                """
            ).fetchall()
        ]
        overlaps = connection.execute(
            f"""
            with sizes as (select segment_key, count(*) as size from dry_memberships group by all)
            select one.segment_key, other.segment_key, count(*),
                count(*) / least(any_value(one_size.size), any_value(other_size.size))
            from dry_memberships as one
            join dry_memberships as other on one.customer_id = other.customer_id and one.segment_key < other.segment_key
            join sizes as one_size on one.segment_key = one_size.segment_key
            join sizes as other_size on other.segment_key = other_size.segment_key
            group by all order by 3 desc, 1, 2 limit {SHOWN_OVERLAPS}
            """
        ).fetchall()
        ((as_of_date,),) = connection.execute("select max(as_of_date) from dry_rules").fetchall()
    known = {rule.segment_key for rule in rules}
    return DryRun(
        as_of_date=str(as_of_date),
        rules=rules,
        overlaps=[Overlap(*row) for row in overlaps],
        retired=sorted((key, going) for key, (_, going) in moves.items() if key not in known),
    )


def render_dry_run(found: DryRun) -> RenderableType:
    """Return a dry run as something that rich can print."""
    if not found.rules:
        return Text("The var segment_rules has no rule.")
    rules = Table(title=plain(f"Rules as of {found.as_of_date}"), title_justify="left", box=None, pad_edge=False)
    for name in ("rule", "state"):
        rules.add_column(name)
    for name in ("customers", "share", "outranked", "coming", "going"):
        rules.add_column(name, justify="right")
    for rule in found.rules:
        state = rule.state if rule.missing_inputs is None else f"{rule.state}: {rule.missing_inputs}"
        moves = ("not built", "") if rule.coming is None else (f"{rule.coming:,}", f"{rule.going:,}")
        outranked = rule.matching_count - rule.customer_count
        rules.add_row(
            plain(rule.segment_key),
            plain(state),
            f"{rule.customer_count:,}",
            f"{rule.customer_share:.1%}",
            f"{outranked:,}",
            *moves,
        )
    parts: list[RenderableType] = [rules, Text()]
    if found.overlaps:
        overlaps = Table(title="Overlaps, the largest first", title_justify="left", box=None, pad_edge=False)
        for name in ("rule", "and"):
            overlaps.add_column(name)
        for name in ("customers", "of the smaller"):
            overlaps.add_column(name, justify="right")
        for pair in found.overlaps:
            overlaps.add_row(
                plain(pair.first), plain(pair.second), f"{pair.customer_count:,}", f"{pair.share_of_smaller:.1%}"
            )
        parts += [overlaps, Text()]
    else:
        parts += [Text("No two rules hold for the same customer."), Text()]
    for key, count in found.retired:
        parts.append(plain(f"{key} is no rule any more: its {count:,} customers leave it."))
    return Group(*parts, Text("Nothing was written: `dbt build` makes it so."))
