{%- set rounds = var('identity_rounds') | int -%}

with

links as (
    select * from {{ ref('int_identity__links') }}
),

as_of_dates as (
    select * from {{ ref('int_activity__as_of_dates') }}
),

-- The older an account, the lower its number. A person takes the number of their oldest account, so that new accounts
-- and later dates leave it as it is. Devices come last: a log-in may add one that is older than all the rest.
numbered_accounts as (
    select
        account_key,
        row_number() over (
            order by case when account_type = 'device' then 1 else 0 end, min(seen_at), account_key
        ) as account_number
    from links
    group by account_key, account_type
),

known_links as (
    select
        as_of_dates.as_of_date,
        links.account_key,
        links.account_type,
        links.identifier,
        links.identifier_type,
        case when links.test_seen_at < as_of_dates.as_of_end then 1 else 0 end as is_test,
        numbered_accounts.account_number
    from links
    inner join numbered_accounts
        on links.account_key = numbered_accounts.account_key
    inner join as_of_dates
        on links.seen_at < as_of_dates.as_of_end
),

accounts_per_system as (
    select
        as_of_date,
        identifier,
        identifier_type,
        account_type,
        count(*) as account_count
    from known_links
    group by as_of_date, identifier, identifier_type, account_type
),

linking_identifiers as (
    select
        as_of_date,
        identifier
    from accounts_per_system
    where
        identifier not in (
            {%- for value in var('identity_blocked_values') or [] %}
            {{ text_list(['email:' ~ value, 'phone:' ~ value]) }},
            {%- endfor %}
            ''
        )
    group by as_of_date, identifier, identifier_type
    having
        sum(account_count) > 1
        -- A mailbox or a phone that many accounts of one system share belongs to no one person.
        -- Devices do not count: one person has many over the years, and shared ones are left out below.
        and max(case when account_type = 'device' then 0 else account_count end) <= case identifier_type
            {%- for type, limit in var('identity_max_accounts').items() %}
            when '{{ type }}' then {{ limit }}
            {%- endfor %}
            else 1
        end
),

shared_devices as (
    select
        as_of_date,
        account_key
    from known_links
    where account_type = 'device' and identifier_type = 'user'
    group by as_of_date, account_key
    having count(*) > {{ var('identity_max_users_per_device') }}
),

-- Each round hands the lowest number on to all accounts that share an identifier. One window reads only the round
-- before it, so that the text does not multiply on engines that inline common table expressions.
round_0 as (
    select
        known_links.as_of_date,
        known_links.account_key,
        known_links.identifier,
        known_links.account_number as person_number
    from known_links
    inner join linking_identifiers
        on
            known_links.as_of_date = linking_identifiers.as_of_date
            and known_links.identifier = linking_identifiers.identifier
    left join shared_devices
        on
            known_links.as_of_date = shared_devices.as_of_date
            and known_links.account_key = shared_devices.account_key
    where shared_devices.account_key is null
),

{% for round in range(1, rounds + 2) -%}
round_{{ round }}_identifiers as (
    select
        as_of_date,
        account_key,
        identifier,
        person_number as previous_number,
        min(person_number) over (partition by as_of_date, identifier) as person_number
    from {{ 'moving_accounts' if round == 3 else 'round_' ~ (round - 1) }}
),

round_{{ round }} as (
    select
        as_of_date,
        account_key,
        identifier,
        previous_number,
        min(person_number) over (partition by as_of_date, account_key) as person_number
    from round_{{ round }}_identifiers
),

{% if round == 2 -%}
-- Two rounds settle nearly everybody: only persons who still share an identifier with another number go on.
moving_identifiers as (
    select
        as_of_date,
        identifier
    from round_2
    group by as_of_date, identifier
    having min(person_number) <> max(person_number)
),

moving_persons as (
    select distinct
        round_2.as_of_date,
        round_2.person_number
    from round_2
    inner join moving_identifiers
        on
            round_2.as_of_date = moving_identifiers.as_of_date
            and round_2.identifier = moving_identifiers.identifier
),

moving_accounts as (
    select round_2.*
    from round_2
    inner join moving_persons
        on
            round_2.as_of_date = moving_persons.as_of_date
            and round_2.person_number = moving_persons.person_number
),

{% endif -%}
{% endfor -%}
moved_accounts as (
    select
        as_of_date,
        account_key,
        min(person_number) as person_number,
        -- The last round is one more than asked for: had it moved anybody, the rounds would not have been enough.
        max(case when previous_number <> person_number then 1 else 0 end) as is_unsettled
    from {{ 'moving_accounts' if rounds == 1 else 'round_' ~ (rounds + 1) }}
    group by as_of_date, account_key
),

settled_accounts as (
    select
        as_of_date,
        account_key,
        min(person_number) as person_number
    from round_2
    group by as_of_date, account_key
),

linked_accounts as (
    select
        settled_accounts.as_of_date,
        settled_accounts.account_key,
        coalesce(moved_accounts.person_number, settled_accounts.person_number) as person_number,
        coalesce(moved_accounts.is_unsettled, 0) as is_unsettled
    from settled_accounts
    left join moved_accounts
        on
            settled_accounts.as_of_date = moved_accounts.as_of_date
            and settled_accounts.account_key = moved_accounts.account_key
),

accounts as (
    select
        as_of_date,
        account_key,
        account_type,
        min(account_number) as account_number,
        max(is_test) as is_test
    from known_links
    group by as_of_date, account_key, account_type
),

person_accounts as (
    select
        accounts.as_of_date,
        accounts.account_key,
        accounts.account_type,
        coalesce(linked_accounts.person_number, accounts.account_number) as person_number,
        coalesce(linked_accounts.is_unsettled, 0) as is_unsettled,
        accounts.is_test
    from accounts
    left join linked_accounts
        on
            accounts.as_of_date = linked_accounts.as_of_date
            and accounts.account_key = linked_accounts.account_key
),

persons as (
    select
        as_of_date,
        person_number,
        max(is_test) as is_test,
        max(case when account_type = 'device' then 0 else 1 end) as is_identified
    from person_accounts
    group by as_of_date, person_number
)

select
    person_accounts.as_of_date,
    person_accounts.account_key,
    person_accounts.account_type,
    {{ hash_text('oldest_accounts.account_key') }} as customer_id,
    persons.is_test = 1 as is_test,
    person_accounts.is_unsettled = 0 as is_settled
from person_accounts
inner join persons
    on
        person_accounts.as_of_date = persons.as_of_date
        and person_accounts.person_number = persons.person_number
inner join numbered_accounts as oldest_accounts
    on person_accounts.person_number = oldest_accounts.account_number
{%- if not var('anonymous_visitors_are_customers') %}
where persons.is_identified = 1
{%- endif %}
