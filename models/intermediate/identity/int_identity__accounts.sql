{%- set rounds = var('identity_rounds') | int -%}

with

links as (
    select * from {{ ref('int_identity__links') }}
),

as_of_dates as (
    select * from {{ ref('int_activity__as_of_dates') }}
),

account_ages as (
    select
        account_key,
        account_type,
        min(seen_at) as seen_at,
        min(test_seen_at) as test_seen_at
    from links
    group by account_key, account_type
),

{{ recorded_ids('account_ages', built_before('int_identity__id_history')) }},

-- A person takes the lowest number of their accounts: that of the account whose id was given out first, else of the
-- oldest. So new accounts and later dates leave it as it is. Devices come last: a log-in may add one that is older.
numbered_accounts as (
    select
        account_ages.account_key,
        account_ages.account_type,
        account_ages.seen_at,
        account_ages.test_seen_at,
        recorded_ids.customer_id,
        coalesce(recorded_ids.passed_id_count, 0) as passed_id_count,
        row_number() over (
            order by
                case when recorded_ids.id_number is null then 1 else 0 end,
                case when account_ages.account_type = 'device' then 1 else 0 end,
                recorded_ids.id_number,
                account_ages.seen_at,
                account_ages.account_key
        ) as account_number
    from account_ages
    left join recorded_ids
        on account_ages.account_key = recorded_ids.account_key
),

accounts as (
    select
        as_of_dates.as_of_date,
        numbered_accounts.account_number,
        numbered_accounts.account_type,
        case when numbered_accounts.test_seen_at < as_of_dates.as_of_end then 1 else 0 end as is_test
    from numbered_accounts
    inner join as_of_dates
        on numbered_accounts.seen_at < as_of_dates.as_of_end
),

-- Numbers from here on: they sort and join many times faster than texts, and each date goes through all of it.
shared_identifiers as (
    select
        identifier,
        row_number() over (order by identifier) as identifier_number
    from links
    where
        identifier not in (
            {%- for value in var('identity_blocked_values') or [] %}
            {{ text_list(['email:' ~ value, 'phone:' ~ value]) }},
            {%- endfor %}
            ''
        )
    group by identifier
    having count(*) > 1
),

shared_links as (
    select
        numbered_accounts.account_number,
        links.account_type,
        shared_identifiers.identifier_number,
        links.identifier_type,
        links.seen_at
    from links
    inner join shared_identifiers
        on links.identifier = shared_identifiers.identifier
    inner join numbered_accounts
        on links.account_key = numbered_accounts.account_key
),

known_links as (
    select
        as_of_dates.as_of_date,
        shared_links.account_number,
        shared_links.account_type,
        shared_links.identifier_number,
        shared_links.identifier_type
    from shared_links
    inner join as_of_dates
        on shared_links.seen_at < as_of_dates.as_of_end
),

accounts_per_system as (
    select
        as_of_date,
        identifier_number,
        identifier_type,
        account_type,
        count(*) as account_count
    from known_links
    group by as_of_date, identifier_number, identifier_type, account_type
),

linking_identifiers as (
    select
        as_of_date,
        identifier_number
    from accounts_per_system
    group by as_of_date, identifier_number, identifier_type
    having
        sum(account_count) > 1
        -- A mailbox or a phone that many accounts of one system share belongs to no one person.
        -- Devices do not count: one person has many over the years, and shared ones are left out below.
        and max(case when account_type = 'device' then 0 else account_count end) <= case identifier_type
            {%- for type, limit in var('identity_max_accounts').items() %}
            when '{{ type }}' then {{ limit }}
            {%- endfor %}
            when 'match' then 2
            else 1
        end
),

shared_devices as (
    select
        as_of_dates.as_of_date,
        numbered_accounts.account_number
    from links
    inner join numbered_accounts
        on links.account_key = numbered_accounts.account_key
    inner join as_of_dates
        on links.seen_at < as_of_dates.as_of_end
    where links.account_type = 'device' and links.identifier_type = 'user'
    group by as_of_dates.as_of_date, numbered_accounts.account_number
    having count(*) > {{ var('identity_max_users_per_device') }}
),

hubs as (
    select
        known_links.as_of_date,
        known_links.account_number,
        min(known_links.account_number) over (
            partition by known_links.as_of_date, known_links.identifier_number
        ) as hub_number
    from known_links
    inner join linking_identifiers
        on
            known_links.as_of_date = linking_identifiers.as_of_date
            and known_links.identifier_number = linking_identifiers.identifier_number
    left join shared_devices
        on
            known_links.as_of_date = shared_devices.as_of_date
            and known_links.account_number = shared_devices.account_number
    where shared_devices.account_number is null
),

