{{ config(materialized='view') }}

{{ order_lines() }}
