{{ config(tags=['gate']) }}

{%- set windows = [] %}
{%- for measure in ['order_count', 'session_count'] %}
{%- for shorter, longer in [('_30_days', '_90_days'), ('_90_days', '_365_days'), ('_365_days', '')] %}
{%- do windows.append((measure ~ shorter, measure ~ longer)) %}
{%- endfor %}
{%- endfor %}

with

-- All pairs in one pass. Null, where an input is off, compares as unknown and is left out.
suspects as (
    select * from {{ ref('customer_features') }}
    where
        {%- for shorter, longer in windows %}
        {{ 'or ' if not loop.first }}{{ shorter }} > {{ longer }}
        {%- endfor %}
),

compared as (
    {%- for shorter, longer in windows %}
    select
        customer_id,
        as_of_date,
        '{{ shorter }}' as shorter_window,
        {{ shorter }} as shorter_count,
        '{{ longer }}' as longer_window,
        {{ longer }} as longer_count
    from suspects
    where {{ shorter }} > {{ longer }}
    {%- if not loop.last %}
    union all
    {%- endif %}
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
