{{ config(materialized='view') }}

with

customers as (
    select * from {{ ref('int_segments__customers') }}
),

memberships as (
    {{- memberships_side_by_side() }}
),

members as (
    {{- crossed_members() }}
),

cells as (
    select * from {{ ref('hybrid_cells') }}
)

select
    members.segmentation,
    cells.segment_key,
    members.customer_id,
    members.as_of_date
from members
left join cells
    on
        members.segmentation = cells.segmentation
        {%- for number in range(1, 5) %}
        and members.value_{{ number }} = cells.value_{{ number }}
        {%- endfor %}
