{#- Gate on `score_drift`: no feature that a model reads has moved farther than `maximum` since the date tested on. -#}
{% test maximum_feature_psi(model, maximum) %}
{{ strate.drifted(model, ['feature'], maximum, 'max_feature_psi') }}
{% endtest %}
