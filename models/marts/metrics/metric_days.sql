{{ config(materialized='view') }}

select date_day
from {{ ref('days') }}
