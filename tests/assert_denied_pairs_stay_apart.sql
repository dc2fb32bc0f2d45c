{{ config(tags=['gate'], enabled=var('identity_matching') | as_bool) }}

select
    accounts_a.as_of_date,
    pairs.account_key_a,
    pairs.account_key_b,
    pairs.account_key_a || ' and ' || pairs.account_key_b
    || ' were denied, and other accounts still join them: deny these too, or name what they share in the var '
    || 'identity_blocked_values' as message
from {{ ref('identity_pairs') }} as pairs
inner join {{ ref('int_identity__accounts') }} as accounts_a
    on pairs.account_key_a = accounts_a.account_key
inner join {{ ref('int_identity__accounts') }} as accounts_b
    on
        pairs.account_key_b = accounts_b.account_key
        and accounts_a.as_of_date = accounts_b.as_of_date
        and accounts_a.customer_id = accounts_b.customer_id
where pairs.status = 'denied'
