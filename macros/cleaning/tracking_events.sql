{#- The events of stg_tracking__events; with `first_date` only those from that date on, which costs far less. -#}
{% macro tracking_events(first_date=none) -%}
    {{- strate.newest_versions(
        ref('base_tracking__events'),
        key='event_id',
        columns=[
            'event_id', 'event_at', 'event_date', 'event_name', 'anonymous_id', 'user_id', 'platform', 'device_type',
            'country', 'is_bot', 'engaged_seconds', 'changed_at',
        ],
        order_by=[
            'changed_at desc', 'event_at desc', 'event_name', 'anonymous_id', 'user_id', 'platform', 'device_type',
            'country', 'is_bot', 'engaged_seconds',
        ],
        date_column='event_date',
        first_date=first_date,
    ) -}}
{%- endmacro %}
