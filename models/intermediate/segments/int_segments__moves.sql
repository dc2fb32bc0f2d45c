with

-- Read three times and not once for all, so that an engine reads the two dates alone.
history_now as (
    select * from {{ ref('segment_history') }}
),

history_before as (
    select * from {{ ref('segment_history') }}
),

recorded_dates as (
    select distinct
        segmentation,
        as_of_date
    from {{ ref('segment_history') }}
),

recorded_features as (
    select * from {{ ref('segment_history_features') }}
),

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

dates as (
    select
        recorded_dates.segmentation,
        as_of_dates.as_of_date,
        max(recorded_dates.as_of_date) as from_date
    from recorded_dates
    inner join as_of_dates
        on recorded_dates.as_of_date < as_of_dates.as_of_date
    group by recorded_dates.segmentation, as_of_dates.as_of_date
),

moved as (
    select
        now.customer_id,
        now.segmentation,
        dates.from_date,
        dates.as_of_date,
        before.segment_key as from_segment_key,
        now.segment_key as to_segment_key,
        before.model_version as from_model_version,
        now.model_version
    from dates
    inner join history_now as now
        on
            dates.segmentation = now.segmentation
            and dates.as_of_date = now.as_of_date
    inner join history_before as before
        on
            dates.segmentation = before.segmentation
            and dates.from_date = before.as_of_date
            and now.customer_id = before.customer_id
    where now.segment_key <> before.segment_key
)

select
    moved.customer_id,
    moved.segmentation,
    moved.from_date,
    moved.as_of_date,
    moved.from_segment_key,
    moved.to_segment_key,
    moved.from_model_version,
    moved.model_version
    {%- for name, sql in history_features() %},
    features_then.{{ name }} as {{ name }}_then,
    features_now.{{ name }} as {{ name }}_now
    {%- endfor %},
    case
        when features_then.customer_id is not null and features_now.customer_id is not null then 1 else 0
    end as is_recorded
from moved
left join recorded_features as features_then
    on
        moved.customer_id = features_then.customer_id
        and moved.from_date = features_then.as_of_date
left join recorded_features as features_now
    on
        moved.customer_id = features_now.customer_id
        and moved.as_of_date = features_now.as_of_date
