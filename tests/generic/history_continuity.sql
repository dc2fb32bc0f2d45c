{#-
    Gate on `segment_memberships`: nobody is in two segments of a segmentation at once, and whoever was in one before and
    after is in one in between, unless the history does not have them as a customer then.
-#}
{% test history_continuity(model, history) %}
with

stays as (
    select
        customer_id,
        segmentation,
        segment_key,
        valid_from,
        valid_to,
        row_number() over (partition by customer_id, segmentation order by valid_from, segment_key) as stay_number,
        lag(segment_key) over (partition by customer_id, segmentation order by valid_from, segment_key) as segment_before,
        lag(valid_to) over (partition by customer_id, segmentation order by valid_from, segment_key) as valid_to_before
    from {{ model }}
),

breaks as (
    select * from stays
    where stay_number > 1 and (valid_to_before is null or valid_to_before <> valid_from)
),

-- At a date on which others are in a segment of the segmentation, and the customer is in one of another.
unexplained as (
    select distinct
        breaks.customer_id,
        breaks.segmentation,
        breaks.valid_from
    from breaks
    inner join {{ history }} as elsewhere
        on
            breaks.customer_id = elsewhere.customer_id
            and breaks.valid_to_before <= elsewhere.as_of_date
            and breaks.valid_from > elsewhere.as_of_date
    inner join (select distinct segmentation, as_of_date from {{ history }}) as dates
        on
            breaks.segmentation = dates.segmentation
            and elsewhere.as_of_date = dates.as_of_date
)

select
    breaks.customer_id,
    breaks.segmentation,
    breaks.valid_from,
    'customer ' || breaks.customer_id
    || case
        when breaks.valid_to_before < breaks.valid_from
            then
                ' was in no segment of ' || breaks.segmentation || ' from '
                || cast(breaks.valid_to_before as {{ dbt.type_string() }}) || ' until '
                || cast(breaks.valid_from as {{ dbt.type_string() }}) || ', though a customer'
        else
            ' was in two segments of ' || breaks.segmentation || ' at once, ' || breaks.segment_before || ' and '
            || breaks.segment_key || ', on ' || cast(breaks.valid_from as {{ dbt.type_string() }})
    end as message
from breaks
left join unexplained
    on
        breaks.customer_id = unexplained.customer_id
        and breaks.segmentation = unexplained.segmentation
        and breaks.valid_from = unexplained.valid_from
where
    breaks.valid_to_before is null
    or breaks.valid_to_before > breaks.valid_from
    or unexplained.customer_id is not null
{% endtest %}
