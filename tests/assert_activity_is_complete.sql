{{ config(tags=['gate'], severity=var('activity_is_complete_severity')) }}

-- The same for inputs that incremental models take in. These look back for late rows, and only so far.
select
    input,
    row_count,
    kept_count,
    duplicate_key_count,
    rejected_count,
    {{ row_count_message() }}
    || ': rows came in later than lookback_days ({{ var("lookback_days") }}) allows, or were changed or deleted in the'
    || ' input without a newer version; run `dbt build --full-refresh` to mend it' as message
from {{ ref('input_row_counts') }}
where
    input in ('crm_campaign_events', 'erp_order_lines', 'tracking_events')
    and row_count <> {{ accounted_rows() }}
