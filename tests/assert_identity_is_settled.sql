{{ config(tags=['gate']) }}

select
    as_of_date,
    count(*) as account_count,
    'accounts not yet joined to all others of their person on ' || cast(as_of_date as {{ dbt.type_string() }}) || ': '
    || cast(count(*) as {{ dbt.type_string() }})
    || '; raise the var identity_rounds above {{ var("identity_rounds") }}' as message
from {{ ref('int_identity__accounts') }}
where not is_settled
group by as_of_date
