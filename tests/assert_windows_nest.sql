{{ config(tags=['gate']) }}

{%- set windows = ['_30_days', '_90_days', '_365_days', ''] %}

with

customers as (
    select * from {{ ref('customer_features') }}
),

-- Null, where an input is off, compares as unknown and is left out.
compared as (
    {%- for measure in ['order_count', 'session_count'] %}
    {%- set outer_loop = loop %}
    {%- for number in range(3) %}
    select
        customer_id,
        as_of_date,
        '{{ measure ~ windows[number] }}' as shorter_window,
        {{ measure ~ windows[number] }} as shorter_count,
        '{{ measure ~ windows[number + 1] }}' as longer_window,
        {{ measure ~ windows[number + 1] }} as longer_count
    from customers
    where {{ measure ~ windows[number] }} > {{ measure ~ windows[number + 1] }}
    {%- if not (outer_loop.last and loop.last) %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- endfor %}
)

select
    customer_id,
    as_of_date,
    shorter_window,
    shorter_count,
    longer_window,
    longer_count,
    'customer ' || customer_id || ' on ' || cast(as_of_date as {{ dbt.type_string() }}) || ' has '
    || shorter_window || ' = ' || cast(shorter_count as {{ dbt.type_string() }}) || ', more than '
    || longer_window || ' = ' || cast(longer_count as {{ dbt.type_string() }}) as message
from compared
