{#-
    The rows of an input, with is_erased: whether a row is that of an erased person. Each column of such a row is null, so
    that it is counted and says nothing. Where nobody was erased nothing is compared. Orders that are kept by law lose what
    tells whose they are, and stay, with their lines.
-#}
{% macro without_erased(input, told_apart=[]) -%}
    {#- A line is erased with its order: dbt has to see the ref() of that input while it parses. -#}
    {%- do strate.is_on('erp_orders') if input == 'erp_order_lines' -%}
    {%- set relation = strate.input_relation(input) -%}
    {%- set is_kept = 'erp_orders' in var('kept_by_law') and input in ['erp_orders', 'erp_order_lines'] -%}
    {%- set is_real = relation is not none and '__dbt__cte__' not in relation.name
        and not (is_kept and input == 'erp_order_lines') -%}
    {%- set table = strate.suppressed_identifiers() if is_real else none -%}
    {%- if table is none -%}
    select
        given.*,
        false as is_erased
    from (
        {{ strate.given_rows(input, told_apart) }}
    ) as given
    {%- else -%}
    select
        {%- for name in strate.input_contract()[input].columns | map('first') | list + strate.extra_columns(input) %}
        {%- if is_kept and name not in ['erp_customer_id', 'crm_customer_id', 'email', 'phone'] %}
        {{ name }},
        {%- else %}
        case when not is_erased then {{ name }} end as {{ name }},
        {%- endif %}
        {%- endfor %}
        {%- for name in told_apart %}
        case when is_erased then 0 else {{ name }}_is_unreadable end as {{ name }}_is_unreadable,
        {%- endfor %}
        {{ 'false as is_erased' if is_kept else 'is_erased' }}
    from (
        {{ strate.with_is_erased(input, table, told_apart) }}
    ) as told
    {%- endif -%}
{%- endmacro %}

{#-
    The rows of an input as they are, with is_erased. Identifiers are hashed once for each that occurs, not once a row. A
    line is erased with its order, also with one that came in after the erasure.
-#}
{% macro with_is_erased(input, table, told_apart=[]) -%}
    {%- set columns = strate.suppression_columns(input) -%}
    {%- set has_orders = input == 'erp_order_lines' and strate.is_on('erp_orders') -%}
    with

    given as (
        {{ strate.given_rows(input, told_apart) }}
    ),

    {% for column, kind in columns -%}
    {%- set is_phone = kind == 'phone' -%}
    erased_{{ column }} as (
        select
            {{ column }}
            {%- if is_phone %},
            country
            {%- endif %}
        from (
            {%- if is_phone %}
            {{ strate.phones_of('given') }}
            {%- else %}
            select
                {{ column }},
                {{ strate.normalise_email(column) if kind == 'email' else column }} as identifier
            from (select distinct {{ column }} from given) as {{ column }}_values
            {%- endif %}
        ) as {{ column }}_identifiers
        where {{ strate.pseudonym("'erased:" ~ kind ~ ":' || identifier") }} in (
            select pseudonym from {{ table }}
            where identifier_type = '{{ kind }}'
        )
    ),

    {% endfor -%}
    erased_orders as (
        select distinct order_id
        {%- if has_orders %}
        from (
            {{ strate.with_is_erased('erp_orders', table) }}
        ) as orders
        where is_erased
        {%- else %}
        from (select cast(null as {{ dbt.type_string() }}) as order_id) as no_orders
        {%- endif %}
    )

    select
        given.*,
        case
            {%- for column, _ in columns %}
            when erased_{{ column }}.{{ column }} is not null then true
            {%- endfor %}
            {%- if has_orders %}
            when erased_orders.order_id is not null then true
            {%- endif %}
            else false
        end as is_erased
    from given
    {%- for column, kind in columns %}
    left join erased_{{ column }}
        on
            given.{{ column }} = erased_{{ column }}.{{ column }}
            {%- if kind == 'phone' %}
            and coalesce(given.country, '') = erased_{{ column }}.country
            {%- endif %}
    {%- endfor %}
    {%- if has_orders %}
    left join erased_orders
        on given.order_id = erased_orders.order_id
    {%- endif %}
    where {{ strate.is_key_of(table) }}
{%- endmacro %}

{#- Each phone number of the relation as it is written, with its country ('' for none), and as an identifier. -#}
{% macro phones_of(relation) -%}
    {#- Lines depend on the seed by way of their orders: a ref() here would have each model name it. -#}
    {%- set countries = graph.nodes['seed.strate.country_aliases'].relation_name -%}
    select
        phone,
        country,
        {{ strate.phone_number('phone_digits', 'dial_code', 'trunk_prefix') }} as identifier
    from (
        select
            numbers.phone,
            numbers.country,
            {{ strate.phone_digits('numbers.phone') }} as phone_digits,
            coalesce(countries.dial_code, default_country.dial_code) as dial_code,
            case
                when countries.alias is null then default_country.trunk_prefix
                else countries.trunk_prefix
            end as trunk_prefix
        from (
            select distinct
                phone,
                coalesce(country, '') as country
            from {{ relation }}
            where phone is not null
        ) as numbers
        cross join (
            select
                max(dial_code) as dial_code,
                max(trunk_prefix) as trunk_prefix
            from {{ countries }}
            where alias = '{{ var("default_country") | lower }}'
        ) as default_country
        left join {{ countries }} as countries
            on lower(numbers.country) = countries.alias
    ) as read_numbers
{%- endmacro %}
