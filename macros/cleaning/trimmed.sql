{#-
    A text without leading and trailing blanks, null where nothing is left. Most values need no trimming, and looking
    costs far less than trimming them all.
-#}
{% macro trimmed(expression) -%}
    case
        when {{ expression }} = '' or {{ expression }} like ' %' or {{ expression }} like '% '
            then nullif(trim({{ expression }}), '')
        else {{ expression }}
    end
{%- endmacro %}
