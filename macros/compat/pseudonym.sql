{#-
    The pseudonym of a text, 32 hexadecimal digits: the first half of its HMAC-SHA-256 under the key in the environment
    variable STRATE_PSEUDONYM_KEY, or its MD5 where there is no key. The key is in no SQL text: on DuckDB the plugin
    strate.duckdb_plugin gives it to each session; elsewhere the var pseudonym_function names a function that has it.
-#}
{% macro pseudonym(expression) %}
    {{- return(adapter.dispatch('pseudonym', 'strate')(expression)) -}}
{% endmacro %}

{% macro default__pseudonym(expression) %}
    {%- if var('pseudonym_function') is none -%}
        {{- strate.hash_text(expression) -}}
    {%- else -%}
        substr(lower({{ var('pseudonym_function') }}({{ expression }})), 1, 32)
    {%- endif -%}
{% endmacro %}

{% macro duckdb__pseudonym(expression) -%}
    {%- set inner -%}
        sha256(getvariable('strate_inner_pad') || encode({{ expression }}))
    {%- endset -%}
    case
        when getvariable('strate_inner_pad') is null then md5({{ expression }})
        else substr(sha256(getvariable('strate_outer_pad') || unhex({{ inner }})), 1, 32)
    end
{%- endmacro %}

{#- SQL for whether pseudonyms have a key. -#}
{% macro has_pseudonym_key() %}
    {{- return(adapter.dispatch('has_pseudonym_key', 'strate')()) -}}
{% endmacro %}

{% macro default__has_pseudonym_key() %}
    {{- return('true' if var('pseudonym_function') is not none else 'false') -}}
{% endmacro %}

{% macro duckdb__has_pseudonym_key() %}
    {{- return("getvariable('strate_inner_pad') is not null") -}}
{% endmacro %}
