{%- set rfm_measures = {
    'recency': ('recency_days', '<'),
    'frequency': ('order_count', '>'),
    'monetary': ('revenue', '>'),
} -%}
{%- set rule_measures = [
    'order_count', 'days_since_first_order', 'recency_days', 'last_order_gap_days', 'revenue',
] -%}
{%- set scores = [2, 3, 4, 5] -%}
{%- set hybrids = crossed_segmentations() | map(attribute='key') | list -%}
{%- set inputs = clustering_inputs() -%}

with

measured as (
    select * from {{ ref('int_segments__moves') }}
),

by_distance as (
    select * from {{ ref('int_segments__cluster_moves') }}
),

recorded_parameters as (
    select * from {{ ref('segmentation_parameters') }}
),

segments as (
    select * from {{ ref('segments') }}
),

definitions as (
    select * from {{ ref('segment_definitions') }}
),

cluster_keys as (
    select * from {{ ref('cluster_keys') }}
),

given_names as (
    select * from {{ var('segment_names') }}
),

-- Segments that are tried one after the other: of two, the one that is tried first has the limit that was crossed.
levels as (
    {%- for segmentation, measure, level, side, cut_value in fixed_cuts() if segmentation == 'lifecycle' %}
    select
        '{{ level }}' as segment_key,
        '{{ measure }}' as measure,
        {{ loop.index }} as place
    union all
    {%- endfor %}
    select
        'lifecycle_active' as segment_key,
        null as measure,
        100 as place
    {%- for tier in ['top', 'high', 'medium', 'low', 'none'] %}
    union all
    select
        'value_{{ tier }}' as segment_key,
        'revenue' as measure,
        {{ loop.index }} as place
    {%- endfor %}
),

crossed_in_order as (
    select
        measured.customer_id,
        measured.segmentation,
        case when from_level.place < to_level.place then from_level.measure else to_level.measure end as measure,
        case
            when from_level.place < to_level.place then from_level.segment_key else to_level.segment_key
        end as level
    from measured
    inner join levels as from_level
        on measured.from_segment_key = from_level.segment_key
    inner join levels as to_level
        on measured.to_segment_key = to_level.segment_key
    where measured.segmentation in ('lifecycle', 'value')
),

cuts as (
    select
        as_of_date,
        segmentation,
        name as measure,
        parameter as level,
        detail as side,
        value as cut_value
    from recorded_parameters
    where record_type = 'cut'
),

rfm_cuts as (
    select
        as_of_date
        {%- for score_name, (measure, sign) in rfm_measures.items() %}
        {%- for score in scores %},
        max(
            case when measure = '{{ measure }}' and level = '{{ score }}' then cut_value end
        ) as {{ score_name }}_{{ score }}
        {%- endfor %}
        {%- endfor %}
    from cuts
    where segmentation = 'rfm'
    group by as_of_date
),

scored as (
    select
        measured.customer_id,
        measured.from_segment_key,
        measured.to_segment_key
        {%- for time in ['then', 'now'] %}
        {%- for score_name, (measure, sign) in rfm_measures.items() %},
        case
            {%- for score in scores | reverse %}
            when measured.{{ measure }}_{{ time }} {{ sign }} cuts_{{ time }}.{{ score_name }}_{{ score }}
                then {{ score }}
            {%- endfor %}
            else 1
        end as {{ score_name }}_{{ time }}
        {%- endfor %}
        {%- endfor %}
    from measured
    left join rfm_cuts as cuts_then
        on measured.from_date = cuts_then.as_of_date
    left join rfm_cuts as cuts_now
        on measured.as_of_date = cuts_now.as_of_date
    where measured.segmentation = 'rfm'
),

-- Where more than one score changed, the one that alone leads to the new segment tells, else the one that alone leads
-- out of the old one.
tried as (
    select
        *,
        {{ rfm_segment_key('recency_now', 'frequency_then', 'monetary_then') }} as by_recency,
        {{ rfm_segment_key('recency_then', 'frequency_now', 'monetary_then') }} as by_frequency,
        {{ rfm_segment_key('recency_then', 'frequency_then', 'monetary_now') }} as by_monetary
    from scored
),

