-- Everybody whose segment changed between the date before and this one has one row with a reason, and nobody else has.
with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

dates as (
    select
        history.segmentation,
        as_of_dates.as_of_date,
        max(history.as_of_date) as from_date
    from {{ ref('segment_history') }} as history
    inner join as_of_dates
        on history.as_of_date < as_of_dates.as_of_date
    group by history.segmentation, as_of_dates.as_of_date
),

changed as (
    select
        history.customer_id,
        history.segmentation
    from {{ ref('segment_history') }} as history
    inner join dates
        on
            history.segmentation = dates.segmentation
            and history.as_of_date in (dates.from_date, dates.as_of_date)
    group by history.customer_id, history.segmentation
    having count(distinct history.segment_key) = 2
),

explained as (
    select
        customer_id,
        segmentation,
        count(*) as row_count,
        count(sentence) as sentence_count,
        count(case when cause in ('customer', 'cut') and measure is null then 1 end) as empty_count
    from {{ ref('segment_moves') }}
    group by customer_id, segmentation
)

select
    coalesce(changed.customer_id, explained.customer_id) as customer_id,
    coalesce(changed.segmentation, explained.segmentation) as segmentation,
    explained.row_count,
    explained.sentence_count
from changed
full outer join explained
    on
        changed.customer_id = explained.customer_id
        and changed.segmentation = explained.segmentation
where
    changed.customer_id is null
    or coalesce(explained.row_count, 0) <> 1
    or explained.sentence_count <> 1
    or explained.empty_count <> 0
