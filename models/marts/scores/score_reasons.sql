{{ config(materialized='view', enabled=scores_are_on()) }}

{%- set inputs_on = [] -%}
{%- for input in ['erp_orders', 'tracking_events', 'crm_campaign_events'] if is_on(input) -%}
    {%- do inputs_on.append(input) -%}
{%- endfor %}
{%- set terms = engagement_terms('customers', inputs_on) %}
{%- set columns = ['customer_id', 'as_of_date'] + score_columns() %}
{%- set sources, told, versions = [], {}, {} %}

with

customers as (
    select * from {{ ref('int_scores__rows') }}
    where is_latest
),

scores as (
    select * from {{ ref('customer_scores') }}
)

{%- for target in ['purchase', 'click', 'churn'] if target in var('propensity_targets') %}
{%- set steps = propensity_steps(ref('propensity_fit'), target) %}
{%- set known = reason_features(ref('propensity_fit'), ref('int_scores__rows'), target) %}
{%- set typical = {} %}
{%- for feature in known.features %}
{%- do typical.update({feature.name: (loop.index, feature.typical)}) %}
{%- do told.update({(target, feature.name): feature.typical}) %}
{%- endfor %}
{%- if typical %}
{%- do sources.append(target) %}
{%- do versions.update({target: known.model_version}) %}
{%- if steps %},

{{ target }}_numbers as (
    {%- for number in range(typical | length + 1) %}
    select {{ number }} as number
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- A customer as they are, number 0, and with one feature at a time at what is typical: so the model stands here once.
{{ target }}_0 as (
    select
        numbers.number
        {%- for column in columns %},
        {%- if column in typical %}
        case
            when numbers.number = {{ typical[column][0] }} then {{ typical[column][1] }}
            else customers.{{ column }}
        end as {{ column }}
        {%- else %}
        customers.{{ column }}
        {%- endif %}
        {%- endfor %}
    from {{ ref('int_scores__rows') }} as customers
    cross join {{ target }}_numbers as numbers
    where
        customers.is_latest
        {%- if target == 'churn' %}
        and customers.recency_days <= {{ var('churn_active_days') }}
        {%- endif %}
)
{%- for step in steps %},

{{ target }}_{{ loop.index }} as (
    select
        *,
        {%- for column in step %}
        {{ column.sql }} as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ target }}_{{ loop.index0 }}
)
{%- endfor %},

{{ target }}_differences as (
    select
        customer_id,
        as_of_date,
        number,
        max(case when number = 0 then probability end) over (partition by customer_id, as_of_date)
        - probability as effect
    from {{ target }}_{{ steps | length }}
),

{{ target }}_effects as (
    select
        customer_id,
        as_of_date,
        case number
            {%- for name, (number, sql) in typical.items() %}
            when {{ number }} then '{{ name }}'
            {%- endfor %}
        end as feature,
        number,
        effect,
        row_number() over (
            partition by customer_id, as_of_date
            order by case when number = 0 then -1 else abs({{ round_to_six('effect') }}) end desc, number
        ) as position
    from {{ target }}_differences
)
{%- else %},

-- Its champion is Python, which told the effects.
{{ target }}_effects as (
    select
        customer_id,
        as_of_date,
        name as feature,
        1 as number,
        value as effect,
        position
    from {{ ref('propensity_fit') }}
    where
        record_type = 'reason'
        and target = '{{ target }}'
)
{%- endif %}
{%- endif %}
{%- endfor %},

