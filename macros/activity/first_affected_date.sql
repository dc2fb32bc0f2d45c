{#-
    The first date that an incremental run has to replace, as a SQL literal: the earliest date of any version of a row
    that came in since the newest one already in the model, less the look-back. `sources` is a list of (relation, key,
    date column); each relation has a column changed_at. Nothing came in: a null date, which no row reaches.
-#}
{% macro first_affected_date(sources) %}
    {%- if not execute -%}
        {{- return('cast(null as date)') -}}
    {%- endif -%}
    {%- set known_until = strate.known_until() -%}
    {%- set query %}
        select min(first_date)
        from (
        {%- for relation, key, date_column in sources %}
            select min({{ date_column }}) as first_date
            from {{ relation }}
            where
                -- Looking for nothing else in the versions before keeps this to two columns of the biggest tables.
                {{ date_column }} >= cast('{{ var("earliest_date") }}' as date)
                and {{ key }} in (
                    select {{ key }}
                    from {{ relation }}
                    where reject_reason is null and changed_at >= {{ known_until }}
                )
            {%- if not loop.last %}
            union all
            {%- endif %}
        {%- endfor %}
        ) as affected
    {%- endset -%}
    {{- return(strate.date_literal(run_query(query).rows[0][0])) -}}
{% endmacro %}
