{#-
    SQL that is true where this session has the key with which all pseudonyms of suppressed_identifiers were made, and an
    error where it has not: a view that compares with them would show whom it is to leave out.
-#}
{% macro is_key_of(suppressed_identifiers) %}
    {{- return(adapter.dispatch('is_key_of', 'strate')(suppressed_identifiers)) -}}
{% endmacro %}

{#- Whoever may call the function of the var pseudonym_function has its key. -#}
{% macro default__is_key_of(suppressed_identifiers) %}{{- return('true') -}}{% endmacro %}

{% macro duckdb__is_key_of(suppressed_identifiers) -%}
    case
        when exists (
            select 1 from {{ suppressed_identifiers }}
            where key_fingerprint <> {{ strate.pseudonym("'strate'") }}
        ) then error('Persons were erased, and this view needs the STRATE_PSEUDONYM_KEY of the build to leave them out.')
        else true
    end
{%- endmacro %}
