{#- Gate on `score_drift`: no score has moved farther than `maximum` since the date tested on, or the last build. -#}
{% test maximum_score_psi(model, maximum) %}
{{ strate.drifted(model, ['score', 'given_score'], maximum, 'max_score_psi') }}
{% endtest %}
