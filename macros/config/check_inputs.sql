{#-
    Runs before anything is built: stops with every problem of every input that can be judged now.
    An input that this run builds itself is judged by its staging model, once it is there.
-#}
{% macro check_inputs() %}
    {%- set problems = [] -%}
    {%- set inputs = strate.input_contract().keys() | list -%}
    {%- set on = [] -%}
    {%- for input in inputs -%}
        {%- set relation = strate.input_relation(input) -%}
        {%- if relation is not none -%}
            {%- do on.append(input) -%}
            {%- if execute and not relation.is_node -%}
                {%- do problems.extend(strate.input_problems(input, relation)) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set with_people = inputs | reject('in', [
        'erp_order_lines', 'erp_products', 'survey_items', 'geo_areas', 'erasure_requests', 'exchange_rates',
    ]) | list -%}
    {%- if execute and not on | select('in', with_people) | list -%}
        {%- do problems.append(
            'no input that knows customers is on: point at least one of the vars ' ~ with_people | join(', ')
            ~ ' at a relation of yours, or leave it out to take the demo.'
        ) -%}
    {%- endif -%}
    {%- if strate.is_selected() -%}
        {{- strate.stop_on(problems) -}}
    {%- endif -%}
{% endmacro %}
