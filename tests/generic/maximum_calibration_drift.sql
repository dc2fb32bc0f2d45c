{#-
    Gate on `score_drift`: what an earlier build gave as the probability of all, and the share of them of whom it came
    true in the horizon that is over now, differ by at most `maximum`.
-#}
{% test maximum_calibration_drift(model, maximum) %}
select
    name,
    name || ': the scores given on ' || cast(as_of_date as {{ dbt.type_string() }}) || ' promised '
    || {{ strate.fixed_decimals('predicted', 3) }} || ' on average and ' || {{ strate.fixed_decimals('actual', 3) }}
    || ' came: they differ by more than max_calibration_error = {{ maximum }}' as message
from {{ model }}
where
    comparison = 'given_score'
    and name in ('purchase', 'click', 'churn')
    and abs(predicted - actual) > {{ maximum }}
{% endtest %}
