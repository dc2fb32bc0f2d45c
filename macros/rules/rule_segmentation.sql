{#-
    The memberships of one segmentation of exclusive rules, everybody in one segment: that of the first rule that holds,
    or the rest. No rows where none of its rules is active. Rules may have followed events since the features were made;
    the date is that of the features, as for all other segmentations.
-#}
{% macro rule_segmentation(segmentation) %}
    select
        '{{ segmentation }}' as segmentation,
        coalesce(rule_memberships.segment_key, '{{ segmentation }}_rest') as segment_key,
        customers.customer_id,
        customers.as_of_date,
        null as model_version
    from {{ ref('int_segments__customers') }} as customers
    left join {{ ref('rule_memberships') }} as rule_memberships
        on
            customers.customer_id = rule_memberships.customer_id
            and rule_memberships.segmentation = '{{ segmentation }}'
            and rule_memberships.is_assigned
    where exists (
        select 1
        from {{ ref('segment_rules') }} as segment_rules
        where segment_rules.segmentation = '{{ segmentation }}' and segment_rules.state = 'active'
    )
{%- endmacro %}
