select
    customer_id,
    segmentation,
    segment_key,
    as_of_date,
    model_version
from {{ ref('int_segments__memberships') }}
