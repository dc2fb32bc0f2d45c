{#-
    The usable rows of a base model in the newest version of each key, with `version_count`. The first by `order_by`, a
    list, is the newest; it names so many columns that no tie is left to chance.

    Nearly every key of a big input occurs once. Only those that do not go through a window: sorting all rows for the
    sake of a few costs more than reading them twice.

    With `cut`, a condition, only rows that fulfil it are read. It has to leave all versions of a key that is wanted.
-#}
{% macro newest_versions(base, key, columns, order_by, cut=none) -%}
{%- set usable = 'reject_reason is null' ~ (' and ' ~ cut if cut else '') -%}
with

repeated_keys as (
    select {{ key }}
    from {{ base }}
    where {{ usable }}
    group by {{ key }}
    having count(*) > 1
),

single_versions as (
    select base.*
    from {{ base }} as base
    left join repeated_keys
        on base.{{ key }} = repeated_keys.{{ key }}
    where
        {{ usable }}
        and repeated_keys.{{ key }} is null
),

numbered_versions as (
    select
        base.*,
        row_number() over (
            partition by base.{{ key }}
            order by {{ order_by | join(', ') }}
        ) as version_number,
        count(*) over (partition by base.{{ key }}) as version_count
    from {{ base }} as base
    inner join repeated_keys
        on base.{{ key }} = repeated_keys.{{ key }}
    where {{ usable }}
),

newest_versions as (
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        1 as version_count
    from single_versions
    union all
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        version_count
    from numbered_versions
    where version_number = 1
)

select
    {%- for column in columns %}
    {{ column }},
    {%- endfor %}
    version_count
from newest_versions
{%- endmacro %}
