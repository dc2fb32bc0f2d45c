{{ config(tags=['gate']) }}

{%- set string = dbt.type_string() %}

-- An incremental run looks back for late rows, and only so far: what came in later than that is staged, yet in no
-- session and on no order line. The counts are taken from input_row_counts, because a second pass over all events
-- would cost as much as staging them; counts of another load of the input are left out.
with

counts as (
    select * from {{ ref('input_row_counts') }}
),

loaded as (
    {%- for input in ['tracking_events', 'erp_order_lines'] if is_on(input) %}
    select
        '{{ input }}' as input,
        count(*) as row_count
    from {{ var(input) }}
    union all
    {%- endfor %}
    select
        'none' as input,
        0 as row_count
),

staged as (
    select
        counts.input,
        counts.kept_count
    from counts
    inner join loaded
        on
            counts.input = loaded.input
            and counts.row_count = loaded.row_count
    {%- if is_on('erp_orders') and not is_on('erp_order_lines') %}
    union all
    select
        'erp_orders' as input,
        count(total_amount) as kept_count
    from {{ ref('stg_erp__orders') }}
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
    activity.model || ' holds ' || cast(activity.activity_count as {{ string }}) || ' rows of ' || staged.input
    || ', and ' || cast(staged.kept_count as {{ string }}) || ' are staged: rows came in later than lookback_days'
    || ' ({{ var("lookback_days") }}) allows, or were changed or deleted in the input without a newer version; run'
    || ' `dbt build --full-refresh` to mend it' as message
from staged
inner join activity
    on staged.input = activity.input
where staged.kept_count <> activity.activity_count
