{#-
    Gate on `score_evaluations`: on the date that nothing was chosen by, the champion of each propensity puts customers in
    a better order than their past rate does, by at least `minimum` of AUC. Where the past rate itself stands in, the gain is 0.
-#}
{% test minimum_auc_gain(model, minimum) %}
select
    champions.score,
    champions.score || ': ' || champions.method || ' has an AUC of '
    || {{ strate.fixed_decimals('champions.value', 3) }} || ' over the horizon after '
    || cast(champions.as_of_date as {{ dbt.type_string() }}) || ', and the past rate '
    || {{ strate.fixed_decimals('baselines.value', 3) }}
    || ': a gain under min_auc_gain = {{ minimum }}' as message
from {{ model }} as champions
inner join {{ model }} as baselines
    on
        champions.score = baselines.score
        and champions.as_of_date = baselines.as_of_date
where
    champions.fact_type = 'metric'
    and champions.name = 'auc'
    and champions.is_champion
    and baselines.fact_type = 'metric'
    and baselines.name = 'auc'
    and baselines.method = 'past_rate'
    and champions.value - baselines.value < {{ minimum }}
{% endtest %}
