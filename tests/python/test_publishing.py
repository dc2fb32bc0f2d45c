"""Publishing to DuckDB and Parquet: what is public and nothing else, as a whole or not at all."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import sqlalchemy as sa
from dbt.adapters.duckdb.credentials import DuckDBCredentials

from public_builds import TABLES, Build, Reader, killed
from strate.brief_reading import brief_reading
from strate.database import attach_database
from strate.duckdb_plugin import Plugin
from strate.encryption import KEY_VARIABLE
from strate.persons.files import find_files
from strate.persons.traces import Traces
from strate.publishing import Source, Targets, publish
from strate.publishing.claim import claim

from conftest import Project

READ_DUCKDB = """
# poll
import duckdb

def read():
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        for table in ("customers", "segments", "customer_segments"):
            yield from (build for build, in connection.execute(f"select distinct build from {table}").fetchall())
            time.sleep(0.01)

poll(read)
"""
READ_PARQUET = """
# poll
import duckdb
from pathlib import Path

def read():
    folder = Path(sys.argv[1], "current").resolve()
    for table in ("customers", "segments", "customer_segments"):
        yield from (build for build, in duckdb.sql(f"select build from '{folder}/{table}/*.parquet'").fetchall())
        time.sleep(0.01)

poll(read)
"""
# Kills itself before the new file takes its place, or in the middle of the Parquet files.
PUBLISH_AND_DIE = """
import importlib, sys
from pathlib import Path
from strate.persons.files import find_files
from strate.persons.traces import Traces
from strate.publishing import Source, Targets, publish

folder = Path(sys.argv[1])
if sys.argv[2] == "duckdb":
    importlib.import_module("strate.publishing.publish").put_in_place = die
