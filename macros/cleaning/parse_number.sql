{#-
    A text as a number, null where it is none. The last of point and comma is the decimal sign when both stand in it,
    and a comma alone is a decimal comma: 1.234,5 and 1,234.5 and 1234,5 are the same number.
-#}
{% macro parse_number(expression) -%}
    {{ strate.try_cast_text(
        "case
            when " ~ expression ~ " like '%,%.%' then replace(" ~ expression ~ ", ',', '')
            when " ~ expression ~ " like '%.%,%' then replace(replace(" ~ expression ~ ", '.', ''), ',', '.')
            else replace(" ~ expression ~ ", ',', '.')
        end", strate.type_double()
    ) }}
{%- endmacro %}
