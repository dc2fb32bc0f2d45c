{#-
    Gate on `clustering_candidates`: the silhouette of the chosen clustering is more than `minimum`. A clustering that
    was not fitted has none to judge: the test clustering_was_fitted says why.
-#}
{% test minimum_silhouette(model, minimum) %}
select
    candidate_id,
    silhouette,
    'the chosen clustering ' || candidate_id
    || coalesce(
        ' has a silhouette of ' || cast(cast(silhouette as decimal(10, 4)) as {{ dbt.type_string() }})
        || ', not more than',
        ' has clusters too small for a silhouette, so it cannot be more than'
    )
    || ' min_silhouette = {{ minimum }}' as message
from {{ model }}
where
    is_chosen
    and outcome = 'fitted'
    and (silhouette is null or silhouette <= {{ minimum }})
{% endtest %}
