{#- The MD5 of a text as 32 hexadecimal digits. -#}
{% macro hash_text(expression) %}
    {{- return(adapter.dispatch('hash_text', 'strate')(expression)) -}}
{% endmacro %}

{% macro default__hash_text(expression) %}md5({{ expression }}){% endmacro %}

{% macro bigquery__hash_text(expression) %}to_hex(md5({{ expression }})){% endmacro %}
