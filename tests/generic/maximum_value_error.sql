{#-
    Gate on `score_evaluations`: over the horizon that is over, the champion expected the revenue of all within a share of
    `maximum`, up or down. Without a champion the message is why there is none.
-#}
{% test maximum_value_error(model, maximum) %}
select
    method,
    case
        when fact_type = 'model'
            then 'no way to expect revenue could be judged (' || detail || '): customer_values holds past rates'
        else
            'over the horizon after ' || cast(as_of_date as {{ dbt.type_string() }}) || ' ' || method
            || ' was wrong about the revenue of all by '
            || cast(cast(100 * value as decimal(18, 1)) as {{ dbt.type_string() }})
            || ' %, more than max_value_error = {{ maximum }}'
    end as message
from {{ model }}
where
    score = 'value'
    and (
        (fact_type = 'model' and name = 'champion_outcome' and detail <> 'scored')
        or (fact_type = 'metric' and name = 'total_error' and is_champion and abs(value) > {{ maximum }})
    )
{% endtest %}
