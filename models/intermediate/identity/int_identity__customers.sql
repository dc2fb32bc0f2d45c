{%- set attributes = golden_attributes() -%}
{%- if retention_days('inactive_customers') is not none %}
-- depends_on: {{ ref('int_retention__inactive_accounts') }}
{%- endif %}
with

{{ golden_record() }},

persons as (
    select
        as_of_date,
        customer_id,
        count(*) as account_count,
        max(case when account_type = 'crm' then 1 else 0 end) as is_in_crm,
        max(case when account_type in ('user', 'device') then 1 else 0 end) as is_in_tracking
    from accounts
    group by as_of_date, customer_id
),

-- Most persons have all that is known from their newest CRM record, or from their last order.
main_statements as (
    select
        *,
        case
            when
                {%- for attribute in attributes %}
                {{ 'or ' if not loop.first }}{{ attribute.name }}_number <> main_statement
                {%- endfor %}
                then 1
            else 0
        end as is_scattered
    from chosen_statements
),

-- The others are put together from several.
scattered_values as (
    select
        main_statements.as_of_date,
        main_statements.customer_id
        {%- for attribute in attributes %},
        max(
            case
                when statements.statement_number = main_statements.{{ attribute.name }}_number
                    then statements.{{ attribute.name }}
            end
        ) as {{ attribute.name }}
        {%- endfor %}
    from main_statements
    inner join known_statements
        on
            main_statements.as_of_date = known_statements.as_of_date
            and main_statements.customer_id = known_statements.customer_id
    inner join statements
        on known_statements.statement_number = statements.statement_number
    where main_statements.is_scattered = 1
    group by main_statements.as_of_date, main_statements.customer_id
),

golden_values as (
    select
        main_statements.as_of_date,
        main_statements.customer_id,
        main_statements.registered_at,
        main_statements.newest_erp_statement
        {%- for attribute in attributes %},
        case
            when main_statements.is_scattered = 1 then scattered_values.{{ attribute.name }}
            else statements.{{ attribute.name }}
        end as {{ attribute.name }}
        {%- endfor %}
    from main_statements
    inner join statements
        on main_statements.main_statement = statements.statement_number
    left join scattered_values
        on
            main_statements.as_of_date = scattered_values.as_of_date
            and main_statements.customer_id = scattered_values.customer_id
)

select
    persons.as_of_date,
    persons.customer_id,
    persons.account_count,
    persons.is_in_crm = 1 as is_in_crm,
    golden_values.newest_erp_statement is not null as is_in_erp,
    persons.is_in_tracking = 1 as is_in_tracking,
    golden_values.registered_at
    {%- for attribute in attributes %},
    golden_values.{{ attribute.name }}
    {%- endfor %}
from persons
left join golden_values
    on
        persons.as_of_date = golden_values.as_of_date
        and persons.customer_id = golden_values.customer_id
