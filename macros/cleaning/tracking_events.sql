{#- The events of stg_tracking__events; with `first_date` only those from that date on, which costs far less. -#}
{% macro tracking_events(first_date=none) -%}
    {%- set base = ref('base_tracking__events') -%}
    {%- if first_date is not none -%}
        {%- set first_time = 'cast(' ~ first_date ~ ' as ' ~ dbt.type_timestamp() ~ ')' -%}
        {%- set oldest_date = strate.oldest_version_date(base, 'event_id', 'event_date', 'event_at', first_time) -%}
        {%- set cut = 'event_at >= cast(' ~ oldest_date ~ ' as ' ~ dbt.type_timestamp() ~ ')' -%}
    select * from (
    {%- endif %}
    {{ strate.newest_versions(
        base,
        key='event_id',
        columns=[
            'event_id', 'event_at', 'event_date', 'event_name', 'anonymous_id', 'user_id', 'platform', 'device_type',
            'country', 'is_bot', 'engaged_seconds', 'changed_at',
        ],
        order_by=[
            'changed_at desc', 'event_at desc', 'event_name', 'anonymous_id', 'user_id', 'platform', 'device_type',
            'country', 'is_bot', 'engaged_seconds',
        ],
        cut=cut,
    ) }}
    {%- if first_date is not none %}
    ) as events
    where event_at >= {{ first_time }}
    {%- endif %}
{%- endmacro %}