-- Identifiers whose oldest account is the same link the same accounts: they are one hub, and each account is linked to
-- it once. A round hands the lowest number on from hubs to accounts and back. One window reads only the round before
-- it, so that the text does not multiply on engines that inline common table expressions.
round_0 as (
    select
        as_of_date,
        account_number,
        hub_number,
        hub_number as person_number
    from hubs
    group by as_of_date, account_number, hub_number
),

{% for round in range(1, rounds + 2) -%}
round_{{ round }}_hubs as (
    select
        as_of_date,
        account_number,
        hub_number,
        person_number as previous_number,
        min(person_number) over (partition by as_of_date, hub_number) as person_number
    from {{ 'moving_accounts' if round == 3 else 'round_' ~ (round - 1) }}
),

round_{{ round }} as (
    select
        as_of_date,
        account_number,
        hub_number,
        previous_number,
        min(person_number) over (partition by as_of_date, account_number) as person_number
    from round_{{ round }}_hubs
),

{% if round == 2 -%}
-- Two rounds settle nearly everybody: only persons who still share a hub with another number go on.
moving_hubs as (
    select
        as_of_date,
        hub_number
    from round_2
    group by as_of_date, hub_number
    having min(person_number) <> max(person_number)
),

moving_persons as (
    select distinct
        round_2.as_of_date,
        round_2.person_number
    from round_2
    inner join moving_hubs
        on
            round_2.as_of_date = moving_hubs.as_of_date
            and round_2.hub_number = moving_hubs.hub_number
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
        account_number,
        min(person_number) as person_number,
        -- The last round is one more than asked for: had it moved anybody, the rounds would not have been enough.
        max(case when previous_number <> person_number then 1 else 0 end) as is_unsettled
    from {{ 'moving_accounts' if rounds == 1 else 'round_' ~ (rounds + 1) }}
    group by as_of_date, account_number
),

settled_accounts as (
    select
        as_of_date,
        account_number,
        min(person_number) as person_number
    from round_2
    group by as_of_date, account_number
),

linked_accounts as (
    select
        settled_accounts.as_of_date,
        settled_accounts.account_number,
        coalesce(moved_accounts.person_number, settled_accounts.person_number) as person_number,
        coalesce(moved_accounts.is_unsettled, 0) as is_unsettled
    from settled_accounts
    left join moved_accounts
        on
            settled_accounts.as_of_date = moved_accounts.as_of_date
            and settled_accounts.account_number = moved_accounts.account_number
),

person_accounts as (
    select
        accounts.as_of_date,
        accounts.account_number,
        accounts.account_type,
        coalesce(linked_accounts.person_number, accounts.account_number) as person_number,
        coalesce(linked_accounts.is_unsettled, 0) as is_unsettled,
        accounts.is_test
    from accounts
    left join linked_accounts
        on
            accounts.as_of_date = linked_accounts.as_of_date
            and accounts.account_number = linked_accounts.account_number
),

persons as (
    select
        as_of_date,
        person_number,
        max(is_test) as is_test,
        max(case when account_type = 'device' then 0 else 1 end) as is_identified
    from person_accounts
    group by as_of_date, person_number
),

identified_persons as (
    select
        persons.as_of_date,
        persons.person_number,
        persons.is_test,
        coalesce(
            anchor_accounts.customer_id,
            case
                when anchor_accounts.passed_id_count = 0 then {{ pseudonym('anchor_accounts.account_key') }}
                else {{ pseudonym(
                    "'again:' || cast(anchor_accounts.passed_id_count as " ~ dbt.type_string()
                    ~ ") || ':' || anchor_accounts.account_key"
                ) }}
            end
        ) as customer_id
    from persons
    inner join numbered_accounts as anchor_accounts
        on persons.person_number = anchor_accounts.account_number
    {%- if not var('anonymous_visitors_are_customers') %}
    where persons.is_identified = 1
    {%- endif %}
)

select
    person_accounts.as_of_date,
    numbered_accounts.account_key,
    person_accounts.account_type,
    identified_persons.customer_id,
    person_accounts.account_number = person_accounts.person_number as is_anchor,
    identified_persons.is_test = 1 as is_test,
    person_accounts.is_unsettled = 0 as is_settled
from person_accounts
inner join identified_persons
    on
        person_accounts.as_of_date = identified_persons.as_of_date
        and person_accounts.person_number = identified_persons.person_number
inner join numbered_accounts
    on person_accounts.account_number = numbered_accounts.account_number
