{#-
    Gate on `clustering_candidates`: the Davies-Bouldin index of the chosen clustering is less than `maximum`. A
    clustering that was not fitted has none to judge: the test clustering_was_fitted says why.
-#}
{% test maximum_davies_bouldin(model, maximum) %}
select
    candidate_id,
    davies_bouldin,
    'the chosen clustering ' || candidate_id
    || coalesce(
        ' has a Davies-Bouldin index of ' || cast(cast(davies_bouldin as decimal(18, 4)) as {{ dbt.type_string() }})
        || ', not less than',
        ' has no Davies-Bouldin index, so it cannot be less than'
    )
    || ' max_davies_bouldin = {{ maximum }}' as message
from {{ model }}
where
    is_chosen
    and outcome = 'fitted'
    and (davies_bouldin is null or davies_bouldin >= {{ maximum }})
{% endtest %}
