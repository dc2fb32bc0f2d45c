{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    full_refresh=false,
    pre_hook="{{ strate.delete_unprofiled() }}"
) }}

-- Only what has passed the gates is recorded, as in segment_history.
-- depends_on: {{ ref('segments') }}
-- depends_on: {{ ref('clustering_candidates') }}
with

customers as (
    select * from {{ ref('int_segments__customers') }}
)

select
    cast(customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(as_of_date as date) as as_of_date
    {%- for name, sql in history_features() %},
    {{ sql }} as {{ name }}
    {%- endfor %}
from customers
{%- if is_incremental() %}
where as_of_date not in (select distinct recorded.as_of_date from {{ this }} as recorded)
{%- endif %}
