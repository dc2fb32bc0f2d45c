{#-
    Why a row of an input cannot be used, one sentence; null for a row that can. In this order: its person was
    erased, a required column is missing or cannot be read, one of `dates` is impossible, one of `rules`, a list of
    (condition, sentence), holds.
-#}
{% macro reject_reason(input, dates=[], rules=[]) -%}
    case
    {%- if strate.suppression_columns(input) %}
        when is_erased then '{{ strate.erased_reason() }}'
    {%- endif %}
    {%- for name, type, is_required in strate.input_contract()[input].columns if is_required %}
        when {{ name }} is null then '{{ name }} is missing{{ "" if type == "text" else " or not a " ~ type }}'
    {%- endfor %}
    {%- for name in dates %}
        when not {{ strate.is_possible_date(name) }} then '{{ name }} is an impossible date'
    {%- endfor %}
    {%- for condition, sentence in rules %}
        when {{ condition }} then '{{ sentence }}'
    {%- endfor %}
    end
{%- endmacro %}
