{#- Gate on `clustering_candidates`: the chosen clustering has at least the silhouette `minimum`. -#}
{% test minimum_silhouette(model, minimum) %}
select
    candidate_id,
    silhouette,
    'the chosen clustering ' || candidate_id || ' has a silhouette of ' || round(silhouette, 3)
    || ', not more than min_silhouette = {{ minimum }}' as message
from {{ model }}
where is_chosen and silhouette <= {{ minimum }}
{% endtest %}
