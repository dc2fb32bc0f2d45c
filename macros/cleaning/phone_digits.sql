{#-
    The first step of a phone number: its digits, with a leading + where it has one. Null where it holds letters, as an
    extension does, or one digit repeated, which somebody typed to get past a form.
-#}
{% macro phone_digits(expression) -%}
    {%- set number = "replace(replace(lower(" ~ expression ~ "), 'tel:', ''), '(0)', '')" -%}
    case
        when lower({{ number }}) <> upper({{ number }}) then null
        when replace(
            {{ strate.digits_only(number) }}, substr({{ strate.digits_only(number) }}, 1, 1), ''
        ) = '' then null
        when {{ number }} like '%+%' then '+' || {{ strate.digits_only(number) }}
        else {{ strate.digits_only(number) }}
    end
{%- endmacro %}
