{#-
    Gate on `clustering_candidates`: the chosen clustering is better than what the same algorithm finds in shuffled
    columns, with a p-value of at most `maximum`. One feature alone cannot be shuffled, so it has none and is not judged.
-#}
{% test maximum_null_p_value(model, maximum) %}
select
    candidate_id,
    null_p_value,
    'the chosen clustering ' || candidate_id || ' is no better than one of shuffled columns: p = '
    || cast(cast(null_p_value as decimal(10, 4)) as {{ dbt.type_string() }})
    || ', more than max_null_p_value = {{ maximum }}' as message
from {{ model }}
where
    is_chosen
    and outcome = 'fitted'
    and null_p_value > {{ maximum }}
{% endtest %}
