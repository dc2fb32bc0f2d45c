{{ config(materialized='view') }}

{%- set decided = ['is_permitted', 'status', 'legal_basis', 'consent_id', 'decided_at', 'expires_at', 'withdrawn_at'] %}

with

customers as (
    select
        as_of_date,
        customer_id
    from {{ ref('int_identity__customers') }}
),

decisions as (
    select * from {{ ref('int_permissions__decisions') }}
),

defaults as (
    {%- for purpose, legal_basis in var('permission_defaults').items() %}
    select
        {{ dbt.string_literal(purpose) }} as purpose,
        {%- if legal_basis is none %}
        cast(null as {{ dbt.type_string() }}) as legal_basis
        {%- else %}
        {{ dbt.string_literal(legal_basis) }} as legal_basis
        {%- endif %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

scopes as (
    select
        purpose,
        channel
    from decisions
    union
    select
        purpose,
        'all' as channel
    from decisions
    union
    select
        purpose,
        'all' as channel
    from defaults
),

-- A channel that the customer has not decided on goes by what they decided for all.
found as (
    select
        customers.as_of_date,
        customers.customer_id,
        scopes.purpose,
        scopes.channel,
        defaults.legal_basis as default_legal_basis,
        case when of_channel.customer_id is null then 1 else 0 end as is_of_all,
        case when of_channel.customer_id is null and of_all.customer_id is null then 1 else 0 end as is_never_asked,
        {%- for column in decided %}
        of_channel.{{ column }} as {{ column }}_of_channel,
        of_all.{{ column }} as {{ column }}_of_all{{ ',' if not loop.last }}
        {%- endfor %}
    from customers
    cross join scopes
    left join defaults
        on scopes.purpose = defaults.purpose
    left join decisions as of_channel
        on
            customers.as_of_date = of_channel.as_of_date
            and customers.customer_id = of_channel.customer_id
            and scopes.purpose = of_channel.purpose
            and scopes.channel = of_channel.channel
    left join decisions as of_all
        on
            customers.as_of_date = of_all.as_of_date
            and customers.customer_id = of_all.customer_id
            and scopes.purpose = of_all.purpose
            and of_all.channel = 'all'
)

select
    cast(as_of_date as date) as as_of_date,
    cast(customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(purpose as {{ dbt.type_string() }}) as purpose,
    cast(channel as {{ dbt.type_string() }}) as channel,
    cast(
        case
            when is_never_asked = 1 then default_legal_basis is not null
            when is_of_all = 1 then is_permitted_of_all
            else is_permitted_of_channel
        end as boolean
    ) as is_permitted,
    cast(
        case
            when is_never_asked = 1 then 'never_asked'
            when is_of_all = 1 then status_of_all
            else status_of_channel
        end as {{ dbt.type_string() }}
    ) as status,
    cast(
        case
            when is_never_asked = 1 then default_legal_basis
            when is_of_all = 1 then legal_basis_of_all
            else legal_basis_of_channel
        end as {{ dbt.type_string() }}
    ) as legal_basis,
    {%- for column, type in [
        ('consent_id', dbt.type_string()),
        ('decided_at', dbt.type_timestamp()),
        ('expires_at', dbt.type_timestamp()),
        ('withdrawn_at', dbt.type_timestamp()),
    ] %}
    cast(
        case when is_of_all = 1 then {{ column }}_of_all else {{ column }}_of_channel end as {{ type }}
    ) as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from found
