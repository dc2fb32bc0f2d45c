{#-
    Whether a moment or date is before the cut-off of a class that holds now, never null. Staging views ask it: they show
    everything while a build makes activity of them, and lose what is beyond its period as soon as the date is known.
-#}
{% macro is_expired(class, moment) -%}
    coalesce(
        {{ moment }} < (
            select cast(max(cutoffs.cut_off_date) as {{ dbt.type_timestamp() }})
            from {{ strate.retention_cutoffs() }} as cutoffs
            where cutoffs.class = '{{ class }}'
        ),
        false
    )
{%- endmacro %}
