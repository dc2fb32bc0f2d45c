{{ config(post_hook="{{ strate.expire_rows() }}") }}

with

last_dates as (
    select max(order_date) as last_date from {{ ref('int_activity__order_lines') }}
    union all
    select max(session_date) as last_date from {{ ref('int_activity__sessions') }}
    union all
    select max(cast(last_event_at as date)) as last_date from {{ ref('int_activity__campaign_touches') }}
    union all
    select max(cast(answered_at as date)) as last_date from {{ ref('stg_survey__responses') }}
    union all
    select max(cast(decided_at as date)) as last_date from {{ ref('stg_crm__consents') }}
),

-- Where nothing ever happened, the newest CRM record tells the time. Beside facts it does not: systems write 2099-12-31
-- where they mean never.
last_records as (
    select max(cast(known_at as date)) as last_date
    from {{ ref('base_crm__customers') }}
    where
        reject_reason is null
        and known_at > cast('{{ var("earliest_date") }}' as {{ dbt.type_timestamp() }})
),

latest as (
    {%- if var('as_of_date') is none %}
    select coalesce(max(last_dates.last_date), max(last_records.last_date)) as as_of_date
    from last_dates
    cross join last_records
    {%- else %}
    select cast('{{ var("as_of_date") }}' as date) as as_of_date
    {%- endif %}
),

as_of_dates as (
    {%- for number in range(var('training_date_count') | int + 1) %}
    select
        {{ add_days('as_of_date', -number * (var('training_date_spacing_days') | int)) }} as as_of_date,
        {{ 'true' if number == 0 else 'false' }} as is_latest
    from latest
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    as_of_date,
    is_latest,
    -- The first moment that is not known: everything before it counts.
    cast({{ add_days('as_of_date', 1) }} as {{ dbt.type_timestamp() }}) as as_of_end
from as_of_dates
where as_of_date is not null
