{#- The RFM segment of three scores. Frequency and spend count alike; a half goes up. -#}
{% macro rfm_segment_key(recency, frequency, monetary) -%}
    {%- set worth = 'floor((' ~ frequency ~ ' + ' ~ monetary ~ ' + 1) / 2)' -%}
    case
        when {{ recency }} is null then 'rfm_never_bought'
        when {{ recency }} = 5 and {{ worth }} >= 4 then 'rfm_champions'
        when {{ recency }} >= 3 and {{ worth }} >= 4 then 'rfm_loyal'
        when {{ recency }} >= 4 and {{ frequency }} = 1 then 'rfm_new_customers'
        when {{ recency }} >= 4 and {{ worth }} = 3 then 'rfm_potential_loyalists'
        when {{ recency }} >= 4 then 'rfm_promising'
        when {{ recency }} = 3 and {{ worth }} = 3 then 'rfm_need_attention'
        when {{ recency }} = 3 then 'rfm_about_to_sleep'
        when {{ worth }} >= 4 then 'rfm_cannot_lose'
        when {{ worth }} = 3 then 'rfm_at_risk'
        else 'rfm_hibernating'
    end
{%- endmacro %}
