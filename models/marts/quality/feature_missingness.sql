{%- set systems = {} -%}
{%- for name, type, group, inputs in feature_columns() -%}
    {%- if name.startswith('survey_') or name.startswith('topic_') -%}
        {%- set system = 'survey' -%}
    {%- elif name in ['region', 'area_type', 'area_median_income'] -%}
        {%- set system = 'geo' -%}
    {%- else -%}
        {%- set system = {'purchases': 'erp', 'engagement': 'tracking'}.get(group, 'crm') -%}
    {%- endif -%}
    {%- do systems.setdefault(system, []).append(name) -%}
{%- endfor -%}
{%- set imputable = imputable_features() -%}

with

found as (
    select * from {{ ref('missingness_fit') }}
)

{%- if var('imputed_features') %},

imputed as (
    select
        as_of_date,
        feature,
        count(*) as imputed_count
    from {{ ref('imputation_fit') }}
    where record_type = 'value'
    group by as_of_date, feature
)
{%- endif %}

select
    cast(found.as_of_date as date) as as_of_date,
    cast(found.feature as {{ dbt.type_string() }}) as feature,
    cast(
        case
            {%- for system, names in systems.items() %}
            when found.feature in ({{ text_list(names) }}) then '{{ system }}'
            {%- endfor %}
        end as {{ dbt.type_string() }}
    ) as system,
    cast(
        found.feature in ({{ text_list(imputable.numbers + imputable.texts) }}) as boolean
    ) as is_imputable,
    cast(found.group_name as {{ dbt.type_string() }}) as group_name,
    cast(found.group_level as {{ dbt.type_string() }}) as group_level,
    cast(found.is_hidden as boolean) as is_hidden,
    cast(found.customer_count as {{ dbt.type_bigint() }}) as customer_count,
    cast(found.missing_count as {{ dbt.type_bigint() }}) as missing_count,
    cast({{ round_to_six('found.missing_share') }} as {{ type_double() }}) as missing_share,
    {%- if var('imputed_features') %}
    cast(
        case
            when found.group_name = 'all' then coalesce(1.0 * imputed.imputed_count / found.customer_count, 0)
        end as {{ type_double() }}
    ) as imputed_share,
    {%- else %}
    cast(case when found.group_name = 'all' then 0 end as {{ type_double() }}) as imputed_share,
    {%- endif %}
    cast(found.chi_square as {{ type_double() }}) as chi_square,
    cast(found.degrees_of_freedom as {{ dbt.type_bigint() }}) as degrees_of_freedom,
    cast(found.p_value as {{ type_double() }}) as p_value,
    cast(found.q_value as {{ type_double() }}) as q_value,
    cast({{ round_to_six('found.cramers_v') }} as {{ type_double() }}) as cramers_v,
    cast(found.verdict as {{ dbt.type_string() }}) as verdict
from found
{%- if var('imputed_features') %}
left join imputed
    on
        found.as_of_date = imputed.as_of_date
        and found.feature = imputed.feature
{%- endif %}