crossed_by_score as (
    select
        customer_id,
        'rfm' as segmentation,
        case
            when from_segment_key = 'rfm_never_bought' or to_segment_key = 'rfm_never_bought' then 'never_bought'
            when by_recency = to_segment_key then 'recency'
            when by_frequency = to_segment_key then 'frequency'
            when by_monetary = to_segment_key then 'monetary'
            when by_recency <> from_segment_key then 'recency'
            when by_frequency <> from_segment_key then 'frequency'
            when by_monetary <> from_segment_key then 'monetary'
            when recency_then <> recency_now then 'recency'
            when frequency_then <> frequency_now then 'frequency'
            else 'monetary'
        end as score_name,
        greatest(recency_then, recency_now) as recency_level,
        greatest(frequency_then, frequency_now) as frequency_level,
        greatest(monetary_then, monetary_now) as monetary_level
    from tried
),

crossed as (
    select
        customer_id,
        segmentation,
        measure,
        level
    from crossed_in_order
    union all
    select
        customer_id,
        segmentation,
        case score_name
            when 'recency' then 'recency_days'
            when 'monetary' then 'revenue'
            else 'order_count'
        end as measure,
        case score_name
            when 'never_bought' then 'rfm_never_bought'
            when 'recency' then cast(recency_level as {{ dbt.type_string() }})
            when 'frequency' then cast(frequency_level as {{ dbt.type_string() }})
            else cast(monetary_level as {{ dbt.type_string() }})
        end as level
    from crossed_by_score
),

by_rule as (
    select
        measured.customer_id,
        measured.segmentation,
        crossed.measure,
        case crossed.measure
            {%- for measure in rule_measures %}
            when '{{ measure }}' then measured.{{ measure }}_then
            {%- endfor %}
        end as value_then,
        case crossed.measure
            {%- for measure in rule_measures %}
            when '{{ measure }}' then measured.{{ measure }}_now
            {%- endfor %}
        end as value_now,
        coalesce(cuts_then.side, cuts_now.side) as side,
        cuts_then.cut_value as cut_then,
        cuts_now.cut_value as cut_now
    from crossed
    inner join measured
        on
            crossed.customer_id = measured.customer_id
            and crossed.segmentation = measured.segmentation
    left join cuts as cuts_then
        on
            measured.from_date = cuts_then.as_of_date
            and crossed.segmentation = cuts_then.segmentation
            and crossed.measure = cuts_then.measure
            and crossed.level = cuts_then.level
    left join cuts as cuts_now
        on
            measured.as_of_date = cuts_now.as_of_date
            and crossed.segmentation = cuts_now.segmentation
            and crossed.measure = cuts_now.measure
            and crossed.level = cuts_now.level
),

-- Segments that nobody is in now have a name too.
names as (
    select
        segment_key,
        segment_name
    from segments
    union all
    select
        segment_key,
        name as segment_name
    from definitions
    where segment_key not in (select segments.segment_key from segments)
    union all
    select
        cluster_keys.segment_key,
        coalesce(given_names.name, cluster_keys.segment_name) as segment_name
    from cluster_keys
    left join given_names
        on cluster_keys.segment_key = given_names.segment_key
    where cluster_keys.segment_key not in (select segments.segment_key from segments)
),

reasons as (
    select
        measured.customer_id,
        measured.segmentation,
        measured.from_segment_key,
        measured.to_segment_key,
        coalesce(from_name.segment_name, measured.from_segment_key) as from_segment_name,
        coalesce(to_name.segment_name, measured.to_segment_key) as to_segment_name,
        measured.from_date,
        measured.as_of_date,
        case
            when measured.segmentation not in ('rfm', 'value', 'lifecycle', 'cluster') then 'rule'
            when measured.is_recorded = 0 then 'not_recorded'
            when measured.segmentation <> 'cluster' and by_rule.side is null then 'not_recorded'
            when measured.segmentation = 'cluster' and by_distance.measure is null then 'model'
            when measured.segmentation = 'cluster' then 'customer'
            when
                {{ is_beyond_cut('by_rule.value_then', 'by_rule.side', 'by_rule.cut_then') }}
                <> {{ is_beyond_cut('by_rule.value_now', 'by_rule.side', 'by_rule.cut_then') }}
                then 'customer'
            else 'cut'
        end as cause,
        coalesce(by_rule.measure, by_distance.measure) as measure,
        case measured.segmentation
            when 'cluster'
                then
                    case by_distance.measure
                        {%- for input in inputs %}
                        when '{{ input.name }}' then measured.{{ input.name }}_then
                        {%- endfor %}
                    end
            else by_rule.value_then
        end as value_then,
        case measured.segmentation
            when 'cluster'
                then
                    case by_distance.measure
                        {%- for input in inputs %}
                        when '{{ input.name }}' then measured.{{ input.name }}_now
                        {%- endfor %}
                    end
            else by_rule.value_now
        end as value_now,
        by_rule.cut_then,
        by_rule.cut_now
    from measured
    left join by_rule
        on
            measured.customer_id = by_rule.customer_id
            and measured.segmentation = by_rule.segmentation
    left join by_distance
        on
            measured.customer_id = by_distance.customer_id
            and measured.segmentation = 'cluster'
    left join names as from_name
        on measured.from_segment_key = from_name.segment_key
    left join names as to_name
        on measured.to_segment_key = to_name.segment_key
),

