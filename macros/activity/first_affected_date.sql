{#-
    The first date that an incremental run has to replace, as a SQL literal: the earliest date of any version of a row
    that came in since the newest one already in the model, less the look-back. `sources` is a list of (relation, key,
    date column); each relation has a column changed_at. Nothing came in: a null date, which no row reaches.
-#}
{% macro first_affected_date(sources) %}
    {%- if not execute -%}
        {{- return('cast(null as date)') -}}
    {%- endif -%}
    {%- set query %}
        select min(first_date)
        from (
        {%- for relation, key, date_column in sources %}
            select min({{ date_column }}) as first_date
            from {{ relation }}
            where
                reject_reason is null
                and {{ key }} in (
                    select {{ key }}
                    from {{ relation }}
                    where reject_reason is null and changed_at >= {{ strate.known_until() }}
                )
            {%- if not loop.last %}
            union all
            {%- endif %}
        {%- endfor %}
        ) as affected
    {%- endset -%}
    {%- set first_date = run_query(query).rows[0][0] -%}
    {{- return("cast('" ~ first_date ~ "' as date)" if first_date is not none else 'cast(null as date)') -}}
{% endmacro %}
