{#-
    What to replace in the rule of a cluster so that it reads as English: steps, each a list of texts and what they
    become. A rule is a condition as strate.clustering.surrogate writes it, with a blank put before it: a blank or a
    bracket stands before each name and a blank after it.
-#}
{% macro rule_words() %}
    {%- set steps = [[('(', '( ')]] -%}
    {%- for input in clustering_inputs() -%}
        {%- set name, read = ' ' ~ input.name, feature_label(input.name) -%}
        {%- if input.is_nominal -%}
            {%- set yes = name | replace('_', ' ') -%}
            {%- do steps.append([(name ~ ' > 0', yes), (name ~ ' <= 0', yes | replace(' is ', ' is not ', 1))]) -%}
        {%- elif read.missing -%}
            {%- set nothing, something = read.missing -%}
            {%- do steps.append([
                (name ~ ' is null', ' ' ~ nothing),
                (name ~ ' is not null', ' ' ~ something),
                (name ~ ' ', ' ' ~ read.label ~ ' '),
            ]) -%}
        {%- else -%}
            {%- do steps.append([(name ~ ' ', ' ' ~ read.label ~ ' ')]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do steps.append([(' is null', ' unknown'), (' is not null', ' known'), (' true', ' everybody')]) -%}
    {%- do steps.append([(' > ', ' above '), (' <= ', ' at most '), ('( ', '(')]) -%}
    {{- return(steps) -}}
{% endmacro %}
