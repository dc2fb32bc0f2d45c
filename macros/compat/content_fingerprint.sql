{#-
    A scalar subquery with a text that is the same for the same rows, in whatever order, and another for others: the sum
    of a hash of each row. Null where the engine is not known to have such a hash. Another version of the engine may hash
    otherwise, so it stands in front.
-#}
{% macro content_fingerprint(relation) %}
    {{- return(adapter.dispatch('content_fingerprint', 'strate')(relation)) -}}
{% endmacro %}

{% macro default__content_fingerprint(relation) %}cast(null as {{ dbt.type_string() }}){% endmacro %}

{% macro duckdb__content_fingerprint(relation) -%}
(select version() || ':' || coalesce(sum(hash(content)), 0) from {{ relation }} as content)
{%- endmacro %}