-- What adds up to a score, to the last.
terms as (
    {%- for term in terms %}
    select
        'engagement' as score,
        customers.customer_id,
        customers.as_of_date,
        '{{ term.name }}' as feature,
        {{ term.sql }} as effect
    from customers
    union all
    {%- endfor %}
    {%- for part in ['value', 'propensity', 'engagement'] %}
    select
        'composite' as score,
        customers.customer_id,
        customers.as_of_date,
        '{{ part }}' as feature,
        scores.{{ part }}_contribution as effect
    from customers
    inner join scores
        on
            customers.customer_id = scores.customer_id
            and cast(customers.as_of_date as date) = scores.as_of_date
    where scores.{{ part }}_contribution is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

ranked_terms as (
    select
        *,
        row_number() over (
            partition by score, customer_id, as_of_date
            order by {{ round_to_six('effect') }} desc, feature
        ) as position
    from terms
),

effects as (
    {%- for target in sources %}
    select
        '{{ target }}' as score,
        customer_id,
        as_of_date,
        feature,
        position,
        effect
    from {{ target }}_effects
    where
        number > 0
        and {{ round_to_six('effect') }} <> 0
    union all
    {%- endfor %}
    {%- if value_is_on() %}
    -- Its methods read these, and no other SQL says what each adds.
    {%- for feature in ['recency_days', 'repeat_count', 'mean_repeat_value'] %}
    select
        'value' as score,
        customer_id,
        as_of_date,
        '{{ feature }}' as feature,
        {{ loop.index }} as position,
        null as effect
    from customers
    {%- if feature == 'repeat_count' %}
    where repeat_count is not null
    {%- elif feature == 'mean_repeat_value' %}
    where mean_repeat_value is not null
    {%- endif %}
    union all
    {%- endfor %}
    {%- endif %}
    select
        score,
        customer_id,
        as_of_date,
        feature,
        position,
        effect
    from ranked_terms
    where {{ round_to_six('effect') }} > 0
)

select
    cast(effects.customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(effects.as_of_date as date) as as_of_date,
    cast(effects.score as {{ dbt.type_string() }}) as score,
    cast(
        case effects.score
            {%- for target, version in versions.items() %}
            when '{{ target }}' then '{{ version }}'
            {%- endfor %}
            when 'value' then scores.value_model_version
        end as {{ dbt.type_string() }}
    ) as model_version,
    cast(effects.position as {{ dbt.type_bigint() }}) as position,
    cast(effects.feature as {{ dbt.type_string() }}) as feature,
    cast({{ round_to_six('effects.effect') }} as {{ type_double() }}) as effect,
    cast(
        case
            {%- for (target, feature), typical in told.items() %}
            when effects.score = '{{ target }}' and effects.feature = '{{ feature }}'
                then '{{ feature_label(feature).label }}: ' || {{ readable_feature(feature, 'customers.' ~ feature) }}
                || ', typically ' || {{ readable_feature(feature, typical) }}
            {%- endfor %}
            {%- for term in terms %}
            when effects.score = 'engagement' and effects.feature = '{{ term.name }}'
                then '{{ feature_label(term.name).label }}: '
                || {{ readable_feature(term.name, 'customers.' ~ term.name) }}
                || '; adds ' || {{ fixed_decimals('effects.effect', 2) }} || ' of {{ '%.2f' | format(term.most) }}'
            {%- endfor %}
            when effects.score = 'composite'
                then effects.feature || '; adds ' || {{ fixed_decimals('effects.effect', 2) }}
            when effects.feature = 'recency_days'
                then '{{ feature_label('recency_days').label }}: '
                || {{ readable_feature('recency_days', 'customers.recency_days') }}
            when effects.feature = 'repeat_count'
                then 'days with a purchase: ' || {{ grouped_number('customers.repeat_count + 1') }}
            when effects.feature = 'mean_repeat_value'
                then 'spent on such a day after the first: '
                || {{ readable_value('customers.mean_repeat_value', "'amount'") }}
        end
        || case
            when effects.score not in ('purchase', 'click', 'churn') then ''
            when effects.effect > 0
                then '; raises it by ' || {{ fixed_decimals('100 * effects.effect', 1) }} || ' points'
            else '; lowers it by ' || {{ fixed_decimals('-100 * effects.effect', 1) }} || ' points'
        end as {{ dbt.type_string() }}
    ) as reason
from effects
inner join customers
    on
        effects.customer_id = customers.customer_id
        and effects.as_of_date = customers.as_of_date
left join scores
    on
        effects.customer_id = scores.customer_id
        and cast(effects.as_of_date as date) = scores.as_of_date
where effects.position <= 3
