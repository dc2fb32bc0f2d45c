{#- Adds the entries of the first date that stays to segment_transitions, made of the rows that lead there from a deleted one. -#}
{% macro enter_anew(table, limit) %}
    {%- do run_query("
        insert into " ~ table ~ " (
            segmentation, from_date, to_date, from_segment_key, to_segment_key, customer_count, share_of_from, share_of_to
        )
        select
            segmentation, null, to_date, 'entered', to_segment_key, sum(customer_count), null, 1
        from " ~ table ~ "
        where from_date < " ~ limit ~ " and to_date >= " ~ limit ~ " and to_segment_key <> 'left'
        group by segmentation, to_date, to_segment_key
    ") -%}
{% endmacro %}
