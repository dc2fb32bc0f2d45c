{{ config(materialized='view') }}

{%- set segmentations = base_segmentations() + rule_segmentations()
    + crossed_segmentations() | map(attribute='key') | list -%}
{%- set rules = declared_rules() | rejectattr('is_exclusive') | map(attribute='key') | list -%}
{%- set groups = var('report_groups') -%}
{%- set measures = var('report_measures') -%}

with

customers as (
    select
        customer_id,
        as_of_date
        {%- for group in groups %},
        cast({{ group }} as {{ dbt.type_string() }}) as level_{{ group }}
        {%- endfor %}
        {%- for measure in measures %},
        case when abs({{ measure }}) < 1e12 then {{ exact_number(measure) }} end as {{ measure }},
        case
            when abs({{ measure }}) < 1e12
                then cast(
                    cast({{ measure }} as {{ type_double() }}) * cast({{ measure }} as {{ type_double() }})
                    as decimal(38, 4)
                )
        end as {{ measure }}_square
        {%- endfor %}
    from {{ ref('int_segments__customers') }}
),

segments as (
    select
        customer_id
        {%- for segmentation in segmentations %},
        max(case when segmentation = '{{ segmentation }}' then segment_key end) as segment_{{ segmentation }}
        {%- endfor %}
    from {{ ref('customer_segments') }}
    group by customer_id
)

{%- if rules %},

-- Rules that may overlap are no segmentation, and where somebody is selected.
rules as (
    select
        customer_id
        {%- for rule in rules %},
        max(case when segment_key = '{{ rule }}' then segment_key end) as {{ rule }}
        {%- endfor %}
    from {{ ref('rule_memberships') }}
    where is_assigned
    group by customer_id
)
{%- endif %}

select
    cast(customers.as_of_date as {{ dbt.type_timestamp() }}) as as_of_date
    {%- for group in groups %},
    customers.level_{{ group }}
    {%- endfor %}
    {%- for segmentation in segmentations %},
    segments.segment_{{ segmentation }}
    {%- endfor %}
    {%- for rule in rules %},
    rules.{{ rule }}
    {%- endfor %},
    count(*) as customer_count
    {%- for measure in measures %},
    count(customers.{{ measure }}) as {{ measure }}_known,
    coalesce(sum(customers.{{ measure }}), 0) as {{ measure }}_sum,
    coalesce(sum(customers.{{ measure }}_square), 0) as {{ measure }}_square_sum
    {%- endfor %}
from customers
left join segments
    on customers.customer_id = segments.customer_id
{%- if rules %}
left join rules
    on customers.customer_id = rules.customer_id
{%- endif %}
group by
    customers.as_of_date
    {%- for group in groups %},
    customers.level_{{ group }}
    {%- endfor %}
    {%- for segmentation in segmentations %},
    segments.segment_{{ segmentation }}
    {%- endfor %}
    {%- for rule in rules %},
    rules.{{ rule }}
    {%- endfor %}
