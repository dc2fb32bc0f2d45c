{#-
    CTEs that end with chosen_statements: per date and customer the number of the statement that each attribute comes from
    (<attribute>_number, null where nobody knows it), by the rules of the var survivorship. A statement is what a system
    said at a time: a version of a CRM record, or the addresses of an account's last order. CTEs before it: accounts,
    statements (numbered from the oldest to the newest) and known_statements (per date and customer).
-#}
{% macro golden_record() %}
{%- set attributes = strate.golden_attributes() -%}
{%- set counted = attributes | selectattr('rule', 'equalto', 'most_frequent') | list -%}
{%- set trusted = var('survivorship_trusted_sources') -%}
{#- A score has two parts: what the rule says, and the number of the statement, so that the newest of equals wins. -#}
{%- set part = '10000000000' -%}
as_of_dates as (
    select
        as_of_date,
        as_of_end,
        lag(as_of_end) over (order by as_of_date) as previous_end
    from {{ ref('int_activity__as_of_dates') }}
),

accounts as (
    select
        accounts.as_of_date,
        accounts.account_key,
        accounts.account_type,
        accounts.customer_id,
        as_of_dates.as_of_end
    from {{ ref('int_identity__accounts') }} as accounts
    inner join as_of_dates
        on accounts.as_of_date = as_of_dates.as_of_date
    where not accounts.is_test
),

unnumbered_statements as (
    select
        'crm:' || crm_customer_id as account_key,
        'crm' as source_system,
        known_at,
        created_at
        {%- for attribute in attributes %},
        {{ attribute.name }}
        {%- endfor %}
    from {{ ref('base_crm__customers') }}
    where reject_reason is null
    union all
    -- An order becomes known with one of the dates; of many with the same addresses the last one speaks.
    select
        orders.account_key,
        'erp' as source_system,
        max(orders.ordered_at) as known_at,
        null as created_at
        {%- for attribute in attributes %},
        {{ 'orders.' ~ attribute.name if 'erp' in attribute.sources else 'null as ' ~ attribute.name }}
        {%- endfor %}
    from {{ ref('stg_erp__orders') }} as orders
    inner join as_of_dates
        on
            orders.ordered_at < as_of_dates.as_of_end
            and (as_of_dates.previous_end is null or orders.ordered_at >= as_of_dates.previous_end)
    where orders.account_key is not null
    group by orders.account_key, as_of_dates.as_of_date, orders.email, orders.phone, orders.country_code
),

statements as (
    select
        *,
        row_number() over (
            order by
                known_at, source_system, account_key desc
                {%- for attribute in attributes %}, {{ attribute.name }} desc{% endfor %}
        ) as statement_number
    from unnumbered_statements
),

-- Only numbers from here on: what a statement says is looked up at the end.
scored_statements as (
    select
        account_key,
        source_system,
        known_at,
        created_at,
        statement_number
        {%- for attribute in attributes %},
        case
            when {{ attribute.name }} is not null then
                {%- if attribute.rule == 'longest' %}
                length(cast({{ attribute.name }} as {{ dbt.type_string() }})) * {{ part }} +
                {%- elif attribute.rule == 'most_trusted' and attribute.sources | length > 1 %}
                case source_system
                    {%- for source in trusted %} when '{{ source }}' then {{ trusted | length - loop.index }}{% endfor %}
                end * {{ part }} +
                {%- endif %}
                statement_number
        end as {{ attribute.name }}_score
        {%- endfor %}
    from statements
),

known_statements as (
    select
        accounts.as_of_date,
        accounts.customer_id,
        accounts.as_of_end,
        scored_statements.*
    from accounts
    inner join scored_statements
        on
            accounts.account_key = scored_statements.account_key
            and scored_statements.known_at < accounts.as_of_end
),

{% for attribute in counted -%}
-- A value counts once for each account that ever said it.
{{ attribute.name }}_counts as (
    select
        known_statements.as_of_date,
        known_statements.customer_id,
        count(distinct known_statements.account_key) * {{ part }} + max(known_statements.statement_number) as score
    from known_statements
    inner join statements
        on known_statements.statement_number = statements.statement_number
    where statements.{{ attribute.name }} is not null
    group by known_statements.as_of_date, known_statements.customer_id, statements.{{ attribute.name }}
),

best_{{ attribute.name }}s as (
    select
        as_of_date,
        customer_id,
        max(score) as score
    from {{ attribute.name }}_counts
    group by as_of_date, customer_id
),

{% endfor -%}
scores as (
    select
        as_of_date,
        customer_id,
        max(case when source_system = 'crm' then statement_number end) as newest_crm_statement,
        max(case when source_system = 'erp' then statement_number end) as newest_erp_statement,
        min(case when created_at < as_of_end then created_at end) as registered_at
        {%- for attribute in attributes %},
        max({{ attribute.name }}_score) as {{ attribute.name }}_score
        {%- endfor %}
    from known_statements
    group by as_of_date, customer_id
),

chosen_statements as (
    select
        scores.as_of_date,
        scores.customer_id,
        coalesce(scores.newest_crm_statement, scores.newest_erp_statement) as main_statement,
        scores.newest_erp_statement,
        scores.registered_at
        {%- for attribute in attributes %},
        mod({{ 'best_' ~ attribute.name ~ 's.score' if attribute in counted else 'scores.' ~ attribute.name ~ '_score' }},
            {{- ' ' ~ part }}) as {{ attribute.name }}_number
        {%- endfor %}
    from scores
    {%- for attribute in counted %}
    left join best_{{ attribute.name }}s
        on
            scores.as_of_date = best_{{ attribute.name }}s.as_of_date
            and scores.customer_id = best_{{ attribute.name }}s.customer_id
    {%- endfor %}
)
{%- endmacro %}
