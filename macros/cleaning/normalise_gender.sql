{#- female, male, other, or null where nothing usable was given. -#}
{% macro normalise_gender(expression) -%}
    case
        when lower({{ expression }}) in ('f', 'female', 'femme', 'mme', 'mrs', 'ms', 'frau', 'w', 'woman') then 'female'
        when lower({{ expression }}) in ('m', 'male', 'homme', 'mr', 'herr', 'man') then 'male'
        when lower({{ expression }}) in ('x', 'o', 'other', 'autre', 'divers', 'nonbinary', 'non-binary') then 'other'
    end
{%- endmacro %}
