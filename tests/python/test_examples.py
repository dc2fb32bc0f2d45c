"""The example projects build on real data, and their totals are those of the files.

Totals, value and lifecycle are computed twice: by plain SQL on the Parquet file, and from Strate's tables. The READMEs
show them, and the sizes of Strate's other segments, between two markers; STRATE_UPDATE_README=1 writes them anew.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from conftest import PROJECT, Project

DATA = Path(os.environ.get("STRATE_DATA", PROJECT.parent / "shared" / "data")).resolve()
BEGIN, END = "<!-- totals:begin -->", "<!-- totals:end -->"
RETAIL_FILE = DATA / "online_retail" / "online_retail_II_2009_2010.parquet"
GA4_FILE = DATA / "ga4" / "events_flat.parquet"
MONEY_TOLERANCE = 1e-6  # relative

pytestmark = pytest.mark.build


@dataclass
class Example:
    """An example that was built, and its file."""

    name: str
    project: Project
    file: Path
    output: str

    def strate(self, sql: str) -> list[tuple]:
        """Return the rows of a query on Strate's tables."""
        with duckdb.connect(str(self.project.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def source(self, sql: str) -> list[tuple]:
        """Return the rows of a query on the file, which is the table `file` in it."""
        with duckdb.connect() as connection:
            connection.execute(f"create view file as from '{self.file}'")
            return connection.execute(sql).fetchall()

    def both(self, sql: str) -> list[tuple]:
        """Return the rows of a query that reads the file as `file` and Strate's tables as `strate.<table>`."""
        with duckdb.connect() as connection:
            connection.execute(f"create view file as from '{self.file}'")
            connection.execute(f"attach '{self.project.database}' as strate (read_only)")
            return connection.execute(sql).fetchall()


def build(name: str, file: Path, folder: Path) -> Example:
    """Build a copy of an example as its README says, with this repository as the package."""
    if not file.exists():
        pytest.skip(f"The example {name} needs {file.parent.name}/{file.name} in the folder that STRATE_DATA names.")
    copy = folder / name
    left_out = shutil.ignore_patterns("dbt_packages", "target", "logs", "package-lock.yml", "*.duckdb*")
    shutil.copytree(PROJECT / "examples" / name, copy, ignore=left_out)
    packages = copy / "packages.yml"
    packages.write_text(packages.read_text().replace("local: ../..", f"local: {PROJECT}"))
    project = Project(folder / "build")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRATE_DATA", str(DATA))
        subprocess.run([Path(sys.executable).with_name("dbt"), "--quiet", "deps"], cwd=copy, check=True)
        run = project.build(cwd=copy)
    return Example(name, project, file, run.output)


@pytest.fixture(scope="module")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return build("online_retail", RETAIL_FILE, tmp_path_factory.mktemp("retail"))


@pytest.fixture(scope="module")
def ga4(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return build("ga4", GA4_FILE, tmp_path_factory.mktemp("ga4"))


def row(*cells: object) -> str:
    """Return a row of a Markdown table; whole numbers get thousands separators."""
    return "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells) + " |"


def money(amount: float) -> str:
    """Return an amount with two decimals."""
    return f"{amount:,.2f}"


def table(head: tuple[str, ...], rows: list[tuple]) -> list[str]:
    """Return a Markdown table, its last columns set to the right."""
    return [row(*head), "|---" + "|---:" * (len(head) - 1) + "|", *(row(*cells) for cells in rows)]


def segment_tables(example: Example) -> list[str]:
    """Return the segments that rules make, with their sizes, then the clusters, whose sizes are rounded."""
    by_rule = example.strate(
        """
        select segmentation || ': ' || segment_name, customer_count
        from segments where segmentation <> 'cluster' order by segmentation, segment_key
        """
    )
    clusters = example.strate(
        """
        select segment_name, round(100 * customer_share)::int || ' %'
        from segments where segmentation = 'cluster' order by segment_key
        """
    )
    lines = ["", *table(("segment", "customers"), by_rule)] if by_rule else []
    return [*lines, "", *table(("cluster", "share of customers"), clusters)]


def check_readme(name: str, lines: list[str]) -> None:
    """Compare the lines with those between the README's markers, or write them there."""
    readme = PROJECT / "examples" / name / "README.md"
    before, rest = readme.read_text().split(BEGIN)
    found, after = rest.split(END)
    if os.environ.get("STRATE_UPDATE_README") == "1":
        readme.write_text("\n".join([before + BEGIN, *lines, END + after]))
        return
    assert found.strip().splitlines() == lines, f"{readme} is stale: run the test with STRATE_UPDATE_README=1."


# Online Retail II ----------------------------------------------------------------------------------------------------

# Decimals, so that the sums are exact whatever the order.
RETAIL_LINES = """
    select
        *,
        Quantity * cast(Price as decimal(18, 4)) as amount,
        CustomerID is null as is_anonymous
    from file
    where Price >= 0
"""


@pytest.fixture(scope="module")
def retail_totals(retail: Example) -> dict[str, float]:
    """Return the totals of the file, by plain SQL."""
    names = [
        "lines_in",
        "rejected",
        "duplicates",
        "orders",
        "cancellations",
        "zero_prices",
        "anonymous_lines",
        "customers",
        "buyers",
        "purchases",
        "gross_known",
        "returned_known",
        "gross_anonymous",
        "returned_anonymous",
    ]
    [values] = retail.source(
        f"""
        with lines as ({RETAIL_LINES}),
        invoices as (
            select Invoice, CustomerID
            from lines group by all having sum(case when Quantity > 0 then amount end) > 0
        )
        select
            (select count(*) from file),
            (select count(*) from file where Price < 0),
            count(*) - count(distinct (Invoice, StockCode, coalesce(Description, ''), Quantity, InvoiceDate, Price,
                coalesce(CustomerID, 0), Country)),
            (select count(distinct Invoice) from file),
            count(distinct case when Invoice like 'C%' then Invoice end),
            count(case when Price = 0 then 1 end),
            count(case when is_anonymous then 1 end),
            count(distinct CustomerID),
            (select count(distinct CustomerID) from invoices),
            (select count(CustomerID) from invoices),
            sum(case when not is_anonymous and Quantity > 0 then amount end),
            sum(case when not is_anonymous and Quantity < 0 then -amount end),
            sum(case when is_anonymous and Quantity > 0 then amount end),
            sum(case when is_anonymous and Quantity < 0 then -amount end)
        from lines
        """
    )
    return {
        name: int(value) if index < 10 else float(value)
        for index, (name, value) in enumerate(zip(names, values, strict=True))
    }


def test_retail_builds_without_a_warning(retail: Example) -> None:
    assert "WARNING" not in retail.output
    assert "deprecat" not in retail.output.lower()


def test_retail_accounts_for_every_line(retail: Example, retail_totals: dict[str, float]) -> None:
    [lines] = retail.strate(
        "select row_count, kept_count, duplicate_key_count, rejected_count from input_row_counts "
        "where input = 'erp_order_lines'"
    )
    lines_in, rejected = retail_totals["lines_in"], retail_totals["rejected"]
    assert lines == (lines_in, lines_in - rejected, 0, rejected)
    assert retail.strate("select row_count, kept_count from input_row_counts where input = 'erp_orders'") == [
        (retail_totals["orders"], retail_totals["orders"])
    ]
    assert retail.strate("select input, reason, count(*) from rejected_rows group by all") == [
        ("erp_order_lines", "unit_price is negative", rejected)
    ]
    assert retail.both(
        """
        select Invoice, StockCode
        from file inner join strate.rejected_rows on file.source_row = rejected_rows.source_key order by Invoice
        """
    ) == [("A506401", "B"), ("A516228", "B"), ("A528059", "B")]


def test_retail_anonymous_sales_are_in_no_customer(retail: Example, retail_totals: dict[str, float]) -> None:
    [(customers,)] = retail.strate("select count(*) from customers")
    assert customers == retail_totals["customers"]
    [(anonymous_lines, anonymous_net, total_net)] = retail.strate(
        """
        select
            count(case when account_key is null then 1 end),
            cast(sum(case when account_key is null then net_amount end) as double),
            cast(sum(net_amount) as double)
        from (select *, gross_amount - discount_amount - returned_amount as net_amount from int_activity__order_lines)
        """
    )
    [(revenue, orders)] = retail.strate(
        """
        select sum(revenue), sum(order_count) from customer_features
        where as_of_date = (select max(as_of_date) from customer_features)
        """
    )
    known = retail_totals["gross_known"] - retail_totals["returned_known"]
    anonymous = retail_totals["gross_anonymous"] - retail_totals["returned_anonymous"]
    assert anonymous_lines == retail_totals["anonymous_lines"]
    assert anonymous_net == pytest.approx(anonymous, rel=MONEY_TOLERANCE)
    assert revenue == pytest.approx(known, rel=MONEY_TOLERANCE)
    assert revenue + anonymous_net == pytest.approx(known + anonymous, rel=MONEY_TOLERANCE)
    assert total_net == pytest.approx(known + anonymous, rel=MONEY_TOLERANCE)
    assert orders == retail_totals["purchases"]


def test_retail_every_customer_has_their_own_sales_on_every_date(retail: Example) -> None:
    assert retail.strate("select count(distinct as_of_date) from customer_features") == [(3,)]
    differences = retail.both(
        f"""
        with lines as (
            select 'erp:' || CustomerID as account_key, as_of_date, Invoice, InvoiceDate, Quantity, amount
            from ({RETAIL_LINES}), (select distinct as_of_date from strate.customer_features)
            where not is_anonymous and InvoiceDate::date <= as_of_date
        ),
        invoices as (
            select
                account_key, as_of_date, min(InvoiceDate)::date as order_date, sum(amount) as net_amount,
                coalesce(sum(case when Quantity > 0 then amount end), 0) > 0 as is_purchase
            from lines group by account_key, as_of_date, Invoice
        ),
        expected as (
            select
                account_key, as_of_date, sum(net_amount) as revenue, sum(is_purchase::int) as order_count,
                as_of_date - max(case when is_purchase then order_date end) as recency_days
            from invoices group by account_key, as_of_date
        ),
        found as (
            select account_key, as_of_date, revenue, order_count, recency_days
            from strate.customer_features inner join strate.int_identity__accounts using (customer_id, as_of_date)
        )
        select account_key, as_of_date, expected.revenue, found.revenue, expected.order_count, found.order_count
        from expected full join found using (account_key, as_of_date)
        where coalesce(abs(expected.revenue - found.revenue) > 1e-6, true)
            or expected.order_count is distinct from found.order_count
            or expected.recency_days is distinct from found.recency_days
        """
    )
    assert differences == []


def test_retail_rule_segments_follow_their_rules(retail: Example) -> None:
    expected = retail.source(
        f"""
        with purchases as (
            select
                CustomerID, Invoice, min(InvoiceDate)::date as order_date,
                coalesce(sum(case when Quantity > 0 then amount end), 0) > 0 as is_purchase,
                sum(amount) as net
            from ({RETAIL_LINES}) where CustomerID is not null group by all
        ),
        gaps as (
            select *, order_date - lag(order_date) over (partition by CustomerID order by order_date, Invoice) as gap
            from purchases where is_purchase
        ),
        last_gaps as (
            select CustomerID, arg_max(gap, (order_date, Invoice)) as gap from gaps group by all
        ),
        customers as (
            select
                CustomerID, sum(net) as revenue,
                '2010-12-09'::date - min(case when is_purchase then order_date end) as first_days,
                '2010-12-09'::date - max(case when is_purchase then order_date end) as last_days
            from purchases group by all
        ),
        ranked as (
            select
                *,
                sum(greatest(revenue, 0)) over (order by revenue desc) as running,
                sum(greatest(revenue, 0)) over (partition by revenue) as own,
                sum(greatest(revenue, 0)) over () as total
            from customers
        ),
        tiers as (
            select
                case
                    when revenue <= 0 then 'value_none'
                    when running - own < 0.5 * total then 'value_top'
                    when running - own < 0.8 * total then 'value_high'
                    when running - own < 0.95 * total then 'value_medium'
                    else 'value_low'
                end as segment_key
            from ranked
        ),
        stages as (
            select
                case
                    when last_days is null then 'lifecycle_never_bought'
                    when first_days <= 90 then 'lifecycle_new'
                    when last_days > 270 then 'lifecycle_lapsed'
                    when last_days > 120 then 'lifecycle_cooling'
                    when gap > 270 then 'lifecycle_reactivated'
                    else 'lifecycle_active'
                end as segment_key
            from customers left join last_gaps using (CustomerID)
        )
        select segment_key, count(*) from (from tiers union all from stages) group by all order by all
        """
    )
    found = retail.strate(
        "select segment_key, customer_count from segments where segmentation in ('value', 'lifecycle') order by all"
    )
    assert found == expected


def test_retail_readme_states_the_totals(retail: Example, retail_totals: dict[str, float]) -> None:
    t = retail_totals
    lines = table(
        ("total", "number"),
        [
            ("lines in", t["lines_in"]),
            ("lines rejected: unit_price is negative", t["rejected"]),
            ("lines kept", t["lines_in"] - t["rejected"]),
            ("of these exact duplicates of another", t["duplicates"]),
            ("of these at price zero", t["zero_prices"]),
            ("of these without a customer", t["anonymous_lines"]),
            ("invoices", t["orders"]),
            ("of these cancellations", t["cancellations"]),
            ("customers", t["customers"]),
            ("of these with a purchase", t["buyers"]),
            ("purchases of customers", t["purchases"]),
        ],
    )
    amounts = []
    for name in ("gross", "returned"):
        known, anonymous = t[f"{name}_known"], t[f"{name}_anonymous"]
        amounts.append((name, known, anonymous, known + anonymous))
    amounts.append(("net", *(gross - returned for gross, returned in zip(amounts[0][1:], amounts[1][1:], strict=True))))
    lines += [
        "",
        *table(
            ("revenue, GBP", "customers", "nobody", "all"),
            [(name, *map(money, values)) for name, *values in amounts],
        ),
    ]
    check_readme("online_retail", [*lines, *segment_tables(retail)])


# GA4 -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ga4_totals(ga4: Example) -> dict[str, float]:
    """Return the totals of the file, by plain SQL."""
    names = [
        "events",
        "visitors",
        "ga_sessions",
        "sessions",
        "page_views",
        "product_views",
        "cart_additions",
        "purchases",
        "measured_minutes",
        "engaged_minutes",
    ]
    [values] = ga4.source(
        """
        with events as (select *, make_timestamp(event_timestamp) as event_at from file),
        gaps as (
            select
                *,
                lag(event_at) over (partition by user_pseudo_id order by event_at) as previous_event_at,
                coalesce(event_at - previous_event_at > interval 30 minutes, true) as is_first,
                is_first or previous_event_at::date <> event_at::date as is_first_of_day
            from events
        ),
        parts as (
            select
                *,
                sum(is_first_of_day::int) over (
                    partition by user_pseudo_id order by event_at range between unbounded preceding and current row
                ) as part
            from gaps
        ),
        minutes as (
            select coalesce(sum(engagement_time_msec) / 60000, epoch(max(event_at) - min(event_at)) / 60) as engaged
            from parts group by user_pseudo_id, part
        )
        select
            count(*),
            count(distinct user_pseudo_id),
            count(distinct (user_pseudo_id, ga_session_id)),
            sum(is_first::int),
            count(case when event_name = 'page_view' then 1 end),
            count(case when event_name = 'view_item' then 1 end),
            count(case when event_name = 'add_to_cart' then 1 end),
            count(case when event_name = 'purchase' then 1 end),
            sum(engagement_time_msec) / 60000,
            (select sum(engaged) from minutes)
        from gaps
        """
    )
    return {
        name: int(value) if index < 8 else value for index, (name, value) in enumerate(zip(names, values, strict=True))
    }


def test_ga4_builds_without_a_warning(ga4: Example) -> None:
    assert "WARNING" not in ga4.output
    assert "deprecat" not in ga4.output.lower()


def test_ga4_accounts_for_every_event(ga4: Example, ga4_totals: dict[str, float]) -> None:
    events = ga4_totals["events"]
    assert ga4.strate("from input_row_counts") == [("tracking_events", events, events, 0, 0)]
    assert ga4.strate("from rejected_rows") == []
    [(session_events, purchases)] = ga4.strate(
        "select sum(event_count), sum(purchase_count) from int_activity__sessions where not is_bot"
    )
    assert (session_events, purchases) == (events, ga4_totals["purchases"])


def test_ga4_every_visitor_is_a_customer(ga4: Example, ga4_totals: dict[str, float]) -> None:
    t = ga4_totals
    [(*counts, engaged_minutes)] = ga4.strate(
        """
        select
            count(*), sum(session_count), sum(page_view_count), sum(product_view_count), sum(add_to_cart_count),
            sum(engaged_minutes)
        from customer_features
        """
    )
    assert counts == [t["visitors"], t["sessions"], t["page_views"], t["product_views"], t["cart_additions"]]
    assert engaged_minutes == pytest.approx(t["engaged_minutes"], rel=MONEY_TOLERANCE)
    assert ga4.strate("select distinct segmentation from segments") == [("cluster",)]
    assert ga4.strate("select sum(customer_count) from segments") == [(t["visitors"],)]


def test_ga4_readme_states_the_totals(ga4: Example, ga4_totals: dict[str, float]) -> None:
    t = ga4_totals
    lines = table(
        ("total", "number"),
        [
            ("events in", t["events"]),
            ("events rejected", 0),
            ("visitors, each a customer", t["visitors"]),
            ("sessions by GA4's `ga_session_id`", t["ga_sessions"]),
            ("sessions by 30 minutes of silence", t["sessions"]),
            ("page views", t["page_views"]),
            ("product views", t["product_views"]),
            ("additions to the cart", t["cart_additions"]),
            ("purchases", t["purchases"]),
            ("minutes that GA4 measured", round(t["measured_minutes"])),
            ("engaged minutes, with sessions that it did not measure", round(t["engaged_minutes"])),
        ],
    )
    check_readme("ga4", [*lines, *segment_tables(ga4)])
