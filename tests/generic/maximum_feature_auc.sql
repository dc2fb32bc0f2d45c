{#-
    Gate on `score_features`: no feature alone tells the outcome so well that its AUC exceeds `maximum`. One that does
    has probably been filled in after the date.
-#}
{% test maximum_feature_auc(model, maximum) %}
select
    score,
    feature,
    feature || ' alone tells ' || score || ' with an AUC of ' || {{ strate.fixed_decimals('single_auc', 3) }}
    || ', more than max_feature_auc = {{ maximum }}: was it known at the date?' as message
from {{ model }}
where single_auc > {{ maximum }}
{% endtest %}
