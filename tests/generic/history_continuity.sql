{#-
    Gate on `segment_history`: at the date that is built, and at the one before it, nobody is in two segments of a
    segmentation, and every customer is in one of each segmentation that was made at the date. So stays neither overlap
    nor have gaps but where the history does not have the customer. Other dates were judged when they were built.
-#}
{% test history_continuity(model, as_of_dates) %}
with

recorded_dates as (
    select distinct
        segmentation,
        as_of_date
    from {{ model }}
),

built_dates as (
    select as_of_date from {{ as_of_dates }}
    where is_latest
),

dates_before as (
    select
        recorded_dates.segmentation,
        max(recorded_dates.as_of_date) as as_of_date
    from recorded_dates
    inner join built_dates
        on recorded_dates.as_of_date < built_dates.as_of_date
    group by recorded_dates.segmentation
),

dates as (
    select recorded_dates.*
    from recorded_dates
    inner join built_dates
        on recorded_dates.as_of_date = built_dates.as_of_date
    union
    select
        segmentation,
        as_of_date
    from dates_before
),

memberships as (
    select
        history.customer_id,
        history.segmentation,
        history.as_of_date,
        count(*) as row_count,
        min(history.segment_key) as first_key,
        max(history.segment_key) as last_key
    from {{ model }} as history
    inner join dates
        on
            history.segmentation = dates.segmentation
            and history.as_of_date = dates.as_of_date
    group by history.customer_id, history.segmentation, history.as_of_date
),

customers as (
    select distinct
        customer_id,
        as_of_date
    from memberships
),

expected as (
    select
        customers.customer_id,
        dates.segmentation,
        dates.as_of_date
    from customers
    inner join dates
        on customers.as_of_date = dates.as_of_date
)

select
    expected.customer_id,
    expected.segmentation,
    expected.as_of_date,
    'customer ' || expected.customer_id
    || case
        when memberships.row_count is null
            then ' is in no segment of ' || expected.segmentation || ', though a customer,'
        when memberships.first_key = memberships.last_key
            then ' is in ' || memberships.first_key || ' more than once'
        else
            ' is in two segments of ' || expected.segmentation || ' at once, ' || memberships.first_key || ' and '
            || memberships.last_key || ','
    end
    || ' on ' || cast(expected.as_of_date as {{ dbt.type_string() }}) as message
from expected
left join memberships
    on
        expected.customer_id = memberships.customer_id
        and expected.segmentation = memberships.segmentation
        and expected.as_of_date = memberships.as_of_date
where memberships.row_count is null or memberships.row_count > 1
{% endtest %}
