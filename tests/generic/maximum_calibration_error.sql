{#-
    Gate on `score_evaluations`: over ten groups, the share of whom it came true is off the probability that the champion
    gave by at most `maximum` on average, on the date that nothing was chosen by. A past rate that stands in for a model
    promises no such thing.
-#}
{% test maximum_calibration_error(model, maximum) %}
select
    score,
    score || ': over the horizon after ' || cast(as_of_date as {{ dbt.type_string() }}) || ' the probabilities of '
    || method || ' are off what happened by ' || {{ strate.fixed_decimals('value', 3) }}
    || ' on average, more than max_calibration_error = {{ maximum }}' as message
from {{ model }}
where
    fact_type = 'metric'
    and name = 'calibration_error'
    and is_champion
    and outcome = 'scored'
    and value > {{ maximum }}
{% endtest %}
