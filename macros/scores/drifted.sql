{#-
    Rows of `score_drift` of these `comparisons` at the latest date whose distribution lies farther from its reference
    than `maximum`, unless chance alone would often move it so far. `setting` is the var that `maximum` is from.
-#}
{% macro drifted(model, comparisons, maximum, setting) %}
select
    comparison,
    name,
    name || case when comparison = 'given_score' then ' as given' else '' end
    || ' has moved since ' || cast(reference_date as {{ dbt.type_string() }}) || ' with a stability index of '
    || {{ strate.fixed_decimals('psi', 3) }} || ', more than {{ setting }} = {{ maximum }}' as message
from {{ model }}
where
    comparison in ('{{ comparisons | join("', '") }}')
    and as_of_date = (select max(dates.as_of_date) from {{ model }} as dates)
    and psi > {{ maximum }}
    and psi > psi_by_chance
{% endmacro %}
