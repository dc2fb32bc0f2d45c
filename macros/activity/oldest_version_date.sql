{#-
    The earliest date of any version of a row that has a version on `first_date` or later, as a SQL literal: from there on
    a reader sees all that can be the newest version of such a row. Where re-sent rows keep their date, that is
    `first_date`. `time_column` is the date or timestamp that the relation can be cut by.
-#}
{% macro oldest_version_date(relation, key, date_column, time_column, first_date) %}
    {%- if not execute -%}
        {{- return('cast(null as date)') -}}
    {%- endif -%}
    {%- set query %}
        select min({{ date_column }})
        from {{ relation }}
        where
            {{ date_column }} >= cast('{{ var("earliest_date") }}' as date)
            and {{ key }} in (select {{ key }} from {{ relation }} where {{ time_column }} >= {{ first_date }})
    {%- endset -%}
    {{- return(strate.date_literal(run_query(query).rows[0][0])) -}}
{% endmacro %}
