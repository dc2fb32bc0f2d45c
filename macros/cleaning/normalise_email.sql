{#-
    An e-mail address in lower case without blanks, null where it cannot be one. No address is longer than 254 characters
    (RFC 5321).
-#}
{% macro normalise_email(expression) -%}
    {%- set address = "replace(lower(" ~ strate.bare_text(expression) ~ "), 'mailto:', '')" -%}
    case
        when
            {{ address }} like '%_@_%._%'
            and length({{ address }}) <= 254
            {%- for part in ['%@%@%', '%..%', '%@.%', '%.@%', '.%', '%.', '%,%', '%;%', '%:%', '%<%', '%>%'] %}
            and {{ address }} not like '{{ part }}'
            {%- endfor %}
            then {{ address }}
    end
{%- endmacro %}
