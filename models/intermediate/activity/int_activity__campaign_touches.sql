{%- set sources = [(ref('base_crm__campaign_events'), 'message_id', 'event_date')] -%}
{%- set first_date = first_affected_date(sources) if is_incremental() -%}
{{ config(
    materialized='incremental',
    incremental_strategy=incremental_by_date(),
    unique_key='touch_date',
    partition_by=partition_by_date('touch_date'),
    on_schema_change='fail',
    pre_hook="{{ strate.delete_affected('touch_date', [(ref('base_crm__campaign_events'), 'message_id', 'event_date')]) }}"
) }}

with

events as (
    select
        *,
        min(event_at) over (partition by message_id, crm_customer_id) as touched_at
    from {{ ref('stg_crm__campaign_events') }}
),

touches as (
    select
        message_id,
        crm_customer_id,
        touched_at,
        -- As the first event says: what later ones say was not known then.
        coalesce(max(case when event_at = touched_at then channel end), 'email') as channel,
        min(case when event_at = touched_at then campaign_id end) as campaign_id,
        min(case when event_type = 'bounced' then event_at end) as bounced_at,
        min(case when event_type = 'opened' then event_at end) as opened_at,
        min(case when event_type = 'clicked' then event_at end) as clicked_at,
        min(case when event_type = 'unsubscribed' then event_at end) as unsubscribed_at,
        max(event_at) as last_event_at,
        count(*) as event_count,
        cast(sum(version_count) as {{ dbt.type_bigint() }}) as version_count,
        max(changed_at) as changed_at
    from events
    group by message_id, crm_customer_id, touched_at
)

select
    message_id,
    'crm:' || crm_customer_id as account_key,
    campaign_id,
    channel,
    cast(touched_at as date) as touch_date,
    touched_at,
    bounced_at,
    -- Nobody clicks in a message that they have not opened: mail clients hide openings, not clicks.
    case when opened_at is null or clicked_at < opened_at then clicked_at else opened_at end as opened_at,
    clicked_at,
    unsubscribed_at,
    last_event_at,
    event_count,
    version_count,
    changed_at
from touches
{%- if is_incremental() %}
where cast(touched_at as date) >= {{ first_date }}
{%- endif %}
