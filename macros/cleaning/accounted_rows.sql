{#- Columns of input_row_counts that add up to row_count. -#}
{% macro accounted_rows() -%}
    kept_count + duplicate_key_count + rejected_count{{ ' + expired_count' if strate.is_retention_on() }}
{%- endmacro %}