progress.listen(Death("Tables written as Parquet"))
publish(
    Source(folder / "strate.duckdb", folder / "target"),
    Targets(folder / "public.duckdb", parquet=folder / "parquet"),
)
"""


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """A small build, made once."""
    made = Build(tmp_path)
    made.make(1)
    return made


def _tables(file: Path) -> dict[str, list[str]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = connection.execute(
            "select table_name, list(column_name order by column_index) from duckdb_columns() "
            "where not internal group by all"
        ).fetchall()
    return dict(rows)


def _number(file: Path, table: str = "segments") -> int:
    with duckdb.connect(str(file), read_only=True) as connection:
        ((number,),) = connection.execute(f"select distinct build from {table}").fetchall()
    return number


def _parquet_number(folder: Path) -> int:
    ((number,),) = duckdb.sql(f"select distinct build from '{folder}/segments/*.parquet'").fetchall()
    return number


def test_readers_of_duckdb_see_one_build_at_a_time(build: Build) -> None:
    build.publish()
    with duckdb.connect(str(build.public), read_only=True) as old:
        reader = Reader(READ_DUCKDB, build.public)
        reader.until(1)
        for number in range(2, 7):
            build.make(number)
            build.publish()
            reader.until(number)
        reader.stop()
        # Whoever has the copy open keeps it.
        assert old.execute("select distinct build from customers").fetchall() == [(1,)]


def test_readers_of_parquet_see_one_build_at_a_time_and_the_last_ones_stay(build: Build) -> None:
    parquet = build.folder / "parquet"
    build.publish(parquet=parquet, keep=2)
    reader = Reader(READ_PARQUET, parquet)
    reader.until(1)
    folders = [(parquet / "current").resolve()]
    for number in range(2, 7):
        build.make(number)
        build.publish(parquet=parquet, keep=2)
        reader.until(number)
        folders.append((parquet / "current").resolve())
    reader.stop()
    assert [folder.exists() for folder in folders] == [False, False, False, True, True, True]
    assert [_parquet_number(folder) for folder in folders[3:]] == [4, 5, 6]
    build.publish(parquet=parquet, keep=0)
    assert [folder.exists() for folder in folders] == [False] * 6
    assert _parquet_number(parquet / "current") == 6


@pytest.mark.parametrize("moment", ["duckdb", "parquet"])
def test_a_publication_that_is_killed_leaves_the_old_one_and_is_cleaned_up(build: Build, moment: str) -> None:
    parquet = build.folder / "parquet"
    build.publish(parquet=parquet)
    build.make(2)
    killed(PUBLISH_AND_DIE, build.folder, moment)
    left = [*build.folder.rglob(".*.publishing-*")]
    assert len(left) == (1 if moment == "duckdb" else 2)  # DuckDB's own folder is there until all is done
    assert _number(build.public) == (1 if moment == "duckdb" else 2)
    assert _parquet_number(parquet / "current") == 1

    build.publish(parquet=parquet)
    assert [path for path in left if path.exists()] == []
    assert [*build.folder.rglob(".*.publishing-*")] == []
    assert (_number(build.public), _parquet_number(parquet / "current")) == (2, 2)


def test_the_second_of_two_publications_says_so(build: Build) -> None:
    build.publish(parquet=build.folder / "parquet")
    with claim(build.public), pytest.raises(RuntimeError, match=r"Another .* is writing .*public\.duckdb"):
        build.publish()
    with claim(build.folder / "parquet/current"), pytest.raises(RuntimeError, match="Another `strate publish`"):
        build.publish(parquet=build.folder / "parquet")


def test_only_what_is_public_leaves_and_no_column_that_names_a_person(build: Build) -> None:
    build.declare("customers_private", access="protected")
    build.declare("answers", pii={"EMail": "direct", "city": "indirect"}, key=["build", "email"])
    build.declare("not_built")
    build.make(
        1,
        extra="""
        create table customers_private as select 1 as build, 'ada@people.example' as email;
        create view answers as select build, id, 'ada@people.example' as email, 'Nancy' as city from segments;
        create table unknown_to_dbt as select 1 as build;
        create table relation_runs as select 'segments' as relation;
        create table audit_log as
        select
            1 as entry_number, timestamp '2025-12-31 10:00:00' as occurred_at, 'ada' as actor,
            'build_started' as action, '{}' as details, 'run 1' as invocation_id, '0.1.0' as strate_version
        union all
        select 2, timestamp '2025-12-31 10:05:00', 'ada', 'build_finished', '{"outcome": "succeeded"}', 'run 1', '0.1.0'
        """,
    )
    done = build.publish(parquet=build.folder / "parquet")
    tables = _tables(build.public)
    assert tables.keys() == {*TABLES, "answers", "relation_runs", "runs", "publication", "published_tables"}
    assert tables["answers"] == ["build", "id", "city"]
    assert done.hidden == ["answers.email"]
    assert done.missing == ["not_built"]
    assert done.invocation_id == "run 1"
    with duckdb.connect(str(build.public), read_only=True) as connection:
        # What BI tools see is a table, whatever it is in the build.
        assert connection.execute("select view_name from duckdb_views() where not internal").fetchall() == []
        assert connection.execute("select count(*) from answers").fetchall() == [(50,)]
        assert connection.execute("select command, outcome, finished_at - started_at from runs").fetchall() == [
            ("build", "succeeded", duckdb.sql("select interval '5 minutes'").fetchall()[0][0])
        ]
        ((identifier, tables_told, rows_told, as_of_date),) = connection.execute(
            "select publication_id, table_count, row_count, as_of_date::varchar from publication"
        ).fetchall()
        ((counted, summed),) = connection.execute("select count(*), sum(row_count) from published_tables").fetchall()
    assert (identifier, tables_told, rows_told) == (done.publication_id, counted, summed)
    assert (counted, summed, as_of_date) == (6, 202, "2025-12-31")
    published = [build.public, *(path for path in (build.folder / "parquet").rglob("*.parquet"))]
    assert len(published) == 9
    assert [path for path in published if b"ada" in path.read_bytes()] == []


@pytest.mark.parametrize("value", ["{'a': 1}", "[1, 2]", "map {'a': 1}", "array_value(1, 2)"])
def test_nested_columns_are_refused_by_name(build: Build, value: str) -> None:
    build.publish()
    build.make(2, extra=f"create or replace table segments as select 2 as build, {value} as inside")
    with pytest.raises(ValueError, match=r"segments\.inside is of type .* BI tools cannot read"):
        build.publish()
    assert _number(build.public) == 1


def test_numbers_stay_what_they_are(build: Build) -> None:
    build.make(
        1,
        extra="""
        create or replace table segments as
        select
            1 as build, 123456789012345678901234567890::hugeint as huge, 18446744073709551615::ubigint as large,
            1.10::decimal(12, 2) as amount, 'a'::enum ('a', 'b') as level,
            timestamp '2025-12-31 23:59:59.123456' as moment
        """,
    )
    build.publish(parquet=build.folder / "parquet")
    with duckdb.connect(str(build.public), read_only=True) as connection:
        rows = connection.execute("select huge, large, amount, level, moment from segments").fetchall()
    assert (
        rows
        == duckdb.sql(
            f"select huge, large, amount, level, moment from '{build.folder}/parquet/current/segments/*.parquet'"
        ).fetchall()
    )
    assert [str(value) for value in rows[0]] == [
        "123456789012345678901234567890",
        "18446744073709551615",
        "1.10",
        "a",
        "2025-12-31 23:59:59.123456",
    ]


def test_it_waits_for_a_build_and_then_says_so(build: Build) -> None:
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.readline()"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(build.source.database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "open\n"
    with pytest.raises(RuntimeError, match="was open in another process for 0 seconds, and nothing was published"):
        build.publish(wait=0)
    assert not build.public.exists()
    said: list[str] = []

    def say(sentence: str) -> None:
        said.append(sentence)
        if "waiting until it is done" in sentence:
            threading.Timer(0.5, holder.communicate, ["done\n"]).start()

    build.publish(wait=60, say=say)
    assert sum("waiting until it is done" in sentence for sentence in said) == 1
    assert _number(build.public) == 1


def test_a_build_waits_for_a_publication_and_for_nobody_else(build: Build) -> None:
    database = str(build.source.database)
    plugin = Plugin("strate", {}, DuckDBCredentials(database="strate", schema="main", path=database))
    read = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); input()"
    command = [sys.executable, "-c", read, database]
    reader = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert reader.stdout.readline() == "open\n"
    with pytest.raises(RuntimeError, match=f"PID {reader.pid}"):
        plugin.update_connection_config(plugin.creds, {})
    with brief_reading(build.source.database):
        began = time.monotonic()
        waiting = threading.Thread(target=plugin.update_connection_config, args=(plugin.creds, {}))
        waiting.start()
        waiting.join(1)
        assert waiting.is_alive()
        reader.communicate("done\n")
    waiting.join(30)
    assert not waiting.is_alive()
    assert time.monotonic() - began >= 1
    with duckdb.connect(database) as connection:
        connection.execute("create table written as select 1")


@pytest.mark.parametrize(
    ("ended", "reason"), [("", "did not finish"), ('{"outcome": "failed", "failed": ["minimum_segment_size"]}', "size")]
)
def test_a_build_that_failed_or_was_killed_is_not_published(build: Build, ended: str, reason: str) -> None:
    build.publish()
    end = f"union all select 2, 'build_finished', '{ended}', 'run 2', now()::timestamp, ''" if ended else ""
    log = f"""
        create table audit_log as
        select
            1 as entry_number, 'build_started' as action, '{{}}' as details, 'run 2' as invocation_id,
            now()::timestamp as occurred_at, '' as strate_version
        {end}
    """
    build.make(2, extra=log)
    with pytest.raises(RuntimeError, match=f"The last run .*{reason}.*--force"):
        build.publish()
    assert _number(build.public) == 1
    build.publish(force=True)
    assert _number(build.public) == 2


def test_what_somebody_wrote_to_the_copy_does_not_reach_the_next(build: Build) -> None:
    build.publish()
    writer = "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute('delete from segments'); os._exit(0)"
    subprocess.run([sys.executable, "-c", writer, str(build.public)], check=True)
    assert Path(f"{build.public}.wal").exists()
    build.publish()
    assert _number(build.public) == 1


def test_an_encrypted_build_has_an_encrypted_copy(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "a key that is long enough for a test, I hope")
    plain = build.source.database.rename(build.folder / "plain.duckdb")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{plain}' as plain (read_only)")
        attach_database(connection, build.source.database, "strate", read_only=False)
        connection.execute("copy from database plain to strate")
    parquet = build.folder / "parquet"
    with pytest.raises(ValueError, match="--unencrypted"):
        build.publish(parquet=parquet)
    assert not build.public.exists()
    assert not parquet.exists()
    build.publish()
    assert b"customer_segments" not in build.public.read_bytes()
    with duckdb.connect() as connection:
        attach_database(connection, build.public, "public", read_only=True)
        assert connection.execute("select distinct build from public.main.segments").fetchall() == [(1,)]
    build.publish(parquet=parquet, unencrypted=True)
    assert _parquet_number(parquet / "current") == 1


def test_files_of_others_are_not_replaced(build: Build) -> None:
    mine = build.folder / "mine.duckdb"
    with duckdb.connect(str(mine)) as connection:
        connection.execute("create table mine as select 1")
    (build.folder / "link.duckdb").symlink_to(build.source.database)
    for place in (build.source.database, mine, build.folder / "link.duckdb"):
        before = place.read_bytes()
        with pytest.raises(ValueError, match="is not a copy that `strate publish` made"):
            publish(build.source, Targets(place))
        assert place.read_bytes() == before
    (build.folder / "parquet/current").mkdir(parents=True)
    with pytest.raises(ValueError, match="is not a link that `strate publish` made"):
        build.publish(parquet=build.folder / "parquet")


def test_an_erasure_sees_who_is_left_in_a_published_copy(build: Build) -> None:
    build.make(1, extra="create or replace table customers as select 1 as build, 'abcdef0123456789' as customer_id")
    parquet = build.folder / "parquet"
    build.publish(parquet=parquet, keep=1)
    build.make(2)
    places = (build.folder / "target", build.folder / "logs", [build.public, parquet])
    traces = Traces({"abcdef0123456789"})

    def left() -> list[tuple[str, str]]:
        return [(file.path.name, file.action) for file in find_files(*places, traces, spared=())]

    assert left() == [("data_0.parquet", "not_touched"), ("public.duckdb", "not_touched")]
    build.publish(parquet=parquet, keep=1)
    assert left() == [("data_0.parquet", "not_touched")]  # the publication before
    build.publish(parquet=parquet, keep=0)
    assert left() == []


def test_sqlalchemy_reads_the_copy_and_the_next_one(build: Build) -> None:
    build.publish()
    options = {"connect_args": {"read_only": True}, "poolclass": sa.pool.NullPool}
    engine = sa.create_engine(f"duckdb:///{build.public}", **options)
    assert {*TABLES, "publication"} <= {*sa.inspect(engine).get_table_names()}
    assert sa.inspect(engine).get_table_comment("segments") == {"text": "Table segments."}
    query = sa.text("select distinct build from segments where id < :id")
    assert pd.read_sql(query, engine, params={"id": 3})["build"].tolist() == [1]
    build.make(2)
    build.publish()
    assert pd.read_sql("select distinct build from segments", engine)["build"].tolist() == [2]


def test_what_is_missing_is_named(build: Build, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.duckdb does not exist"):
        publish(Source(tmp_path / "nowhere.duckdb", build.source.target), Targets(build.public))
    with pytest.raises(FileNotFoundError, match=r"manifest\.json does not exist: run `dbt build`"):
        publish(Source(build.source.database, tmp_path / "none"), Targets(build.public))
    with pytest.raises(FileNotFoundError, match=r"The folder .* does not exist"):
        publish(build.source, Targets(tmp_path / "none/public.duckdb"))
    (build.source.target / "manifest.json").write_text('{"nodes": {')
    with pytest.raises(ValueError, match="is not a whole manifest"):
        build.publish()


@pytest.mark.build
def test_the_demo_is_published_as_it_is(demo: Project, tmp_path: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("strate")),
        "publish",
        "--json",
        "--parquet",
        str(tmp_path / "parquet"),
    ]
    environment = demo.command("build")[1] | {"STRATE_PUBLIC_PATH": str(tmp_path / "public.duckdb")}
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    manifest = json.loads((demo.folder / "target/manifest.json").read_text())
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    public = {node["name"]: node for node in models if node["config"]["access"] == "public"}
    assert public.keys() <= told["row_counts"].keys()
    assert told["missing"] == told["hidden"] == []
    assert told["row_counts"]["gate_results"] > 20
    with duckdb.connect(str(demo.database), read_only=True) as connection:
        connection.execute(f"attach '{tmp_path / 'public.duckdb'}' as public (read_only)")
        for name in public:
            ((different,),) = connection.execute(
                f"select count(*) from ((from main.{name} except all from public.main.{name}) union all "
                f"(from public.main.{name} except all from main.{name}))"
            ).fetchall()
            assert different == 0, name
        comments = connection.execute(
            "select count(comment), count(*) from duckdb_tables() where database_name = 'public'"
        ).fetchall()
    assert comments[0][0] == comments[0][1] == len(told["row_counts"]) + 2
    # Whom to ask is known of every mart.
    groups = {group["name"]: group["owner"] for group in manifest["groups"].values()}
    assert {name for name, node in public.items() if not groups[node["config"]["group"]]["email"]} == set()
