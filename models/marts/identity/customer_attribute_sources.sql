{{ config(materialized='view') }}
{%- set attributes = golden_attributes() -%}

with

{{ golden_record() }},

value_counts as (
    select
        known_statements.as_of_date,
        known_statements.customer_id
        {%- for attribute in attributes %},
        count(distinct statements.{{ attribute.name }}) as {{ attribute.name }}_count
        {%- endfor %}
    from known_statements
    inner join statements
        on known_statements.statement_number = statements.statement_number
    group by known_statements.as_of_date, known_statements.customer_id
),

chosen as (
    select
        chosen_statements.*
        {%- for attribute in attributes %},
        value_counts.{{ attribute.name }}_count
        {%- endfor %}
    from chosen_statements
    inner join value_counts
        on
            chosen_statements.as_of_date = value_counts.as_of_date
            and chosen_statements.customer_id = value_counts.customer_id
),

sources as (
    {%- for attribute in attributes %}
    select
        as_of_date,
        customer_id,
        '{{ attribute.name }}' as attribute,
        '{{ attribute.rule }}' as rule_name,
        {{ attribute.name }}_number as statement_number,
        {{ attribute.name }}_count as value_count
    from chosen
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    cast(sources.as_of_date as date) as as_of_date,
    cast(sources.customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(sources.attribute as {{ dbt.type_string() }}) as attribute,
    cast(sources.rule_name as {{ dbt.type_string() }}) as rule_name,
    cast(statements.source_system as {{ dbt.type_string() }}) as source_system,
    cast(statements.account_key as {{ dbt.type_string() }}) as account_key,
    cast(statements.known_at as {{ dbt.type_timestamp() }}) as known_at,
    cast(sources.value_count as {{ dbt.type_bigint() }}) as value_count
from sources
inner join statements
    on sources.statement_number = statements.statement_number
