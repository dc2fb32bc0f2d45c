{#-
    CTEs over what int_identity__id_history recorded, `recorded` being the table or a CTE of it. known_accounts: one row per
    account, its last entry. recorded_anchors: entries of anchors, and known_anchors the last one of each customer_id.
-#}
{% macro last_entries(recorded) %}
recorded_accounts as (
    select
        *,
        row_number() over (partition by account_key order by as_of_date desc, entry_number desc) as entry_from_last
    from {{ recorded }}
    where kind <> 'issued'
),

known_accounts as (
    select * from recorded_accounts
    where entry_from_last = 1
),

recorded_anchors as (
    select
        *,
        row_number() over (partition by customer_id order by entry_number desc, account_key) as entry_from_last
    from {{ recorded }}
    where is_anchor
),

known_anchors as (
    select * from recorded_anchors
    where entry_from_last = 1
)
{%- endmacro %}
