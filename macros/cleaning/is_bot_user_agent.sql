{#- Whether a user agent holds one of the parts in the var bot_user_agents. -#}
{% macro is_bot_user_agent(expression) -%}
    (
    {%- for part in var('bot_user_agents') or [] -%}
        coalesce(lower({{ expression }}) like '%{{ part | lower }}%', false)
        {%- if not loop.last %} or {% endif -%}
    {%- else -%}
        false
    {%- endfor -%}
    )
{%- endmacro %}
