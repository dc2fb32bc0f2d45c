{#-
    For models that read staging or activity beside `int_activity__as_of_dates`: with a period they wait until it has cut
    what they read.
-#}
{% macro after_expiry() -%}
    {%- if strate.is_retention_on() -%}
-- depends_on: {{ ref('int_activity__as_of_dates') }}
    {%- endif -%}
{%- endmacro %}
