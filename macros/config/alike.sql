{#-
    At most eight of the names that are written like a name which is not among them, the likest first; all where none
    is. Likeness is Dice's: the share of pairs of neighbouring letters that both have. Names of several words also count
    as alike when they share one.
-#}
{% macro alike(name, names) %}
    {%- set wanted = strate.letter_pairs(name) -%}
    {%- set found = [] -%}
    {%- for candidate in names -%}
        {%- set pairs = strate.letter_pairs(candidate) -%}
        {%- set likeness = 2 * (wanted | select('in', pairs) | list | length) / ((wanted + pairs) | length or 1) -%}
        {%- set shares_word = candidate.split('_') | select('in', name.split('_')) | list != [] -%}
        {%- if likeness >= 0.5 or shares_word -%}
            {%- do found.append((-likeness, loop.index, candidate)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return((found | sort | map(attribute=2) | list)[:8] or names) -}}
{% endmacro %}

{% macro letter_pairs(name) %}
    {%- set pairs = [] -%}
    {%- for position in range(name | length - 1) if name[position:position + 2] not in pairs -%}
        {%- do pairs.append(name[position:position + 2]) -%}
    {%- endfor -%}
    {{- return(pairs) -}}
{% endmacro %}
