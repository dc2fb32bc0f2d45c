{#- Raised while dbt parses, so that a rule that cannot work stops every command before anything runs. -#}
{{- stop_on(rule_problems()) -}}
{%- set rules = declared_rules() -%}
{%- set catalogue = rule_events() -%}
{%- set windows = {} -%}
{%- for rule in rules -%}
    {%- for leaf in rule.leaves if leaf.event -%}
        {%- do windows.setdefault(leaf.event, []).append(leaf.days) -%}
    {%- endfor -%}
{%- endfor -%}

with

features as (
    select * from {{ ref('int_segments__customers') }}
),

rule_dates as (
    {{- rule_dates() }}
),

rules as (
    {{- rule_definitions() }}
),

active_rules as (
    select
        rules.segment_key,
        rules.segmentation,
        rules.is_exclusive,
        rules.priority,
        rule_dates.as_of_date
    from rules
    inner join rule_dates
        on
            (rules.valid_from is null or rules.valid_from <= rule_dates.as_of_date)
            and (rules.valid_to is null or rules.valid_to >= rule_dates.as_of_date)
    where rules.missing_inputs is null
),

{% if windows -%}
accounts as (
    select
        accounts.account_key,
        accounts.customer_id
    from {{ ref('int_identity__accounts') }} as accounts
    inner join {{ ref('int_activity__as_of_dates') }} as as_of_dates
        on accounts.as_of_date = as_of_dates.as_of_date
    where
        as_of_dates.is_latest
        and not accounts.is_test
),

events as (
    {%- for name, days in windows.items() %}
    {%- set event = catalogue[name] %}
    select
        activity.account_key,
        '{{ name }}' as event_name,
        min(activity.{{ event.moment }}) as happened_at
    from {{ ref(event.model) }} as activity
    inner join rule_dates
        on
            cast(activity.{{ event.moment }} as date) > {{ add_days('rule_dates.as_of_date', -(days | max)) }}
            and cast(activity.{{ event.moment }} as date) <= rule_dates.as_of_date
    {%- if event.where %}
    where {{ event.where }}
    {%- endif %}
    group by activity.account_key, activity.{{ event.by }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

dated_events as (
    select
        *,
        cast(happened_at as date) as happened_date,
        -- Some systems stamp an order with its date alone: it may have come until the end of that day.
        case
            when happened_at = cast(cast(happened_at as date) as {{ dbt.type_timestamp() }})
                then cast({{ add_days('cast(happened_at as date)', 1) }} as {{ dbt.type_timestamp() }})
            else happened_at
        end as happened_until
    from events
),

recent_events as (
    select
        accounts.customer_id
        {%- for name, days in windows.items() %}
        {%- for window in days | unique %}
        {%- for column, aggregate, value in [
            ('count', 'count', '1'),
            ('last_at', 'max', 'dated_events.happened_at'),
            ('last_until', 'max', 'dated_events.happened_until'),
        ] %},
        {{ aggregate }}(
            case
                when
                    dated_events.event_name = '{{ name }}'
                    and dated_events.happened_date > {{ add_days('rule_dates.as_of_date', -window) }}
                    then {{ value }}
            end
        ) as {{ name }}_{{ window }}_{{ column }}
        {%- endfor %}
        {%- endfor %}
        {%- endfor %}
    from dated_events
    inner join accounts
        on dated_events.account_key = accounts.account_key
    cross join rule_dates
    group by accounts.customer_id
),

{% endif -%}
{% if rules -%}
judged as (
    select
        features.customer_id
        {%- for rule in rules %},
        case when {{ rule.sql }} then 1 else 0 end as rule_{{ loop.index }}
        {%- endfor %}
    from features
    {%- if windows %}
    left join recent_events
        on features.customer_id = recent_events.customer_id
    {%- endif %}
),

{% endif -%}
-- Lists kept by hand: what they say counts until the end of the day on which it expires.
overrides as (
    {%- if var('segment_overrides') is not none %}
    select
        overrides.segment_key,
        overrides.customer_id,
        max(case when lower(overrides.action) = 'include' then 1 else 0 end) as is_included,
        max(case when lower(overrides.action) = 'exclude' then 1 else 0 end) as is_excluded,
        min(overrides.reason) as reason,
        max(cast(overrides.expires_on as date)) as expires_on
    from {{ var('segment_overrides') }} as overrides
    inner join rule_dates
        on overrides.expires_on is null or cast(overrides.expires_on as date) >= rule_dates.as_of_date
    group by overrides.segment_key, overrides.customer_id
    {%- else %}
    select
        cast(null as {{ dbt.type_string() }}) as segment_key,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        0 as is_included,
        0 as is_excluded,
        cast(null as {{ dbt.type_string() }}) as reason,
        cast(null as date) as expires_on
    where 1 = 0
    {%- endif %}
),

candidates as (
    {%- for rule in rules %}
    select
        customer_id,
        cast({{ text_list([rule.key]) }} as {{ dbt.type_string() }}) as segment_key
    from judged
    where rule_{{ loop.index }} = 1
    union all
    {%- endfor %}
    select
        features.customer_id,
        overrides.segment_key
    from overrides
    inner join features
        on overrides.customer_id = features.customer_id
    where overrides.is_included = 1
),

-- Both a rule and a hand may name a customer; a hand that excludes has the last word.
members as (
    select distinct
        candidates.customer_id,
        active_rules.segmentation,
        candidates.segment_key,
        active_rules.is_exclusive,
        active_rules.priority,
        active_rules.as_of_date,
        coalesce(overrides.is_included, 0) as is_included,
        overrides.reason,
        overrides.expires_on
    from candidates
    inner join active_rules
        on candidates.segment_key = active_rules.segment_key
    left join overrides
        on
            candidates.segment_key = overrides.segment_key
            and candidates.customer_id = overrides.customer_id
    where coalesce(overrides.is_excluded, 0) = 0
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, segmentation
            order by is_included desc, priority, segment_key
        ) as place
    from members
)

select
    cast(customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(as_of_date as date) as as_of_date,
    cast(not (is_exclusive and place > 1) as boolean) as is_assigned,
    cast(case when is_included = 1 then 'included by hand' else 'rule' end as {{ dbt.type_string() }}) as source,
    cast(reason as {{ dbt.type_string() }}) as reason,
    cast(expires_on as date) as expires_on
from ranked
