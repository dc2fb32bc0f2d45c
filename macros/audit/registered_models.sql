{#-
    The Python models that learn something: the key of their settings in their YAML, the table less what a clock wrote, and
    a query for what they chose and how good it is, one row per version and fact.
-#}
{% macro registered_models() %}
    {%- set models = {} -%}
    {%- if 'model.strate.clustering_fit' in graph.nodes -%}
        {%- set clustering = graph.nodes['model.strate.clustering_fit'].relation_name -%}
        {%- set dates = graph.nodes['model.strate.int_activity__as_of_dates'].relation_name -%}
        {%- do models.update({'model.strate.clustering_fit': {
            'settings': 'clustering',
            'content': "(select * from " ~ clustering ~ " where name <> 'seconds')",
            'row_count': 'n_rows',
            'facts': "
                select
                    model_version,
                    algorithm,
                    (select max(as_of_date) from " ~ dates ~ " where is_latest) as trained_until,
                    name, value, detail
                from " ~ clustering ~ "
                where record_type = 'model' and name in ('outcome', 'n_rows')
                union all
                select model_version, algorithm, null as trained_until, name, value, detail
                from " ~ clustering ~ "
                where
                    record_type = 'candidate'
                    and name not in ('seconds', 'is_chosen', 'is_eligible', 'elbow', 'state', 'state_reason')
                    and candidate_id in (
                        select candidate_id from " ~ clustering ~ " where name = 'is_chosen' and value = 1
                    )
            ",
        }}) -%}
    {%- endif -%}
    {%- if 'model.strate.survey_topics_fit' in graph.nodes -%}
        {%- set topics = graph.nodes['model.strate.survey_topics_fit'].relation_name -%}
        {%- do models.update({'model.strate.survey_topics_fit': {
            'settings': 'topics',
            'content': topics,
            'row_count': 'answer_count',
            'facts': "
                select
                    cast(as_of_date as " ~ dbt.type_string() ~ ") as model_version,
                    'nmf' as algorithm,
                    case when name = 'learned_before' then detail end as trained_until,
                    name, value, detail
                from " ~ topics ~ "
                where record_type = 'fit'
            ",
        }}) -%}
    {%- endif -%}
    {%- if 'model.strate.imputation_fit' in graph.nodes -%}
        {%- set filled = graph.nodes['model.strate.imputation_fit'].relation_name -%}
        {%- set version = 'cast(cast(as_of_date as date) as ' ~ dbt.type_string() ~ ')' -%}
        {%- do models.update({'model.strate.imputation_fit': {
            'settings': 'imputation',
            'content': filled,
            'row_count': 'customer_count',
            'facts': "
                select
                    " ~ version ~ " as model_version,
                    'masked_cross_validation' as algorithm,
                    " ~ version ~ " as trained_until,
                    'customer_count' as name,
                    max(known_count + missing_count) as value,
                    null as detail
                from " ~ filled ~ "
                where record_type = 'method'
                group by as_of_date
                union all
                select
                    " ~ version ~ " as model_version,
                    'masked_cross_validation' as algorithm,
                    " ~ version ~ " as trained_until,
                    feature || '_error_by_' || method as name,
                    error as value,
                    null as detail
                from " ~ filled ~ "
                where record_type = 'method' and is_chosen
            ",
        }}) -%}
    {%- endif -%}
    {%- if 'model.strate.account_matches' in graph.nodes -%}
        {%- set pairs = graph.nodes['model.strate.account_matches'].relation_name -%}
        {%- set records = graph.nodes['model.strate.int_identity__match_records'].relation_name -%}
        {%- do models.update({'model.strate.account_matches': {
            'settings': 'matching',
            'content': pairs,
            'row_count': 'record_count',
            'facts': "
                select
                    cast(learned.as_of_date as " ~ dbt.type_string() ~ ") as model_version,
                    'fellegi_sunter' as algorithm,
                    cast(learned.as_of_date as " ~ dbt.type_string() ~ ") as trained_until,
                    facts.name, facts.value, facts.detail
                from (select min(as_of_date) as as_of_date from " ~ records ~ ") as learned
                cross join (
                    select 'outcome' as name, null as value, max(outcome) as detail from " ~ pairs ~ "
                    union all
                    select status || '_count' as name, count(*) as value, null as detail from " ~ pairs ~ " group by status
                    union all
                    select 'record_count' as name, count(*) as value, null as detail
                    from " ~ records ~ "
                    where as_of_date = (select min(as_of_date) from " ~ records ~ ")
                ) as facts
            ",
        }}) -%}
    {%- endif -%}
    {%- if 'model.strate.value_fit' in graph.nodes -%}
        {%- set values = graph.nodes['model.strate.value_fit'].relation_name -%}
        {%- set date = 'cast(cast(as_of_date as date) as ' ~ dbt.type_string() ~ ')' -%}
        {%- do models.update({'model.strate.value_fit': {
            'settings': 'value',
            'content': values,
            'row_count': 'customer_count',
            'facts': "
                select
                    model_version,
                    method as algorithm,
                    " ~ date ~ " as trained_until,
                    name, value, detail
                from " ~ values ~ "
                where record_type = 'model' and name in ('customer_count', 'champion', 'champion_outcome')
                union all
                select
                    facts.model_version,
                    models.method as algorithm,
                    null as trained_until,
                    facts.name,
                    facts.value,
                    null as detail
                from " ~ values ~ " as facts
                inner join " ~ values ~ " as models
                    on facts.model_version = models.model_version and facts.method = models.method
                where
                    facts.record_type = 'metric'
                    and facts.name not in ('customer_count', 'gain', 'gain_low', 'gain_high')
                    and models.record_type = 'model'
                    and models.name = 'champion'
            ",
        }}) -%}
    {%- endif -%}
    {%- if 'model.strate.propensity_fit' in graph.nodes -%}
        {%- set propensities = graph.nodes['model.strate.propensity_fit'].relation_name -%}
        {%- do models.update({'model.strate.propensity_fit': {
            'settings': 'propensity',
            'content': propensities,
            'row_count': 'row_count',
            'facts': "
                select
                    facts.model_version,
                    models.method as algorithm,
                    models.trained_until,
                    facts.name,
                    facts.value,
                    case when facts.name = 'champion_outcome' then facts.detail end as detail
                from " ~ propensities ~ " as facts
                inner join (
                    select
                        model_version,
                        max(method) as method,
                        max(case when name = 'trained_until' then detail end) as trained_until
                    from " ~ propensities ~ "
                    where record_type = 'model'
                    group by model_version
                ) as models
                    on facts.model_version = models.model_version
                where
                    (
                        facts.record_type = 'model'
                        and facts.name in ('champion_outcome', 'row_count', 'positive_count', 'label_share')
                    )
                    or (
                        facts.record_type = 'metric'
                        and facts.is_champion
                        and facts.name not in ('customer_count', 'label_share', 'gain', 'gain_low', 'gain_high')
                    )
            ",
        }}) -%}
    {%- endif -%}
    {{- return(models) -}}
{% endmacro %}
