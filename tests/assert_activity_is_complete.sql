{{ config(tags=['gate']) }}

{%- set string = dbt.type_string() %}

-- An incremental run looks back for late rows, and only so far: what came in later than that is staged, yet in no
-- session and on no order line. The counts are taken from input_row_counts, because a second pass over all events
-- would cost as much as staging them; counts of another load of the input are left out.
with

staged as (
    select
        counts.input,
        counts.kept_count
    from {{ ref('input_row_counts') }} as counts
    inner join (
        {%- if is_on('tracking_events') %}
        select 'tracking_events' as input, count(*) as row_count from {{ var('tracking_events') }}
        union all
        {%- endif %}
        {%- if is_on('erp_order_lines') %}
        select 'erp_order_lines' as input, count(*) as row_count from {{ var('erp_order_lines') }}
        union all
        {%- endif %}
        select 'none' as input, 0 as row_count
    ) as inputs
        on counts.input = inputs.input and counts.row_count = inputs.row_count
    {%- if is_on('erp_orders') and not is_on('erp_order_lines') %}
    union all
    select 'erp_orders' as input, count(total_amount) as kept_count from {{ ref('stg_erp__orders') }}
    {%- endif %}
),

activity as (
    select
        'tracking_events' as input,
        'int_activity__sessions' as model,
        coalesce(sum(event_count), 0) as activity_count
    from {{ ref('int_activity__sessions') }}
    union all
    select
        '{{ "erp_order_lines" if is_on("erp_order_lines") else "erp_orders" }}' as input,
        'int_activity__order_lines' as model,
        count(*) as activity_count
    from {{ ref('int_activity__order_lines') }}
)

select
    staged.input,
    activity.model,
    staged.kept_count,
    activity.activity_count,
    activity.model || ' holds ' || cast(activity.activity_count as {{ string }}) || ' of the '
    || cast(staged.kept_count as {{ string }}) || ' rows that are staged of ' || staged.input
    || ': rows came in later than lookback_days ({{ var("lookback_days") }}), or were changed or deleted in the input'
    || ' without a newer version; run `dbt build --full-refresh` to take them all in.' as message
from staged
inner join activity
    on staged.input = activity.input
where staged.kept_count <> activity.activity_count
