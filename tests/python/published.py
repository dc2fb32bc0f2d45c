"""A published copy of the demo with a past: days, moves and alerts that one build does not have, and a hostile name."""

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from conftest import Project

HOSTILE = "<img src=x onerror='window.attacked = 1'> [click](http://evil.example) www.evil.example :red[x] **b**"
RENAMED = "rfm_promising"
FIRST_DAY, LAST_DAY = "2025-10-01", "2025-12-31"


def publish(project: Project, out: Path) -> Path:
    """Publish a project's build, once for all tests that ask for a copy."""
    first = project.folder / "first_publication.duckdb"
    if not first.exists():
        command = [str(Path(sys.executable).with_name("strate")), "publish", "--duckdb", str(first)]
        command += ["--database", str(project.database), "--target", str(project.folder / "target")]
        subprocess.run(command, check=True, capture_output=True)
    shutil.copy(first, out)
    return out


def give_past(copy: Path) -> Path:
    """Write what three months would have left in a published copy, and a name that is no markup.

    Of each segment and day `order_count` is the day of the month and `revenue` 10 times that, two of 20 visits convert
    and a tenth of 50 messages is opened; what was sent on the last three days is not judged yet.
    """
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            f"""
            create or replace table segment_performance as
            select
                segmentation, segment_key, activity_date::date as activity_date, date '2025-09-30' as as_of_date,
                customer_count + dayofyear(activity_date) as customer_count, 1::bigint as entry_count,
                0::bigint as exit_count, 20::bigint as session_count, 2::bigint as converting_session_count,
                30.5::double as engaged_minutes, day(activity_date)::bigint as buyer_count,
                day(activity_date)::bigint as order_count, 10.0 * day(activity_date) as revenue,
                50::bigint as sent_count, if(is_judged, 5, 0)::bigint as opened_count, 0::bigint as clicked_count,
                0::bigint as unsubscribed_count, null::bigint as answer_count, null::double as feedback_sum,
                0.1 as conversion_rate, 10.0 as average_order_value, 30.5 / 20 as engaged_minutes_per_session,
                if(is_judged, 0.1, null) as open_rate, if(is_judged, 0.0, null) as click_rate,
                if(is_judged, 0.0, null) as unsubscribe_rate, null::double as feedback_score,
                null::varchar as model_version
            from segments
            cross join (
                select activity_date, activity_date <= date '{LAST_DAY}' - interval 3 days as is_judged
                from generate_series(date '{FIRST_DAY}', date '{LAST_DAY}', interval 1 day) as days (activity_date)
            );
            create or replace table segment_alerts as
            select
                'alert-1' as alert_id, 'rfm' as segmentation, '{RENAMED}' as segment_key,
                'conversion_rate' as metric, 'fall' as kind, date '2025-12-01' as started_on,
                date '2025-12-05' as detected_on, null::date as recovered_on, date '2025-12-30' as last_seen_on,
                0.05 as observed, 0.1 as expected, 0.08 as lower_limit, 0.12 as upper_limit, -0.5 as effect,
                1e-6 as p_value, 1e-4 as q_value, true as is_current, date '2025-09-30' as as_of_date
            union all
            select
                'alert-2', 'rfm', 'rfm_champions', 'revenue', 'rise', date '2025-10-10', date '2025-10-12',
                date '2025-11-01', date '2025-10-31', 200, 100, 80, 120, 1.0, 1e-6, 1e-4, false, date '2025-09-30';
            insert into segment_transitions
                (segmentation, from_date, to_date, from_segment_key, to_segment_key, customer_count)
            select
                segmentation, date '2025-09-30', as_of_date, from_segment_key, segment_key, sum(customers)::bigint
            from (
                select
                    segmentation, as_of_date, segment_key,
                    case hash(customer_id) % 10
                        when 0 then 'entered'
                        when 1 then min(segment_key) over (partition by segmentation)
                        else segment_key
                    end as from_segment_key,
                    1 as customers
                from customer_segments
            )
            group by all;
            insert into segment_moves (
                customer_id, segmentation, from_segment_key, to_segment_key, from_segment_name, to_segment_name,
                from_date, as_of_date, cause, measure, value_then, value_now, sentence
            )
            select
                customer_id, segmentation, 'rfm_champions', segment_key, 'Champions', segment_key,
                date '2025-09-30', as_of_date, 'customer', 'recency_days', 10, 100,
                'Days since the last order went from 10 to 100.'
            from customer_segments
            where segmentation = 'rfm' and segment_key = '{RENAMED}' and hash(customer_id) % 10 = 1;
            """
        )
        for table in ("segments", "segment_cards"):
            connection.execute(
                f"update {table} set segment_name = $name where segment_key = $key", {"name": HOSTILE, "key": RENAMED}
            )
        connection.execute(
            "update segment_cards set sentence = $name where segment_key = $key", {"name": HOSTILE, "key": RENAMED}
        )
    return copy
