{#- An e-mail address in lower case without blanks, null where it cannot be one. -#}
{% macro normalise_email(expression) -%}
    {%- set address = "replace(lower(replace(" ~ expression ~ ", ' ', '')), 'mailto:', '')" -%}
    case
        when
            {{ address }} like '%_@_%._%'
            {%- for part in ['%@%@%', '%..%', '%@.%', '%.@%', '.%', '%.', '%,%', '%;%', '%:%', '%<%', '%>%'] %}
            and {{ address }} not like '{{ part }}'
            {%- endfor %}
            then {{ address }}
    end
{%- endmacro %}
