{{ config(
    materialized='incremental',
    incremental_strategy=incremental_by_date(),
    unique_key='to_date',
    partition_by=partition_by_date('to_date'),
    on_schema_change='fail'
) }}

-- depends_on: {{ ref('int_activity__as_of_dates') }}
with

history as (
    select * from {{ ref('segment_history') }}
),

-- Each segmentation has its own dates: one that was not made at a date says nothing about that date.
dates as (
    select
        segmentation,
        as_of_date as to_date,
        lag(as_of_date) over (partition by segmentation order by as_of_date) as from_date
    from history
    group by segmentation, as_of_date
),

{% if is_incremental() -%}
as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

-- A date changes two pairs: the one that leads to it and the one that leads on from it.
affected as (
    select dates.to_date
    from dates
    inner join as_of_dates
        on dates.to_date = as_of_dates.as_of_date or dates.from_date = as_of_dates.as_of_date
    group by dates.to_date
),

pairs as (
    select dates.*
    from dates
    inner join affected
        on dates.to_date = affected.to_date
),
{%- else -%}
pairs as (
    select * from dates
),
{%- endif %}

before as (
    select
        history.customer_id,
        history.segment_key,
        pairs.segmentation,
        pairs.to_date
    from history
    inner join pairs
        on
            history.segmentation = pairs.segmentation
            and history.as_of_date = pairs.from_date
),

after as (
    select
        history.customer_id,
        history.segment_key,
        pairs.segmentation,
        pairs.to_date
    from history
    inner join pairs
        on
            history.segmentation = pairs.segmentation
            and history.as_of_date = pairs.to_date
),

counted as (
    select
        coalesce(before.segmentation, after.segmentation) as segmentation,
        coalesce(before.to_date, after.to_date) as to_date,
        before.segment_key as from_segment_key,
        after.segment_key as to_segment_key,
        count(*) as customer_count
    from before
    full outer join after
        on
            before.customer_id = after.customer_id
            and before.segmentation = after.segmentation
            and before.to_date = after.to_date
    group by
        coalesce(before.segmentation, after.segmentation),
        coalesce(before.to_date, after.to_date),
        before.segment_key,
        after.segment_key
)

select
    cast(counted.segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(pairs.from_date as date) as from_date,
    cast(counted.to_date as date) as to_date,
    cast(coalesce(counted.from_segment_key, 'entered') as {{ dbt.type_string() }}) as from_segment_key,
    cast(coalesce(counted.to_segment_key, 'left') as {{ dbt.type_string() }}) as to_segment_key,
    cast(counted.customer_count as {{ dbt.type_bigint() }}) as customer_count,
    cast(
        case when counted.from_segment_key is not null
            then 1.0 * counted.customer_count / sum(counted.customer_count) over (
                partition by counted.segmentation, counted.to_date, counted.from_segment_key
            )
        end as {{ type_double() }}
    ) as share_of_from,
    cast(
        case when counted.to_segment_key is not null
            then 1.0 * counted.customer_count / sum(counted.customer_count) over (
                partition by counted.segmentation, counted.to_date, counted.to_segment_key
            )
        end as {{ type_double() }}
    ) as share_of_to
from counted
inner join pairs
    on
        counted.segmentation = pairs.segmentation
        and counted.to_date = pairs.to_date
