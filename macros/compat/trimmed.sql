{#-
    A text without leading and trailing blanks, on DuckDB without tabs and line ends there either; null where nothing is
    left. Most values need no trimming, and looking costs far less than trimming them all.
-#}
{% macro trimmed(expression) %}
    {{- return(adapter.dispatch('trimmed', 'strate')(expression)) -}}
{% endmacro %}

{% macro default__trimmed(expression) -%}
    case
        when {{ expression }} = '' or {{ expression }} like ' %' or {{ expression }} like '% '
            then nullif(trim({{ expression }}), '')
        else {{ expression }}
    end
{%- endmacro %}

{#- What sorts before ! is empty or begins with a blank, a tab or a line end. -#}
{% macro duckdb__trimmed(expression) -%}
    case
        when
            {{ expression }} < '!'
            or {{ expression }} like '% '
            {%- for code in [9, 10, 13] %}
            or {{ expression }} like '%' || chr({{ code }})
            {%- endfor %}
            then nullif(trim({{ expression }}, ' ' || chr(9) || chr(10) || chr(13)), '')
        else {{ expression }}
    end
{%- endmacro %}
