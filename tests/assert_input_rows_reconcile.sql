{{ config(tags=['gate']) }}

-- Every row of an input is kept, superseded by another version of its key, or set aside with a reason. What an
-- incremental run may leave out is judged by assert_activity_is_complete.
select
    input,
    row_count,
    kept_count,
    duplicate_key_count,
    rejected_count,
    {{ row_count_message() }}
    || ': rows are lost or doubled in staging, or the input changed during the build; build again' as message
from {{ ref('input_row_counts') }}
where
    input not in ('crm_campaign_events', 'erp_order_lines', 'tracking_events')
    and row_count <> {{ accounted_rows() }}
