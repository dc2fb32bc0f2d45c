{{ config(tags=['gate']) }}

with

items as (
    {{ input_rows('survey_items') }}
),

questions as (
    select
        question_id,
        count(*) as row_count
    from items
    where question_id is not null
    group by question_id
),

kinds as (
    select
        lower(dimension) as dimension,
        min(lower(kind)) as first_kind,
        max(lower(kind)) as last_kind
    from items
    where dimension is not null
    group by lower(dimension)
),

findings as (
    select
        'lists the question ' || question_id || ' in ' || cast(row_count as {{ dbt.type_string() }})
        || ' rows: keep one, as a question measures one dimension' as finding
    from questions
    where row_count > 1
    union all
    select
        'calls the dimension ' || dimension || ' a ' || first_kind || ' and a ' || last_kind
        || ': give all its questions one kind' as finding
    from kinds
    where first_kind <> last_kind
    union all
    select
        'gives the dimension ' || dimension || ' the kind ' || first_kind
        || ': take value, motivation or lifestyle, or leave it empty' as finding
    from kinds
    where first_kind = last_kind and first_kind not in ('value', 'motivation', 'lifestyle')
    union all
    select
        'has ' || cast(count(*) as {{ dbt.type_string() }}) || ' rows without a question_id or a dimension: fill both'
            as finding
    from items
    where question_id is null or dimension is null
    having count(*) > 0
)

select
    finding,
    'the input survey_items ' || finding as message
from findings
