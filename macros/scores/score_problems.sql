{#-
    What is wrong with the vars of scores, a list of sentences. `numbers` and `categories` are the columns of
    customer_features of these kinds.
-#}
{% macro score_problems(numbers, categories) %}
    {%- set problems = [] -%}
    {%- for name, value, least, most in [
        ('score_horizon_days', var('score_horizon_days'), 1, 3650),
        ('score_sample_size', var('score_sample_size'), 100, 10000000),
        ('propensity_trials', var('propensity_trials'), 1, 10000),
        ('propensity_min_positives', var('propensity_min_positives'), 10, 10000000),
        ('churn_rhythm_factor', var('churn_rhythm_factor'), 0.1, 1000),
        ('churn_active_days', var('churn_active_days'), 1, 36500),
        ('score_max_sql_leaves', var('score_max_sql_leaves'), 0, 1000000),
        ('reason_features', var('reason_features'), 1, 100),
    ] if value is not number or value is boolean or value < least or value > most -%}
        {%- do problems.append(
            'var `' ~ name ~ '` is ' ~ value | tojson ~ ': set it to a number from ' ~ least ~ ' to ' ~ most ~ '.'
        ) -%}
    {%- endfor -%}
    {%- if var('churn_rule') not in ['horizon', 'rhythm'] -%}
        {%- do problems.append('var `churn_rule` is ' ~ var('churn_rule') | tojson ~ ': set it to one of horizon, rhythm.') -%}
    {%- endif -%}
    {%- for name, named, legal, what in [
        ('value_methods', var('value_methods'), ['past_rate', 'recency', 'bg_nbd', 'boosting'], 'a method'),
        ('propensity_targets', var('propensity_targets'), ['purchase', 'click', 'churn'], 'a target'),
        (
            'propensity_algorithms',
            var('propensity_algorithms'),
            ['logistic', 'random_forest', 'boosting', 'xgboost', 'lightgbm', 'mlp'],
            'an algorithm',
        ),
        ('propensity_features', var('propensity_features'), numbers, 'a numeric column of customer_features'),
        ('propensity_categories', var('propensity_categories'), categories, 'a text or boolean column of customer_features'),
    ] -%}
        {%- if named is string or named is mapping or named is not sequence or named | unique | list | length < named | length -%}
            {%- do problems.append('var `' ~ name ~ '` is ' ~ named | tojson ~ ': make it a list that names each once.') -%}
        {%- else -%}
            {%- for value in named if value not in legal -%}
                {%- do problems.append(
                    'var `' ~ name ~ '` names `' ~ value ~ '`, which is not ' ~ what ~ ': take one of '
                    ~ (legal if legal | length < 20 else strate.alike(value | string, legal)) | join(', ') ~ '.'
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set named = var('value_features') -%}
    {%- if named is not mapping or named.values() | reject('in', ['rises', 'falls', 'free']) | list
        or named.keys() | reject('in', numbers) | list or not named -%}
        {%- do problems.append(
            'var `value_features` is ' ~ named | tojson ~ ': give numeric columns of customer_features one of rises, falls '
            ~ 'and free, as in {recency_days: falls}.'
        ) -%}
    {%- endif -%}
    {%- if var('engagement_parts') is not mapping -%}
        {%- do problems.append(
            'var `engagement_parts` is ' ~ var('engagement_parts') | tojson
            ~ ': give each column its half and its weight, as in {session_count_90_days: {half: 3, weight: 0.25}}.'
        ) -%}
    {%- else -%}
        {%- for column, part in var('engagement_parts').items() -%}
            {%- if column not in numbers -%}
                {%- do problems.append(
                    'var `engagement_parts` names `' ~ column ~ '`, which is no numeric column of customer_features: take one of '
                    ~ strate.alike(column, numbers) | join(', ') ~ '.'
                ) -%}
            {%- endif -%}
            {%- if part is not mapping or part.keys() | reject('in', ['half', 'weight', 'falls']) | list
                or part.get('half') is not number or part.get('half') is boolean or part.get('half') <= 0
                or part.get('weight') is not number or part.get('weight') is boolean or part.get('weight') < 0
                or part.get('falls', false) is not boolean -%}
                {%- do problems.append(
                    'var `engagement_parts` gives `' ~ column ~ '` ' ~ part | tojson ~ ': give it a half above 0, a weight of 0 '
                    ~ 'or more, and falls: true if less is better, as in {half: 30, weight: 0.2, falls: true}.'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set weights = var('composite_weights') -%}
    {%- set parts = ['value', 'propensity', 'engagement'] -%}
    {%- if weights != 'learned' and (
        weights is not mapping or weights.keys() | sort != parts | sort or weights.values() | reject('number') | list
        or weights.values() | select('boolean') | list or weights.values() | min < 0 or weights.values() | sum <= 0
    ) -%}
        {%- do problems.append(
            'var `composite_weights` is ' ~ weights | tojson ~ ': give value, propensity and engagement weights of 0 or more, '
            ~ 'one of them above, as in {value: 0.5, propensity: 0.3, engagement: 0.2}, or say learned.'
        ) -%}
    {%- endif -%}
    {{- return(problems) -}}
{% endmacro %}
