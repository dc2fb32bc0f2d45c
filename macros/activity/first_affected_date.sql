{#-
    The first date that an incremental run has to replace: the earliest date of any version of a row that came in since
    the newest one already in the model, less the look-back. `sources` is a list of (relation, key, date column);
    each relation has a column changed_at. Null when nothing came in.
-#}
{% macro first_affected_date(sources) -%}
    (
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
    )
{%- endmacro %}
