{{ config(tags=['gate']) }}

select
    as_of_date,
    count(*) as account_count,
    cast(count(*) as {{ dbt.type_string() }}) || ' accounts on ' || cast(as_of_date as {{ dbt.type_string() }})
    || ' are not yet joined to all accounts of their person: raise the var identity_rounds above '
    || '{{ var("identity_rounds") }}' as message
from {{ ref('int_identity__accounts') }}
where not is_settled
group by as_of_date
