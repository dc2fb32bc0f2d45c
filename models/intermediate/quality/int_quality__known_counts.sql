{{ config(materialized='view') }}

with

features as (
    select * from {{ ref('int_segments__customers') }}
)

{%- for group in ['all'] + var('report_groups') %}
{%- set text = 'cast(' ~ group ~ ' as ' ~ dbt.type_string() ~ ')' %}
{%- set level = "'all'" if group == 'all' else 'coalesce(' ~ text ~ ", 'unknown')" %}
{{- '\nunion all' if not loop.first }}

select
    cast(as_of_date as timestamp) as as_of_date,
    '{{ group }}' as group_name,
    {{ level }} as group_level,
    count(*) as customer_count
    {%- for name, type, group, inputs in feature_columns() if not name.startswith('is_in_') %},
    count({{ name }}) as {{ name }}_known
    {%- endfor %}
from features
group by as_of_date{{ ', ' ~ level if group != 'all' }}
{%- endfor %}
