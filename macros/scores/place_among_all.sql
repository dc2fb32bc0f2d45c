{#-
    The place of a row among all by a column, in so many groups, 1 the lowest. Whoever ties has the middle of their
    places, so that equals have equal places and nobody is put above them by chance. Null where the column is.
-#}
{% macro place_among_all(column, groups) -%}
    case
        when {{ column }} is not null
            then cast(
                ceil(
                    {{ groups }}.0
                    * (
                        rank() over (
                            partition by case when {{ column }} is null then 1 else 0 end
                            order by {{ column }}
                        )
                        + (count(*) over (partition by {{ column }}) - 1) * 0.5
                    )
                    / count({{ column }}) over ()
                ) as {{ dbt.type_bigint() }}
            )
    end
{%- endmacro %}
