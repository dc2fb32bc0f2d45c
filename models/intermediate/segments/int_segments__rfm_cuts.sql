{%- set measures = {'recency_days': '-1 * recency_days', 'order_count': 'order_count', 'revenue': 'revenue'} -%}

with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

buyers as (
    select
        customer_features.as_of_date,
        customer_features.recency_days,
        customer_features.order_count,
        customer_features.revenue
    from {{ ref('customer_features') }} as customer_features
    inner join as_of_dates
        on customer_features.as_of_date = as_of_dates.as_of_date
    where customer_features.order_count > 0
),

ranked as (
    select
        as_of_date
        {%- for measure, better in measures.items() %},
        {{ better }} as {{ measure }},
        cume_dist() over (partition by as_of_date order by {{ better }}) as {{ measure }}_share
        {%- endfor %}
    from buyers
),

-- A score is reached above a value that occurs, so customers with equal values always get equal scores.
cuts as (
    {%- for measure in measures %}
    {%- set outer_loop = loop %}
    {%- for score in [2, 3, 4, 5] %}
    select
        as_of_date,
        '{{ measure }}' as measure,
        {{ score }} as score,
        {{ '-1 * ' if measure == 'recency_days' }}min(
            case when {{ measure }}_share >= {{ (score - 1) / 5 }} then {{ measure }} end
        ) as cut_value
    from ranked
    group by as_of_date
    {%- if not (outer_loop.last and loop.last) %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- endfor %}
)

select
    as_of_date,
    cast(measure as {{ dbt.type_string() }}) as measure,
    cast(score as {{ dbt.type_bigint() }}) as score,
    cast(cut_value as {{ type_double() }}) as cut_value
from cuts
