{#- Raised while dbt parses, as for rules. -#}
{{- stop_on(hybrid_problems()) -}}
{%- set crossed = crossed_segmentations() -%}

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

features as (
    select
        customer_id
        {%- for feature in profile_features() %},
        {{ exact_number(feature) }} as {{ feature }}
        {%- endfor %}
    from customers
),

population as (
    select
        count(*) as customer_count
        {%- for feature in profile_features() %},
        avg({{ feature }}) as {{ feature }}_mean,
        stddev_samp({{ feature }}) as {{ feature }}_deviation
        {%- endfor %}
    from features
),

cells as (
    select
        members.segmentation,
        members.as_of_date,
        members.value_1,
        members.value_2,
        members.value_3,
        members.value_4,
        count(*) as customer_count
        {%- for feature in profile_features() %},
        avg(features.{{ feature }}) as {{ feature }}
        {%- endfor %}
    from members
    inner join features
        on members.customer_id = features.customer_id
    group by
        members.segmentation, members.as_of_date, members.value_1, members.value_2, members.value_3, members.value_4
),

-- As people know the segments: the first name that there is.
numbered_names as (
    select
        segment_key,
        name,
        row_number() over (partition by segment_key order by place) as name_number
    from (
        select
            segment_key,
            name,
            1 as place
        from {{ var('segment_names') }}
        union all
        -- "No value", where the segment's own name would say "None value".
        select
            'value_none' as segment_key,
            'No' as name,
            2 as place
        union all
        select
            segment_key,
            name,
            3 as place
        from {{ ref('segment_definitions') }}
        union all
        select
            segment_key,
            segment_name as name,
            3 as place
        from {{ ref('segment_rules') }}
        union all
        select
            segmentation || '_rest' as segment_key,
            'Rest of ' || segmentation as name,
            3 as place
        from {{ ref('segment_rules') }}
        where is_exclusive
        group by segmentation
        union all
        select
            segment_key,
            segment_name as name,
            4 as place
        from {{ ref('cluster_keys') }}
        where cluster_id is not null
    ) as all_names
    where name is not null
),

names as (
    select * from numbered_names
    where name_number = 1
)

select
    cells.segmentation,
    cells.as_of_date,
    case
        {%- for hybrid in crossed %}
        when cells.segmentation = '{{ hybrid.key }}' then {{ hybrid.min_size }}
        {%- endfor %}
        when cells.segmentation = '' then 0
    end as min_size,
    {%- for number in range(1, 5) %}
    cells.value_{{ number }},
    case
        {%- for hybrid in crossed if hybrid.dimensions | length >= number %}
        {%- set segmentation = hybrid.dimensions[number - 1].segmentation %}
        {%- if segmentation %}
        when cells.segmentation = '{{ hybrid.key }}'
            then substr(cells.value_{{ number }}, {{ segmentation | length + 2 }})
        {%- endif %}
        {%- endfor %}
        when cells.value_{{ number }} <> '' then cells.value_{{ number }}
        else ''
    end as key_{{ number }},
    case
        {%- for hybrid in crossed if hybrid.dimensions | length >= number %}
        {%- set dimension = hybrid.dimensions[number - 1] %}
        {%- set words = dimension.label.split('{}') %}
        {%- set name = 'coalesce(names_' ~ number ~ '.name, cells.value_' ~ number ~ ')' if dimension.segmentation
            else 'cells.value_' ~ number %}
        when cells.segmentation = '{{ hybrid.key }}'
            then {{ text_list([words[0]]) }} || {{ name }} || {{ text_list([words[1:] | join('')]) }}
        {%- endfor %}
        when cells.value_{{ number }} = '' then ''
    end as name_{{ number }},
    {%- endfor %}
    {%- for feature in profile_features() %}
    cast(
        {{ round_to_six(
            '(cells.' ~ feature ~ ' - population.' ~ feature ~ '_mean) / nullif(population.' ~ feature ~ '_deviation, 0)'
        ) }} as {{ type_double() }}
    ) as mean_{{ feature }},
    {%- endfor %}
    cells.customer_count
from cells
cross join population
{%- for number in range(1, 5) %}
left join names as names_{{ number }}
    on cells.value_{{ number }} = names_{{ number }}.segment_key
{%- endfor %}
