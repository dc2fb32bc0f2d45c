{#- Gate on `clustering_candidates`: the chosen clustering has at most the Davies-Bouldin index `maximum`. -#}
{% test maximum_davies_bouldin(model, maximum) %}
select
    candidate_id,
    davies_bouldin,
    'the chosen clustering ' || candidate_id || ' has a Davies-Bouldin index of ' || round(davies_bouldin, 3)
    || ', not less than max_davies_bouldin = {{ maximum }}' as message
from {{ model }}
where is_chosen and davies_bouldin >= {{ maximum }}
{% endtest %}
