{#-
    Gate on `score_evaluations`: of the rows that a propensity was learned from, neither those of whom it came true nor the
    others are fewer than the share `minimum`, nor too few to learn from.
-#}
{% test minimum_label_share(model, minimum) %}
select
    score,
    case
        when name = 'champion_outcome'
            then score || ': no model is used (' || detail || '), and its probability is the past rate'
        when value < {{ minimum }}
            then score || ' came true of ' || {{ strate.fixed_decimals('100 * value', 2) }}
            || ' % of those learned from, fewer than min_label_share = {{ minimum }}'
        else
            score || ' came true of all but ' || {{ strate.fixed_decimals('100 * (1 - value)', 2) }}
            || ' % of those learned from, fewer than min_label_share = {{ minimum }}'
    end as message
from {{ model }}
where
    fact_type = 'model'
    and score in ('purchase', 'click', 'churn')
    and (
        (name = 'champion_outcome' and detail in ('too_few_positives', 'too_few_negatives'))
        or (name = 'label_share' and outcome = 'scored' and (value < {{ minimum }} or value > 1 - {{ minimum }}))
    )
{% endtest %}
