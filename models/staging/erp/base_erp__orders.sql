{%- set cancelled_statuses = text_list((var('cancelled_statuses') or []) | map('lower')) -%}
with

source as (
    {{ input_rows('erp_orders') }}
),

countries as (
    select
        alias,
        country_code,
        dial_code,
        trunk_prefix
    from {{ ref('country_aliases') }}
),

default_country as (
    -- Aggregated, so that there is a row to join even for a country that nobody has heard of.
    select
        max(dial_code) as dial_code,
        max(trunk_prefix) as trunk_prefix
    from countries
    where alias = '{{ var("default_country") | lower }}'
),

given_rates as (
    {{ input_rows('exchange_rates') }}
),

rates as (
    select
        upper(currency_code) as currency_code,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by upper(currency_code) order by valid_from, rate),
            cast('{{ var("latest_date") }}' as {{ dbt.type_timestamp() }})
        ) as valid_to,
        rate
    from given_rates
    where valid_from is not null and rate > 0
),

normalised as (
    select
        source.order_id,
        source.erp_customer_id,
        source.crm_customer_id,
        source.ordered_at,
        source.total_amount,
        source.is_erased,
        countries.country_code,
        lower(source.status) as status,
        lower(source.sales_channel) as sales_channel,
        coalesce(upper(source.currency_code), '{{ var("reporting_currency") | upper }}') as currency_code,
        {{ normalise_email('source.email') }} as email,
        {{ phone_digits('source.phone') }} as phone_digits,
        coalesce(countries.dial_code, default_country.dial_code) as dial_code,
        case
            when countries.alias is null then default_country.trunk_prefix
            else countries.trunk_prefix
        end as trunk_prefix,
        -- Systems write 0001-01-01 or 9999-12-31 for never, which must neither cancel an order nor date its version.
        case when {{ is_possible_date('source.updated_at') }} then source.updated_at end as updated_at,
        case when {{ is_possible_date('source.cancelled_at') }} then source.cancelled_at end as cancelled_at,
        lower(source.status) in ({{ cancelled_statuses }}) as is_cancelled
    from source
    cross join default_country
    left join countries
        on lower(source.country) = countries.alias
),

converted as (
    select
        normalised.*,
        case
            when normalised.currency_code = '{{ var("reporting_currency") | upper }}' then 1.0
            else rates.rate
        end as exchange_rate
    from normalised
    left join rates
        on
            normalised.currency_code = rates.currency_code
            and normalised.ordered_at >= rates.valid_from
            and normalised.ordered_at < rates.valid_to
)

select
    order_id,
    erp_customer_id,
    crm_customer_id,
    email,
    {{ phone_number('phone_digits', 'dial_code', 'trunk_prefix') }} as phone,
    country_code,
    sales_channel,
    status,
    currency_code,
    exchange_rate,
    total_amount,
    ordered_at,
    cast(ordered_at as date) as order_date,
    -- Without a time of its own a cancellation became known with the version that says so.
    coalesce(cancelled_at, case when is_cancelled then coalesce(updated_at, ordered_at) end) as cancelled_at,
    coalesce(updated_at, cancelled_at, ordered_at) as changed_at,
    {{ reject_reason('erp_orders', dates=['ordered_at'], rules=[
        ('exchange_rate is null', 'currency_code has no exchange rate on the day'),
        ('abs(total_amount * exchange_rate) >= 1e12', 'total_amount is impossibly large'),
    ]) }} as reject_reason
from converted
