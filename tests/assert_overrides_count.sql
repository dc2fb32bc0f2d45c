{{ config(tags=['gate'], severity='warn') }}

-- An override that changes nothing is no error: a customer may be gone. But whoever wrote it should hear of it.
with

overrides as (
    {%- if var('segment_overrides') is not none %}
    select
        segment_key,
        customer_id,
        lower(action) as action,
        reason
    from {{ var('segment_overrides') }}
    {%- else %}
    select
        cast(null as {{ dbt.type_string() }}) as segment_key,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        cast(null as {{ dbt.type_string() }}) as action,
        cast(null as {{ dbt.type_string() }}) as reason
    where 1 = 0
    {%- endif %}
),

rules as (
    select segment_key from {{ ref('segment_rules') }}
),

customers as (
    select customer_id from {{ ref('customers') }}
    where may_be_profiled
),

findings as (
    select
        overrides.segment_key,
        overrides.customer_id,
        case
            when rules.segment_key is null
                then 'only rules of the var segment_rules can be overridden, and there is none of that key'
            when customers.customer_id is null then 'there is no such customer, or they may not be profiled'
            when overrides.action is null or overrides.action not in ('include', 'exclude')
                then 'the action must be include or exclude'
            when overrides.reason is null then 'it has no reason'
        end as finding
    from overrides
    left join rules
        on overrides.segment_key = rules.segment_key
    left join customers
        on overrides.customer_id = customers.customer_id
)

select
    segment_key,
    customer_id,
    'override of ' || coalesce(segment_key, 'no segment') || ' for customer ' || coalesce(customer_id, 'without a key')
    || ': ' || finding as message
from findings
where finding is not null
