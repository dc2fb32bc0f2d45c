{{ config(materialized='view') }}

{#- Of those who may not be profiled only what they say of themselves can be a group. -#}
{%- set own_groups = extra_columns('crm_customers') + extra_columns('geo_areas') -%}
{%- for name, type, group, inputs in feature_columns() if group == 'profiles' -%}
    {%- do own_groups.append(name) -%}
{%- endfor -%}
{%- set kinds = {'profiling': 'is_profiled'} -%}
{%- if is_on('tracking_events') -%}
    {%- do kinds.update({'tracking': 'is_in_tracking'}) -%}
{%- endif -%}
{%- if is_on('crm_consents') -%}
    {%- do kinds.update({'marketing_consent': 'has_marketing_consent'}) -%}
{%- endif -%}

with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

people as (
    select
        true as is_profiled,
        is_in_tracking,
        has_marketing_consent
        {%- for group in var('report_groups') %},
        cast({{ group }} as {{ dbt.type_string() }}) as level_{{ group }}
        {%- endfor %}
    from {{ ref('int_segments__customers') }}
    union all
    select
        false as is_profiled,
        null as is_in_tracking,
        null as has_marketing_consent
        {%- for group in var('report_groups') %}
        {%- set level = 'profiles.' ~ group if group in own_groups else 'null' %},
        cast({{ level }} as {{ dbt.type_string() }}) as level_{{ group }}
        {%- endfor %}
    from {{ ref('int_features__profiles') }} as profiles
    inner join {{ ref('int_permissions__unprofiled') }} as unprofiled
        on
            profiles.as_of_date = unprofiled.as_of_date
            and profiles.customer_id = unprofiled.customer_id
    inner join as_of_dates
        on profiles.as_of_date = as_of_dates.as_of_date
)

select
    'population' as coverage,
    {%- if var('reference_population') is none %}
    cast(null as {{ dbt.type_string() }}) as group_name,
    cast(null as {{ dbt.type_string() }}) as level,
    cast(null as {{ type_double() }}) as share,
    0 as customer_count,
    0 as covered_count
from as_of_dates
where 1 = 0
    {%- else %}
    cast(group_name as {{ dbt.type_string() }}) as group_name,
    cast(level as {{ dbt.type_string() }}) as level,
    cast(share as {{ type_double() }}) as share,
    0 as customer_count,
    0 as covered_count
from {{ var('reference_population') }}
    {%- endif %}
{%- for group in var('report_groups') %}
{%- for kind, column in kinds.items() if kind != 'profiling' or group in own_groups %}
union all
select
    '{{ kind }}' as coverage,
    '{{ group }}' as group_name,
    level_{{ group }} as level,
    null as share,
    count(*) as customer_count,
    sum(case when {{ column }} then 1 else 0 end) as covered_count
from people
{%- if kind != 'profiling' %}
where is_profiled
{%- endif %}
group by level_{{ group }}
{%- endfor %}
{%- endfor %}
