{#- Stops the run when there are problems, each on a line of its own. -#}
{% macro stop_on(problems) %}
    {%- if problems -%}
        {%- do exceptions.raise_compiler_error('Strate cannot start:\n  - ' ~ problems | join('\n  - ')) -%}
    {%- endif -%}
{% endmacro %}
