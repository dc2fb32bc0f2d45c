{#- The counts of a row of input_row_counts as a sentence. -#}
{% macro row_count_message() -%}
    'input ' || input || ' has ' || cast(row_count as {{ dbt.type_string() }}) || ' rows, but '
    || cast(kept_count as {{ dbt.type_string() }}) || ' kept, '
    || cast(duplicate_key_count as {{ dbt.type_string() }}) || ' superseded and '
    || cast(rejected_count as {{ dbt.type_string() }}) || ' rejected
    {%- if strate.is_retention_on() %} and ' || cast(expired_count as {{ dbt.type_string() }}) || ' expired{% endif %} make '
    || cast({{ strate.accounted_rows() }} as {{ dbt.type_string() }})
{%- endmacro %}
