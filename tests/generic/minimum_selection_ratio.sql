{#-
    Gate on `group_representation`: in no segment of `segments` (keys, or segmentations for all of theirs) is a level found
    less often than `minimum` times the level that is found there most often, unless by chance. One row per group, which
    names the worst, and one per name of which nothing is known.
-#}
{% test minimum_selection_ratio(model, minimum, segments) %}
with

compared as (
    select
        *,
        case when verdict = 'under_four_fifths' then segment_key end as found_segment_key
    from {{ model }}
    where
        selection_ratio is not null
        and (
            segment_key in ({{ strate.text_list(segments) }})
            or segmentation in ({{ strate.text_list(segments) }})
        )
),

worst as (
    select
        *,
        row_number() over (partition by group_name order by selection_ratio, segment_key, group_level) as place
    from compared
    where found_segment_key is not null
),

counted as (
    select
        group_name,
        count(distinct segment_key) as segment_count,
        count(distinct found_segment_key) as found_count
    from compared
    group by group_name
)

select
    worst.group_name,
    counted.found_count,
    worst.group_name || ': in ' || cast(counted.found_count as {{ dbt.type_string() }}) || ' of '
    || cast(counted.segment_count as {{ dbt.type_string() }})
    || ' decisive segments a level is found less often than min_selection_ratio = {{ minimum }} times the most frequent one, '
    || 'and not by chance; most of all ' || worst.group_level || ' in ' || worst.segment_key || ', '
    || cast(cast(worst.selection_ratio as decimal(10, 2)) as {{ dbt.type_string() }}) || ' times as often as '
    || worst.reference_level || ' (see group_representation)' as message
from worst
inner join counted
    on worst.group_name = counted.group_name
where worst.place = 1
{%- for name in segments %}
union all
select
    null as group_name,
    0 as found_count,
    {{ strate.text_list(['decisive_segments names ' ~ name ~ ', of which group_representation has no row']) }} as message
where not exists (
    select 1 from {{ model }}
    where segment_key = {{ strate.text_list([name]) }} or segmentation = {{ strate.text_list([name]) }}
)
{%- endfor %}
{% endtest %}
