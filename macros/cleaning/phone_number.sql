{#-
    The last step of a phone number: E.164 (+ and 8 to 15 digits) from what phone_digits gave, null where it cannot be
    one. `dial_code` and `trunk_prefix` are those of the country that a number without a country code belongs to.
-#}
{% macro phone_number(digits, dial_code, trunk_prefix) -%}
    {%- set full -%}
        case
            -- +33 (0)6 and +33 06 are one number: the trunk prefix is not dialled from outside.
            when {{ digits }} like '+' || {{ dial_code }} || '0%' and {{ trunk_prefix }} = '0'
                then '+' || {{ dial_code }} || substr({{ digits }}, length({{ dial_code }}) + 3)
            when {{ digits }} like '+%' then {{ digits }}
            when {{ digits }} like '00%' then '+' || substr({{ digits }}, 3)
            when {{ digits }} like {{ trunk_prefix }} || '%'
                then '+' || {{ dial_code }} || substr({{ digits }}, length({{ trunk_prefix }}) + 1)
            -- A spreadsheet took the + away.
            when {{ digits }} like {{ dial_code }} || '%' and length({{ digits }}) > 10 then '+' || {{ digits }}
            else '+' || {{ dial_code }} || {{ digits }}
        end
    {%- endset -%}
    case when length({{ full }}) between 9 and 16 then {{ full }} end
{%- endmacro %}
