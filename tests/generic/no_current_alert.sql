{#- Gate on `segment_alerts`: nothing has fallen or risen that has not recovered. -#}
{% test no_current_alert(model) %}
select
    alert_id,
    segment_key || ': ' || metric || ' shows a ' || kind || ' since ' || cast(started_on as {{ dbt.type_string() }})
    || ', by ' || cast(cast(round(100 * effect) as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }})
    || ' %' as message
from {{ model }}
where is_current
{% endtest %}
