"""Publishing to a real Postgres: readers neither wait nor see a part, whatever they have open."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import IsolationLevel

from postgres_server import postgres_server
from public_builds import TABLES, Build, Reader, killed
from strate.publishing import PostgresTarget

# One statement over all tables; a transaction with pauses; and a prepared statement a table.
READ = """
# poll
import psycopg

names = ("customers", "segments", "customer_segments")
joined = " union ".join(f"select build from strate.{name}" for name in names)
one = psycopg.connect(sys.argv[1], autocommit=True)
many = psycopg.connect(sys.argv[1])
many.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ

def read():
    assert len(one.execute(joined).fetchall()) == 1
    with many.transaction():
        for name in names:
            yield from (build for build, in many.execute(f"select distinct build from strate.{name}").fetchall())
            time.sleep(0.02)
    for name in names:
        assert len(one.execute(f"select build from strate.{name}", prepare=True).fetchall()) == 50

poll(read)
"""
PUBLISH_AND_DIE = """
import sys
from pathlib import Path
from strate.publishing import PostgresTarget, Source, Targets, publish

folder = Path(sys.argv[1])
progress.listen(Death("Tables written to Postgres"))
publish(
    Source(folder / "strate.duckdb", folder / "target"),
    Targets(folder / "public.duckdb", postgres=PostgresTarget(sys.argv[2])),
)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server, without user."""
    with postgres_server() as address:
        yield address


@pytest.fixture
def url(server: str) -> Iterator[str]:
    """The connection string of the superuser; what a test leaves behind is dropped."""
    url = f"postgresql://strate:a-secret@{server}"
    yield url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop schema if exists strate, other cascade")
        connection.execute("drop role if exists bi, publisher")


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """A small build, made once."""
    made = Build(tmp_path)
    made.make(1)
    return made


def _rows(url: str, sql: str) -> list[tuple]:
    with psycopg.connect(url) as connection:
        return connection.execute(sql).fetchall()


def _number(url: str, table: str = "segments") -> int:
    ((number,),) = _rows(url, f"select distinct build from strate.{table}")
    return number


def test_readers_see_one_build_at_a_time(build: Build, url: str) -> None:
    target = PostgresTarget(url)
    build.publish(postgres=target)
    with psycopg.connect(url) as long:
        long.isolation_level = IsolationLevel.REPEATABLE_READ
        assert long.execute("select distinct build from strate.segments").fetchall() == [(1,)]
        reader = Reader(READ, url)
        reader.until(1)
        for number in range(2, 7):
            build.make(number)
            build.publish(postgres=target)
            reader.until(number)
        reader.stop()
        # Whoever has a transaction open sees what was there when it began, in every table.
        for table in TABLES:
            assert long.execute(f"select distinct build from strate.{table}").fetchall() == [(1,)]
    done = build.publish(postgres=target)
    assert _rows(url, "select publication_id, row_count from strate.publication") == [(done.publication_id, 150)]


def test_a_table_whose_columns_change_waits_for_its_readers_and_keeps_nobody_waiting(build: Build, url: str) -> None:
    build.publish(postgres=PostgresTarget(url))
    build.make(2, extra="alter table segments add column name varchar; drop table customers")
    waits: list[float] = []
    is_done = threading.Event()

    def others() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not is_done.is_set():
                began = time.monotonic()
                connection.execute("select build from strate.segments").fetchall()
                waits.append(time.monotonic() - began)
                time.sleep(0.01)

    with psycopg.connect(url) as reader:
        assert reader.execute("select distinct build from strate.segments").fetchall() == [(1,)]
        other = threading.Thread(target=others)
        publisher = threading.Thread(target=build.publish, kwargs={"postgres": PostgresTarget(url)})
        other.start()
        publisher.start()
        publisher.join(3)
        assert publisher.is_alive()
        assert reader.execute("select distinct build from strate.customers").fetchall() == [(1,)]
        reader.commit()
    publisher.join(60)
    is_done.set()
    other.join(60)
    assert not publisher.is_alive()
    assert len(waits) > 20
    assert max(waits) < 2, "a reader was kept waiting"
    assert _rows(url, "select distinct build, name from strate.segments") == [(2, None)]
    # What is no longer in the build is no longer there.
    tables = "select relname from pg_class where relnamespace = 'strate'::regnamespace and relkind = 'r' order by 1"
    assert [name for (name,) in _rows(url, tables)] == [
        "customer_segments",
        "publication",
        "published_tables",
        "segments",
    ]


def test_a_publication_that_is_killed_leaves_the_old_one(build: Build, url: str) -> None:
    build.publish(postgres=PostgresTarget(url))
    build.make(2, extra="alter table segments add column name varchar")
    killed(PUBLISH_AND_DIE, build.folder, url)
    assert {_number(url, table) for table in TABLES} == {1}
    build.publish(postgres=PostgresTarget(url))
    assert {_number(url, table) for table in TABLES} == {2}
    tables = _rows(url, "select relname from pg_class where relnamespace = 'strate'::regnamespace and relkind = 'r'")
    assert {name for (name,) in tables} == {*TABLES, "publication", "published_tables"}


def test_the_second_of_two_publications_says_so(build: Build, url: str) -> None:
    with psycopg.connect(url) as other:
        other.execute("select pg_advisory_xact_lock(hashtextextended('strate publish strate', 0))")
        with pytest.raises(RuntimeError, match="Another `strate publish` is writing to the schema strate"):
            build.publish(postgres=PostgresTarget(url))
        build.publish(postgres=PostgresTarget(url, schema="other"))


def test_readers_read_what_is_published_and_nothing_else(build: Build, url: str, server: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create role publisher login")
        connection.execute("create schema strate authorization publisher")
        connection.execute("create role bi login")
        connection.execute("create schema other; create table other.secrets as select 1 as secret")
    publisher, bi = f"postgresql://publisher@{server}", f"postgresql://bi@{server}"
    build.publish(postgres=PostgresTarget(publisher, reader="bi"))
    # A table that comes later, or whose columns change, can be read by the same role without naming it again.
    build.declare("later")
    build.make(2, extra="create table later as select 2 as build; alter table segments add column name varchar")
    build.publish(postgres=PostgresTarget(publisher))
    for table in (*TABLES, "later", "publication", "published_tables"):
        assert len(_rows(bi, f"select * from strate.{table}")) > 0
    for forbidden in (
        "select * from other.secrets",
        "insert into strate.later values (3)",
        "update strate.later set build = 3",
        "delete from strate.later",
        "truncate strate.later",
        "drop table strate.later",
        "create table strate.mine (a int)",
        "create table public.mine (a int)",
        "create schema mine",
        "create role mine",
        "select pg_read_file('/etc/passwd')",
        "copy strate.later to program 'true'",
    ):
        with psycopg.connect(bi) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(forbidden)
    assert _rows(url, "select rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = 'bi'") == [
        (False, False, False)
    ]


def test_a_reader_who_is_not_there_is_made_without_a_log_in(build: Build, url: str) -> None:
    build.publish(postgres=PostgresTarget(url, reader="bi"))
    assert _rows(url, "select rolcanlogin, rolinherit from pg_roles where rolname = 'bi'") == [(False, True)]
    assert _rows(url, "select has_table_privilege('bi', 'strate.segments', 'select')") == [(True,)]


def test_types_keys_and_descriptions_arrive(build: Build, url: str) -> None:
    build.declare("segments", key=["build", "id"])
    build.make(
        1,
        extra="""
        create or replace table segments as
        select
            1 as build, 7 as id,
            123456789012345678901234567890::hugeint as huge, 18446744073709551615::ubigint as large,
            1.10::decimal(12, 2) as amount, 0.1 + 0.2 as share, 0.1::float as small, 'nan'::double as nothing,
            200::utinyint as tiny, 'a'::enum ('a', 'b') as level, 'l''été' || chr(0) || '\\' as words,
            timestamp '2025-12-31 23:59:59.123456' as happened_at, timestamp_ns '2025-12-31 00:00:00' as exact_at,
            timestamptz '2025-12-31 23:00:00+00' as zoned_at, date '2025-12-31' as as_of_date, true as is_it,
            null::double as unknown
        """,
    )
    build.publish(postgres=PostgresTarget(url))
    columns = dict(
        _rows(
            url,
            "select attname, format_type(atttypid, atttypmod) from pg_attribute "
            "where attrelid = 'strate.segments'::regclass and attnum > 0",
        )
    )
    assert columns | {"build": "integer", "id": "integer"} == {
        "build": "integer",
        "id": "integer",
        "huge": "numeric(38,0)",
        "large": "numeric(20,0)",
        "amount": "numeric(12,2)",
        "share": columns["share"],
        "small": "real",
        "nothing": "double precision",
        "tiny": "smallint",
        "level": "text",
        "words": "text",
        "happened_at": "timestamp without time zone",
        "exact_at": "timestamp without time zone",
        "zoned_at": "timestamp with time zone",
        "as_of_date": "date",
        "is_it": "boolean",
        "unknown": "double precision",
    }
    (row,) = _rows(
        url,
        "select huge::text, large::text, amount::text, small::text, nothing::text, tiny, level, words, "
        "happened_at::text, exact_at::text, zoned_at at time zone 'utc' = '2025-12-31 23:00:00', as_of_date::text, "
        "is_it, unknown from strate.segments",
    )
    assert row == (
        "123456789012345678901234567890",
        "18446744073709551615",
        "1.10",
        "0.1",
        "NaN",
        200,
        "a",
        "l'été\\",
        "2025-12-31 23:59:59.123456",
        "2025-12-31 00:00:00",
        True,
        "2025-12-31",
        True,
        None,
    )
    assert _rows(url, "select indexdef from pg_indexes where schemaname = 'strate'") == [
        ("CREATE INDEX segments_key ON strate.segments USING btree (build, id)",)
    ]
    assert _rows(
        url, "select obj_description('strate.segments'::regclass), col_description('strate.segments'::regclass, 1)"
    ) == [("Table segments.", "Column build.")]


def test_tables_of_others_are_not_touched(build: Build, url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create schema strate; create table strate.mine as select 1 as a")
    build.publish(postgres=PostgresTarget(url))
    with psycopg.connect(url) as connection:
        connection.execute("create table strate.later as select 1 as build")
        connection.execute("create view strate.ours as select build from strate.segments")
    build.make(2)
    build.publish(postgres=PostgresTarget(url))
    assert _rows(url, "select distinct build from strate.ours") == [(2,)]  # a view on top follows
    build.declare("later")
    build.make(3, extra="create table later as select 3 as build")
    with pytest.raises(RuntimeError, match="has a table later that `strate publish` did not make"):
        build.publish(postgres=PostgresTarget(url))
    assert _rows(url, "select a, build from strate.mine, strate.later") == [(1, 1)]
    assert _number(url) == 2


def test_what_cannot_be_is_said_without_the_password(build: Build, url: str, server: str, monkeypatch) -> None:
    build.publish()
    host = server.split("/")[0]
    for wrong in (f"postgresql://nobody:a-secret@{server}", "postgresql://strate:a-secret@127.0.0.1:1/postgres"):
        with pytest.raises(
            RuntimeError, match=r"Nothing was published to the schema strate of postgres at 127"
        ) as told:
            build.publish(postgres=PostgresTarget(wrong))
        assert "a-secret" not in str(told.value)
    with psycopg.connect(url) as connection:
        connection.execute("create role publisher login")
    with pytest.raises(RuntimeError, match="permission denied for database"):
        build.publish(postgres=PostgresTarget(f"postgresql://publisher:a-secret@{server}"))
    words = f"host={host.split(':')[0]} port={host.split(':')[1]} dbname=postgres user=strate password=a-secret"
    build.publish(postgres=PostgresTarget(words))
    assert PostgresTarget(words).place == "the schema strate of postgres at 127.0.0.1"
    monkeypatch.delenv("STRATE_POSTGRES_URL", raising=False)
    with pytest.raises(ValueError, match="STRATE_POSTGRES_URL is not set"):
        PostgresTarget.of_environment("strate", None)
    build.make(2, extra=f'alter table segments add column "{"x" * 64}" int')
    with pytest.raises(ValueError, match="longer than Postgres allows"):
        build.publish(postgres=PostgresTarget(url))
    assert _number(url) == 1
