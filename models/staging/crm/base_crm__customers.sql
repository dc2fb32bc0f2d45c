with

source as (
    {{ input_rows('crm_customers') }}
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

normalised as (
    select
        source.crm_customer_id,
        source.email as given_email,
        source.phone as given_phone,
        source.birth_date as given_birth_date,
        source.country as given_country,
        source.user_id,
        source.first_name,
        source.last_name,
        source.household_size,
        source.annual_income,
        source.city,
        source.is_test,
        source.is_erased,
        countries.country_code,
        {{ normalise_email('source.email') }} as email,
        {{ phone_digits('source.phone') }} as phone_digits,
        coalesce(countries.dial_code, default_country.dial_code) as dial_code,
        case
            when countries.alias is null then default_country.trunk_prefix
            else countries.trunk_prefix
        end as trunk_prefix,
        cast({{ parse_timestamp('source.birth_date') }} as date) as birth_date,
        {{ normalise_gender('source.gender') }} as gender,
        lower(source.family_status) as family_status,
        upper(replace(source.postal_code, ' ', '')) as postal_code,
        case when {{ is_possible_date('source.created_at') }} then source.created_at end as created_at,
        case when {{ is_possible_date('source.updated_at') }} then source.updated_at end as updated_at
        {%- for name in extra_columns('crm_customers') %},
        source.{{ name }}
        {%- endfor %}
    from source
    cross join default_country
    left join countries
        on lower(source.country) = countries.alias
),

judged as (
    select
        crm_customer_id,
        email,
        {{ phone_number('phone_digits', 'dial_code', 'trunk_prefix') }} as phone,
        user_id,
        first_name,
        last_name,
        gender,
        family_status,
        postal_code,
        city,
        country_code,
        created_at,
        updated_at,
        case
            when
                birth_date > cast('1900-01-01' as date)
                and birth_date < coalesce(
                    cast(updated_at as date), cast(created_at as date), cast('{{ var("latest_date") }}' as date)
                )
                then birth_date
        end as birth_date,
        case when household_size between 1 and 30 then household_size end as household_size,
        case when annual_income between 0 and 1e9 then annual_income end as annual_income,
        coalesce(is_test, false) or {{ is_test_email('email') }} as is_test,
        given_email,
        given_phone,
        given_birth_date,
        given_country,
        is_erased
        {%- for name in extra_columns('crm_customers') %},
        {{ name }}
        {%- endfor %}
    from normalised
)

select
    crm_customer_id,
    email,
    phone,
    user_id,
    first_name,
    last_name,
    birth_date,
    gender,
    family_status,
    household_size,
    annual_income,
    postal_code,
    city,
    country_code,
    is_test,
    created_at,
    updated_at,
    case
        when updated_at >= created_at or created_at is null
            then coalesce(updated_at, cast('{{ var("earliest_date") }}' as {{ dbt.type_timestamp() }}))
        else created_at
    end as known_at,
    nullif(trim(
        case when given_email is not null and email is null then 'email ' else '' end
        || case when given_phone is not null and phone is null then 'phone ' else '' end
        || case when given_birth_date is not null and birth_date is null then 'birth_date ' else '' end
        || case when given_country is not null and country_code is null then 'country ' else '' end
    ), '') as unusable_fields,
    {{ reject_reason('crm_customers') }} as reject_reason
    {%- for name in extra_columns('crm_customers') %},
    {{ name }}
    {%- endfor %}
from judged
