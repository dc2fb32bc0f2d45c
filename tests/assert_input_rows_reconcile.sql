{{ config(tags=['gate']) }}

-- Every row of an input is kept, superseded by another version of its key, or set aside with a reason.
select
    input,
    row_count,
    kept_count,
    duplicate_key_count,
    rejected_count,
    'input ' || input || ' has ' || cast(row_count as {{ dbt.type_string() }}) || ' rows, but '
    || cast(kept_count as {{ dbt.type_string() }}) || ' kept, '
    || cast(duplicate_key_count as {{ dbt.type_string() }}) || ' superseded and '
    || cast(rejected_count as {{ dbt.type_string() }}) || ' rejected make '
    || cast(kept_count + duplicate_key_count + rejected_count as {{ dbt.type_string() }})
    || ': rows are lost or doubled in staging, or the input changed during the build; build again' as message
from {{ ref('input_row_counts') }}
where row_count <> kept_count + duplicate_key_count + rejected_count
