{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    full_refresh=false
) }}

select {{ pseudonym("'strate'") }} as fingerprint
{%- if is_incremental() %}
where not exists (select 1 from {{ this }} as recorded)
{%- endif %}
