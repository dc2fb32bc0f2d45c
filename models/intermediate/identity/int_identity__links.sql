{{ after_expiry() }}
with

customer_versions as (
    select * from {{ ref('base_crm__customers') }}
    where reject_reason is null
),

orders as (
    select * from {{ ref('stg_erp__orders') }}
    where account_key is not null
),

-- One row per log-in state of a device, so that millions of sessions are read once.
visits as (
    select
        account_key,
        anonymous_id,
        user_id,
        min(started_at) as seen_at
    from {{ ref('int_activity__sessions') }}
    where not is_bot
    group by account_key, anonymous_id, user_id
),

touches as (
    select
        account_key,
        min(touched_at) as seen_at
    from {{ ref('int_activity__campaign_touches') }}
    group by account_key
),

consents as (
    select
        'crm:' || crm_customer_id as account_key,
        min(decided_at) as seen_at
    from {{ ref('base_crm__consents') }}
    where reject_reason is null
    group by crm_customer_id
),

-- All versions, as of customers and consents: an answer that was changed later was known until then.
responses as (
    select * from {{ ref('base_survey__responses') }}
    where
        reject_reason is null
        and account_key is not null
),

{% if var('identity_matching') -%}
-- A pair is an identifier of its own, known when both records are: nobody is linked over a third who came later.
matched_pairs as (
    select
        account_key_a,
        account_key_b,
        'match:' || account_key_a || '|' || account_key_b as identifier,
        known_at as seen_at
    from {{ ref('identity_pairs') }}
    where status in ('matched', 'confirmed')
),

{% endif -%}
links as (
    {%- for column, prefix in [
        ('crm_customer_id', 'crm:'), ('email', 'email:'), ('phone', 'phone:'), ('user_id', 'user:'),
    ] %}
    select
        'crm:' || crm_customer_id as account_key,
        '{{ prefix }}' || {{ column }} as identifier,
        known_at as seen_at,
        case when is_test then 1 else 0 end as is_test
    from customer_versions
    union all
    {%- endfor %}
    {%- for column, prefix in [('crm_customer_id', 'crm:'), ('email', 'email:'), ('phone', 'phone:')] %}
    select
        account_key,
        '{{ prefix }}' || {{ column }} as identifier,
        ordered_at as seen_at,
        case when {{ is_test_email('email') }} then 1 else 0 end as is_test
    from orders
    union all
    {%- endfor %}
    select
        account_key,
        account_key as identifier,
        ordered_at as seen_at,
        0 as is_test
    from orders
    union all
    select
        account_key,
        account_key as identifier,
        seen_at,
        0 as is_test
    from visits
    union all
    select
        'device:' || anonymous_id as account_key,
        'user:' || user_id as identifier,
        seen_at,
        0 as is_test
    from visits
    where anonymous_id is not null
    union all
    select
        account_key,
        account_key as identifier,
        seen_at,
        0 as is_test
    from touches
    union all
    select
        account_key,
        account_key as identifier,
        seen_at,
        0 as is_test
    from consents
    union all
    {%- for column, prefix in [('crm_customer_id', 'crm:'), ('email', 'email:')] %}
    select
        account_key,
        '{{ prefix }}' || {{ column }} as identifier,
        answered_at as seen_at,
        case when {{ is_test_email('email') }} then 1 else 0 end as is_test
    from responses
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- if var('identity_matching') %}
    {%- for account_key in ['account_key_a', 'account_key_b'] %}
    union all
    select
        {{ account_key }} as account_key,
        identifier,
        seen_at,
        0 as is_test
    from matched_pairs
    {%- endfor %}
    {%- endif %}
),

distinct_links as (
    select
        account_key,
        identifier,
        {{ prefix_of('account_key') }} as account_type,
        {{ prefix_of('identifier') }} as identifier_type,
        min(seen_at) as seen_at,
        min(case when is_test = 1 then seen_at end) as test_seen_at
    from links
    where identifier is not null
    group by account_key, identifier
)
{%- if var('identity_matching') %},

-- A denied pair shares no identifier: the account whose key sorts last gives up what both have.
denied_links as (
    select
        given_up.account_key,
        given_up.identifier
    from {{ ref('identity_pairs') }} as pairs
    inner join distinct_links as kept
        on pairs.account_key_a = kept.account_key
    inner join distinct_links as given_up
        on
            pairs.account_key_b = given_up.account_key
            and kept.identifier = given_up.identifier
    where pairs.status = 'denied'
)
{%- endif %}

select distinct_links.*
from distinct_links
{%- if var('identity_matching') %}
left join denied_links
    on
        distinct_links.account_key = denied_links.account_key
        and distinct_links.identifier = denied_links.identifier
where denied_links.account_key is null
{%- endif %}
