{{ config(enabled=scores_are_on()) }}

with

drift_values as (
    select * from {{ ref('int_scores__drift_values') }}
    where reference_date is not null
),

tallies as (
    select
        comparison,
        name,
        reference_date,
        as_of_date,
        measured,
        level,
        count(*) as customer_count,
        sum(weight) as weight
    from drift_values
    group by comparison, name, reference_date, as_of_date, measured, level
),

-- Equals are in one group: the tenth in which the middle of them lies.
ranked as (
    select
        comparison,
        name,
        measured,
        floor(
            10.0 * (sum(weight) over (partition by comparison, name order by measured) - weight / 2)
            / sum(weight) over (partition by comparison, name)
        ) as tenth
    from tallies
    where
        as_of_date = reference_date
        and measured is not null
),

tenths as (
    select
        comparison,
        name,
        min(measured) as lowest,
        max(measured) as highest
    from ranked
    group by comparison, name, tenth
),

ranges as (
    select
        comparison,
        name,
        lowest,
        row_number() over (partition by comparison, name order by lowest) as position,
        lead(lowest) over (partition by comparison, name order by lowest) as next_lowest,
        min(lowest) over (partition by comparison, name) as least,
        max(highest) over (partition by comparison, name) as most
    from tenths
),

levels as (
    select
        comparison,
        name,
        level,
        weight / sum(weight) over (partition by comparison, name) as share
    from tallies
    where
        as_of_date = reference_date
        and level is not null
),

-- What lies beyond the reference is in its first or its last range, but what never varied and does now has moved.
binned as (
    select
        tallies.*,
        case
            when tallies.level is not null
                then case when levels.share >= 0.01 then 'level ' || tallies.level else 'other levels' end
            when tallies.measured is null then 'unknown'
            when ranges.position is null then 'known'
            when ranges.least = ranges.most and tallies.measured < ranges.least then 'below'
            when ranges.least = ranges.most and tallies.measured > ranges.most then 'above'
            else cast(ranges.position as {{ dbt.type_string() }})
        end as bin
    from tallies
    left join ranges
        on
            tallies.comparison = ranges.comparison
            and tallies.name = ranges.name
            and (ranges.position = 1 or tallies.measured >= ranges.lowest)
            and (ranges.next_lowest is null or tallies.measured < ranges.next_lowest)
    left join levels
        on
            tallies.comparison = levels.comparison
            and tallies.name = levels.name
            and tallies.level = levels.level
),

bins as (
    select
        comparison,
        name,
        as_of_date,
        bin,
        sum(weight) as weight
    from binned
    group by comparison, name, as_of_date, bin
),

totals as (
    select
        comparison,
        name,
        reference_date,
        as_of_date,
        count(*) as customer_count,
        sum(weight) as weight,
        sum(weight * measured) / nullif(sum(case when measured is not null then weight end), 0) as mean,
        sum(case when measured is not null and happened is not null then 1 else 0 end) as known_count,
        sum(case when happened is not null then weight * measured end)
        / nullif(sum(case when measured is not null and happened is not null then weight end), 0) as predicted,
        sum(case when measured is not null then weight * happened end)
        / nullif(sum(case when measured is not null and happened is not null then weight end), 0) as actual
    from drift_values
    group by comparison, name, reference_date, as_of_date
),

compared as (
    select
        totals.*,
        reference_totals.customer_count as reference_count,
        reference_totals.weight as reference_weight,
        reference_totals.mean as reference_mean
    from totals
    inner join totals as reference_totals
        on
            totals.comparison = reference_totals.comparison
            and totals.name = reference_totals.name
            and totals.reference_date = reference_totals.as_of_date
),

-- Each bin that is in either of the two; an empty one counts as half a customer.
shares as (
    select
        compared.comparison,
        compared.name,
        compared.as_of_date,
        bins.bin,
        coalesce(
            max(case when bins.as_of_date = compared.as_of_date then bins.weight end) / max(compared.weight),
            0.5 / max(compared.customer_count)
        ) as share,
        coalesce(
            max(case when bins.as_of_date = compared.reference_date then bins.weight end)
            / max(compared.reference_weight),
            0.5 / max(compared.reference_count)
        ) as reference_share
    from compared
    inner join bins
        on
            compared.comparison = bins.comparison
            and compared.name = bins.name
            and (bins.as_of_date = compared.as_of_date or bins.as_of_date = compared.reference_date)
    group by compared.comparison, compared.name, compared.as_of_date, bins.bin
),

stability as (
    select
        comparison,
        name,
        as_of_date,
        count(*) as bin_count,
        sum((share - reference_share) * ln(share / reference_share)) as psi
    from shares
    group by comparison, name, as_of_date
),

drift as (
    select
        compared.*,
        stability.bin_count,
        stability.psi,
        -- Without drift psi over the sum of the reciprocal counts is chi-squared: this is about its 95th percentile.
        (stability.bin_count - 1 + 1.645 * sqrt(2.0 * (stability.bin_count - 1)))
        * (1.0 / compared.customer_count + 1.0 / compared.reference_count) as psi_by_chance
    from compared
    inner join stability
        on
            compared.comparison = stability.comparison
            and compared.name = stability.name
            and compared.as_of_date = stability.as_of_date
)

select
    cast(comparison as {{ dbt.type_string() }}) as comparison,
    cast(name as {{ dbt.type_string() }}) as name,
    cast(reference_date as date) as reference_date,
    cast(as_of_date as date) as as_of_date
    {%- for name in ['reference_count', 'customer_count', 'bin_count', 'known_count'] %},
    cast({{ name }} as {{ dbt.type_bigint() }}) as {{ name }}
    {%- endfor %}
    {%- for name in ['reference_mean', 'mean', 'psi', 'psi_by_chance', 'predicted', 'actual'] %},
    cast({{ round_to_six(name) }} as {{ type_double() }}) as {{ name }}
    {%- endfor %}
from drift
