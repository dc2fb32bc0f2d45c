{#- The condition that keeps a staging view to rows within the period of their class; nothing where the class has none. -#}
{% macro where_retained(class, moment) -%}
    {%- if strate.retention_days(class) is not none -%}
where not {{ strate.is_expired(class, moment) }}
    {%- endif -%}
{%- endmacro %}
