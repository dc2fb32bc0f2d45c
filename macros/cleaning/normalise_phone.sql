{#-
    A phone number in E.164 (+ and 8 to 15 digits), null where it cannot be one.
    `dial_code` and `trunk_prefix` are columns of the country that a number without a country code belongs to.
-#}
{% macro normalise_phone(expression, dial_code, trunk_prefix) -%}
    {%- set digits = strate.digits_only("replace(" ~ expression ~ ", '(0)', '')") -%}
    {%- set full -%}
        case
            when {{ expression }} like '+%' then {{ digits }}
            when {{ digits }} like '00%' then substr({{ digits }}, 3)
            when {{ trunk_prefix }} is not null and {{ digits }} like {{ trunk_prefix }} || '%'
                then {{ dial_code }} || substr({{ digits }}, length({{ trunk_prefix }}) + 1)
            else {{ dial_code }} || {{ digits }}
        end
    {%- endset -%}
    {#- One digit repeated is a placeholder that somebody typed to get past a form. -#}
    case
        when length({{ full }}) between 8 and 15
            and replace({{ digits }}, substr({{ digits }}, length({{ digits }}), 1), '') <> ''
            then '+' || {{ full }}
    end
{%- endmacro %}
