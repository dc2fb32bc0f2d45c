{{ config(materialized='view') }}

{{ tracking_events() }}
