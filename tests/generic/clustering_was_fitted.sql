{#- Gate on `clustering_candidates`: there was something to cluster. If not, the message is the fit's reason. -#}
{% test clustering_was_fitted(model) %}
select distinct
    outcome,
    'no clustering was fitted (' || outcome || '): ' || reason as message
from {{ model }}
where outcome <> 'fitted'
{% endtest %}
