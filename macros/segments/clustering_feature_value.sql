{#-
    One clustering input of a customer, a double, transformed, clipped and scaled as at the fit; 0 for one that the fit
    left out. The 0 and 1 of a nominal input are not transformed. `parameters` is the relation with one row of columns
    <feature>_<parameter>.
-#}
{% macro clustering_feature_value(feature, is_nominal=false) -%}
    {%- set value = 'coalesce(features.' ~ feature ~ ', parameters.' ~ feature ~ '_fill_value)' -%}
    {%- set transformed -%}
        {%- if is_nominal -%}
            {{ value }}
        {%- else -%}
            {{ strate.clustering_transform(value, 'parameters.' ~ feature ~ '_lambda') }}
        {%- endif -%}
    {%- endset -%}
    case
        when parameters.{{ feature }}_is_used = 1
            then (
                case
                    when {{ transformed }} < parameters.{{ feature }}_lower then parameters.{{ feature }}_lower
                    when {{ transformed }} > parameters.{{ feature }}_upper then parameters.{{ feature }}_upper
                    else {{ transformed }}
                end
                - parameters.{{ feature }}_center
            ) / parameters.{{ feature }}_scale
        else 0
    end
{%- endmacro %}
