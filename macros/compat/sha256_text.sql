{#- The SHA-256 of a text as 64 lower-case hexadecimal digits. -#}
{% macro sha256_text(expression) %}
    {{- return(adapter.dispatch('sha256_text', 'strate')(expression)) -}}
{% endmacro %}

{% macro default__sha256_text(expression) %}sha2({{ expression }}, 256){% endmacro %}

{% macro duckdb__sha256_text(expression) %}sha256({{ expression }}){% endmacro %}

{% macro postgres__sha256_text(expression) %}encode(sha256(convert_to({{ expression }}, 'UTF8')), 'hex'){% endmacro %}

{% macro bigquery__sha256_text(expression) %}to_hex(sha256({{ expression }})){% endmacro %}
