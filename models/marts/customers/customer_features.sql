{%- set inputs_on = [] -%}
{%- for input in input_contract() if is_on(input) -%}
    {%- do inputs_on.append(input) -%}
{%- endfor -%}
{%- set types = {
    'text': dbt.type_string(),
    'integer': dbt.type_bigint(),
    'double': type_double(),
    'boolean': 'boolean',
} -%}

with

-- The one place where who may not be profiled is left out: all segments are made of this mart.
profiles as (
    select profiles.*
    from {{ ref('int_features__profiles') }} as profiles
    left join {{ ref('int_permissions__unprofiled') }} as unprofiled
        on
            profiles.as_of_date = unprofiled.as_of_date
            and profiles.customer_id = unprofiled.customer_id
    where unprofiled.customer_id is null
),

purchases as (
    select * from {{ ref('int_features__purchases') }}
),

engagement as (
    select * from {{ ref('int_features__engagement') }}
),

campaigns as (
    select * from {{ ref('int_features__campaigns') }}
)

select
    cast(profiles.customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(profiles.as_of_date as date) as as_of_date
    {%- for name, type, group, inputs in feature_columns() %},
    {%- set value = group ~ '.' ~ name -%}
    {%- set counts_from_zero = inputs is not none and inputs | map('string') | reject('in', inputs_on) | list == [] -%}
    {%- set value = 'coalesce(' ~ value ~ ', 0)' if counts_from_zero else value -%}
    {%- set value = round_to_six(value) if type == 'double' else value %}
    cast({{ value }} as {{ types[type] }}) as {{ name }}
    {%- endfor %}
    {%- for name in extra_columns('crm_customers') + extra_columns('geo_areas') %},
    profiles.{{ name }}
    {%- endfor %}
from profiles
{%- for group in ['purchases', 'engagement', 'campaigns'] %}
left join {{ group }}
    on
        profiles.as_of_date = {{ group }}.as_of_date
        and profiles.customer_id = {{ group }}.customer_id
{%- endfor %}