-- What a cross of segmentations is made of, in its order.
parts as (
    select
        null as segmentation,
        null as part,
        0 as place
    {%- for crossed in crossed_segmentations() %}
    {%- for dimension in crossed.dimensions if dimension.segmentation %}
    union all
    select
        '{{ crossed.key }}' as segmentation,
        '{{ dimension.segmentation }}' as part,
        {{ loop.index }} as place
    {%- endfor %}
    {%- endfor %}
),

-- The first part in which the customer moved tells why they moved in the cross.
reasons_of_parts as (
    select
        reasons.*,
        parts.segmentation as crossed_segmentation,
        row_number() over (partition by reasons.customer_id, parts.segmentation order by parts.place) as choice
    from reasons
    inner join parts
        on reasons.segmentation = parts.part
),

explained as (
    select
        reasons.customer_id,
        reasons.segmentation,
        reasons.from_segment_key,
        reasons.to_segment_key,
        reasons.from_segment_name,
        reasons.to_segment_name,
        reasons.from_date,
        reasons.as_of_date,
        case
            when reasons.segmentation in ({{ text_list(hybrids) }}) then coalesce(reasons_of_parts.cause, 'cells')
            else reasons.cause
        end as cause
        {%- for column in ['measure', 'value_then', 'value_now', 'cut_then', 'cut_now'] %},
        case
            when coalesce(reasons_of_parts.cause, reasons.cause) in ('customer', 'cut')
                then coalesce(reasons_of_parts.{{ column }}, reasons.{{ column }})
        end as {{ column }}
        {%- endfor %}
    from reasons
    left join reasons_of_parts
        on
            reasons.customer_id = reasons_of_parts.customer_id
            and reasons.segmentation = reasons_of_parts.crossed_segmentation
            and reasons_of_parts.choice = 1
)

select
    cast(customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(from_segment_key as {{ dbt.type_string() }}) as from_segment_key,
    cast(to_segment_key as {{ dbt.type_string() }}) as to_segment_key,
    cast(from_segment_name as {{ dbt.type_string() }}) as from_segment_name,
    cast(to_segment_name as {{ dbt.type_string() }}) as to_segment_name,
    cast(from_date as date) as from_date,
    cast(as_of_date as date) as as_of_date,
    cast(cause as {{ dbt.type_string() }}) as cause,
    cast(measure as {{ dbt.type_string() }}) as measure,
    cast(value_then as {{ type_double() }}) as value_then,
    cast(value_now as {{ type_double() }}) as value_now,
    cast(cut_then as {{ type_double() }}) as cut_then,
    cast(cut_now as {{ type_double() }}) as cut_now,
    cast(
        'Moved from ' || from_segment_name || ' to ' || to_segment_name
        || case cause
            when 'customer'
                then
                    ': ' || {{ change_text('measure', 'value_then', 'value_now') }}
                    || case
                        when to_segment_key = 'cluster_noise' then ', which took them away from where they were'
                        when cut_then is null then ', which brought them nearer to where they are now'
                        else ', past the limit of ' || {{ number_text('cut_then') }}
                    end
            when 'cut'
                then
                    ': the limit of ' || measure || ' moved from ' || {{ number_text('cut_then') }} || ' to '
                    || {{ number_text('cut_now') }} || ', while the customer''s '
                    || {{ change_text('measure', 'value_then', 'value_now') }}
            when 'model' then ' because the clustering was fitted anew, and not because the customer changed'
            when 'rule' then ': other rules hold for them now'
            when 'cells' then ': a crossed column has another value, or cells were joined otherwise'
            else ': what decided before was not recorded'
        end
        || '.' as {{ dbt.type_string() }}
    ) as sentence
from explained
