{#- A text as a boolean, null where it is none. -#}
{% macro parse_boolean(expression) -%}
    case
        when lower({{ expression }}) in ('true', 't', 'yes', 'y', '1', '1.0', 'oui', 'ja') then true
        when lower({{ expression }}) in ('false', 'f', 'no', 'n', '0', '0.0', 'non', 'nein') then false
    end
{%- endmacro %}
