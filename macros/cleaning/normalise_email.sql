{#- An e-mail address in lower case without blanks, null where it cannot be one. -#}
{% macro normalise_email(expression) -%}
    {%- set address = "lower(replace(" ~ expression ~ ", ' ', ''))" -%}
    case
        when {{ address }} like '%_@_%._%'
            and {{ address }} not like '%@%@%'
            and {{ address }} not like '%..%'
            and {{ address }} not like '%,%'
            then {{ address }}
    end
{%- endmacro %}
