{#-
    Gate on `clustering_candidates`: the chosen clustering comes back on other draws of customers, with a mean adjusted
    Rand index of at least `minimum`.
-#}
{% test minimum_stability(model, minimum) %}
select
    candidate_id,
    stability,
    'the chosen clustering ' || candidate_id || ' comes back with a mean adjusted Rand index of '
    || coalesce(cast(cast(stability as decimal(10, 4)) as {{ dbt.type_string() }}), 'nothing')
    || ', less than min_stability = {{ minimum }}' as message
from {{ model }}
where
    is_chosen
    and outcome = 'fitted'
    and (stability is null or stability < {{ minimum }})
{% endtest %}
