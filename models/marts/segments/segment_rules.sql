with

rules as (
    {{- rule_definitions() }}
),

rule_dates as (
    {{- rule_dates() }}
),

memberships as (
    select * from {{ ref('rule_memberships') }}
),

customers as (
    select count(*) as customer_count
    from {{ ref('int_segments__customers') }}
),

sizes as (
    select
        segment_key,
        count(*) as matching_count,
        sum(case when is_assigned then 1 else 0 end) as customer_count,
        sum(case when source = 'included by hand' then 1 else 0 end) as included_count
    from memberships
    group by segment_key
)

select
    cast(rules.segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(rules.segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(rules.name as {{ dbt.type_string() }}) as segment_name,
    cast(coalesce(rules.description, rules.condition) as {{ dbt.type_string() }}) as description,
    cast(rules.condition as {{ dbt.type_string() }}) as condition,
    cast(rules.is_exclusive as boolean) as is_exclusive,
    cast(rules.priority as {{ dbt.type_bigint() }}) as priority,
    cast(rules.owner as {{ dbt.type_string() }}) as owner,
    cast(rules.valid_from as date) as valid_from,
    cast(rules.valid_to as date) as valid_to,
    cast(
        case
            when rules.missing_inputs is not null then 'input_missing'
            when rules.valid_from > rule_dates.as_of_date then 'not_yet_valid'
            when rules.valid_to < rule_dates.as_of_date then 'expired'
            else 'active'
        end as {{ dbt.type_string() }}
    ) as state,
    cast(rules.missing_inputs as {{ dbt.type_string() }}) as missing_inputs,
    cast(rules.min_customers as {{ dbt.type_bigint() }}) as min_customers,
    cast(coalesce(sizes.customer_count, 0) as {{ dbt.type_bigint() }}) as customer_count,
    cast(
        1.0 * coalesce(sizes.customer_count, 0) / nullif(customers.customer_count, 0) as {{ type_double() }}
    ) as customer_share,
    cast(coalesce(sizes.matching_count, 0) as {{ dbt.type_bigint() }}) as matching_count,
    cast(coalesce(sizes.included_count, 0) as {{ dbt.type_bigint() }}) as included_count,
    cast(rule_dates.as_of_date as date) as as_of_date
from rules
cross join rule_dates
cross join customers
left join sizes
    on rules.segment_key = sizes.segment_key
