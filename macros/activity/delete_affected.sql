{#-
    A pre-hook: empties the dates that an incremental run replaces, so that a date whose rows have all moved elsewhere
    does not keep its old ones. Engines that overwrite partitions have no delete.
-#}
{% macro delete_affected(date_column, sources) -%}
    {%- if is_incremental() and strate.incremental_by_date() == 'delete+insert' -%}
        delete from {{ this }} where {{ date_column }} >= {{ strate.first_affected_date(sources) }}
    {%- endif -%}
{%- endmacro %}
