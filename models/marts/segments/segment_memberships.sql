{{ config(materialized='view') }}

with

history as (
    select * from {{ ref('segment_history') }}
),

-- Read beside the history and not from it, so that whoever asks for one customer need not wait for all.
recorded_dates as (
    select distinct
        segmentation,
        as_of_date
    from {{ ref('segment_history') }}
),

-- Each segmentation has its own dates: one that was not made at a date says nothing about that date.
dates as (
    select
        segmentation,
        as_of_date,
        row_number() over (partition by segmentation order by as_of_date) as date_number,
        lead(as_of_date) over (partition by segmentation order by as_of_date) as next_date
    from recorded_dates
),

numbered as (
    select
        history.customer_id,
        history.segmentation,
        history.segment_key,
        history.as_of_date,
        dates.next_date,
        -- The same for dates that follow each other.
        dates.date_number - row_number() over (
            partition by history.customer_id, history.segmentation, history.segment_key
            order by history.as_of_date
        ) as stay_number
    from history
    inner join dates
        on
            history.segmentation = dates.segmentation
            and history.as_of_date = dates.as_of_date
),

stays as (
    select
        customer_id,
        segmentation,
        segment_key,
        min(as_of_date) as valid_from,
        case when count(next_date) = count(*) then max(next_date) end as valid_to
    from numbered
    group by customer_id, segmentation, segment_key, stay_number
),

chained as (
    select
        *,
        lag(segment_key) over (
            partition by customer_id, segmentation order by valid_from, segment_key
        ) as segment_before,
        lag(valid_to) over (
            partition by customer_id, segmentation order by valid_from, segment_key
        ) as valid_to_before
    from stays
)

select
    cast(customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to,
    cast(
        case when valid_to_before = valid_from then segment_before end as {{ dbt.type_string() }}
    ) as entered_from,
    cast(valid_to is null as boolean) as is_current
from chained
