{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    full_refresh=false,
    enabled=scores_are_on()
) }}
{%- set metrics = ['auc', 'average_precision', 'log_loss', 'brier', 'calibration_error', 'decile_lift', 'total_error',
    'rank_correlation', 'deviance_explained'] %}
{%- set columns = ['as_of_date', 'model_version', 'method', 'is_champion', 'record_type', 'name', 'value', 'detail'] %}

-- Only what has passed the gates is recorded, as in segment_history.
-- depends_on: {{ ref('score_evaluations') }}
{%- if var('propensity_targets') %}
-- depends_on: {{ ref('score_features') }}
{%- endif %}
with

facts as (
    {%- if value_is_on() %}
    select
        'value' as score,
        {{ columns | join(',\n        ') }}
    from {{ ref('value_fit') }}
    where record_type in ('model', 'metric')
    {%- endif %}
    {%- if value_is_on() and var('propensity_targets') %}
    union all
    {%- endif %}
    {%- if var('propensity_targets') %}
    select
        target as score,
        {{ columns | join(',\n        ') }}
    from {{ ref('propensity_fit') }}
    where record_type in ('model', 'metric') and target is not null
    {%- endif %}
),

models as (
    select
        score,
        model_version,
        max(as_of_date) as as_of_date,
        max(method) as method
        {%- for name in ['champion_outcome', 'settings', 'incumbent', 'parameters', 'features', 'trained_from',
            'trained_until', 'tested_on', 'estimator'] %},
        max(case when name = '{{ name }}' then detail end) as {{ name }}
        {%- endfor %}
        {%- for name in ['row_count', 'customer_count', 'positive_count', 'label_share', 'is_sql'] %},
        max(case when name = '{{ name }}' then value end) as {{ name }}
        {%- endfor %}
    from facts
    where
        record_type = 'model'
        -- Without customers there is no date, and nothing was learned.
        and as_of_date is not null
    group by score, model_version
),

-- The champion's, on the date that nothing was chosen by.
figures as (
    select
        score,
        model_version
        {%- for name in metrics %},
        max(case when name = '{{ name }}' then value end) as {{ name }}
        {%- endfor %}
    from facts
    where record_type = 'metric' and is_champion
    group by score, model_version
)

select
    cast(
        {%- if is_incremental() %}
        (select coalesce(max(recorded.entry_number), 0) from {{ this }} as recorded) +
        {%- endif %}
        1
        as {{ dbt.type_bigint() }}
    ) as entry_number,
    cast(models.score as {{ dbt.type_string() }}) as score,
    cast(models.as_of_date as date) as as_of_date,
    cast(models.model_version as {{ dbt.type_string() }}) as model_version,
    cast(models.method as {{ dbt.type_string() }}) as method,
    cast(models.champion_outcome as {{ dbt.type_string() }}) as outcome,
    cast(models.champion_outcome <> 'scored' as boolean) as is_fall_back,
    cast(nullif(models.incumbent, 'null') as {{ dbt.type_string() }}) as incumbent,
    cast(models.settings as {{ dbt.type_string() }}) as settings,
    cast(models.parameters as {{ dbt.type_string() }}) as parameters,
    cast(models.features as {{ dbt.type_string() }}) as features,
    cast(models.trained_from as date) as trained_from,
    cast(models.trained_until as date) as trained_until,
    cast(models.tested_on as date) as tested_on,
    cast(models.row_count as {{ dbt.type_bigint() }}) as row_count,
    cast(models.customer_count as {{ dbt.type_bigint() }}) as customer_count,
    cast(models.positive_count as {{ dbt.type_bigint() }}) as positive_count,
    cast({{ round_to_six('models.label_share') }} as {{ type_double() }}) as label_share
    {%- for name in metrics %},
    cast({{ round_to_six('figures.' ~ name) }} as {{ type_double() }}) as {{ name }}
    {%- endfor %},
    cast(coalesce(models.is_sql, 0) = 1 as boolean) as is_sql,
    cast(models.estimator as {{ dbt.type_string() }}) as estimator,
    cast('{{ strate_version() }}' as {{ dbt.type_string() }}) as strate_version
from models
left join figures
    on
        models.score = figures.score
        and models.model_version = figures.model_version
{%- if is_incremental() %}
where not exists (
    select 1 from {{ this }} as recorded
    where
        recorded.score = models.score
        and recorded.as_of_date = models.as_of_date
        and recorded.model_version = models.model_version
        and recorded.strate_version = '{{ strate_version() }}'
)
{%- endif %}
