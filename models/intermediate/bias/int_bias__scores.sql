{{ config(materialized='view') }}

{%- set columns = [] -%}
{%- for measure, decision in var('threshold_decisions').items() -%}
    {%- do columns.extend([measure, decision.get('quality', measure)]) -%}
{%- endfor %}

select
    as_of_date
    {%- for group in var('report_groups') %},
    cast({{ group }} as {{ dbt.type_string() }}) as level_{{ group }}
    {%- endfor %}
    {%- for column in columns | unique %},
    cast({{ column }} as {{ type_double() }}) as {{ column }}
    {%- endfor %}
from {{ ref('int_segments__customers') }}
{%- if not columns %}
where 1 = 0
{%- endif %}
