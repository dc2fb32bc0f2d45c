{#- Runs before anything is built: stops with every var whose value Strate cannot work with. -#}
{% macro check_settings() %}
    {%- set problems = [] -%}
    {%- for name, legal in {
        'text_language': ['french', 'english', 'both'],
        'text_refit_months': [1, 2, 3, 4, 6, 12],
        'clustering_transform': ['log', 'yeo_johnson', 'none'],
        'clustering_null_model': ['shuffled', 'correlated'],
        'min_segment_size_severity': ['error', 'warn'],
        'min_silhouette_severity': ['error', 'warn'],
        'max_davies_bouldin_severity': ['error', 'warn'],
        'min_stability_severity': ['error', 'warn'],
        'max_null_p_value_severity': ['error', 'warn'],
        'min_cluster_gap_severity': ['error', 'warn'],
        'max_segment_share_severity': ['error', 'warn'],
        'segment_coverage_severity': ['error', 'warn'],
        'history_continuity_severity': ['error', 'warn'],
        'lost_refusals_severity': ['error', 'warn'],
        'alert_severity': ['error', 'warn'],
        'score_coverage_severity': ['error', 'warn'],
        'max_value_error_severity': ['error', 'warn'],
        'min_selection_ratio_severity': ['error', 'warn'],
        'activity_is_complete_severity': ['error', 'warn'],
        'anonymous_visitors_are_customers': [true, false],
        'fingerprint_inputs': [true, false],
        'show_unprofiled_customers': [true, false],
        'require_pseudonym_key': [true, false],
        'identity_matching': [true, false],
    }.items() -%}
        {%- if var(name) not in legal -%}
            {%- do problems.append('var `' ~ name ~ '` is ' ~ var(name) ~ ': set it to one of ' ~ legal | join(', ') ~ '.') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name, least, most in [
        ('session_gap_minutes', 1, 1440),
        ('lookback_days', 0, 3650),
        ('response_window_days', 0, 365),
        ('training_date_count', 0, 100),
        ('training_date_spacing_days', 1, 3650),
        ('identity_rounds', 1, 50),
        ('identity_match_probability', 0.01, 1),
        ('identity_review_probability', 0.01, 1),
        ('identity_max_group_size', 2, 1000),
        ('identity_conflict_probability', 0, 1),
        ('identity_max_users_per_device', 1, 1000000),
        ('bot_events_per_session', 1, 1000000000),
        ('lifecycle_new_days', 1, 36500),
        ('lifecycle_active_days', 1, 36500),
        ('lifecycle_lapsed_days', 1, 36500),
        ('survey_min_answered_share', 0, 1),
        ('text_min_topics', 1, 50),
        ('text_max_topics', 0, 50),
        ('text_min_answers', 10, 1000000),
        ('text_min_people', 1, 1000000),
        ('text_sample_size', 100, 1000000),
        ('imputation_max_missing_share', 0, 1),
        ('imputation_sample_size', 100, 100000),
        ('outlier_threshold', 1, 1000),
        ('clustering_clip_quantile', 0, 0.1),
        ('clustering_pca_components', 0, 50),
        ('clustering_min_clusters', 2, 100),
        ('clustering_max_clusters', 2, 100),
        ('clustering_max_prototypes', 2, 1000),
        ('clustering_distance_threshold', 0, 1000000000000),
        ('clustering_trials', 1, 10000),
        ('clustering_max_noise_share', 0, 1),
        ('clustering_min_agreement', 0, 1),
        ('clustering_resamples', 1, 10000),
        ('clustering_null_draws', 1, 10000),
        ('clustering_evidence_sample_size', 10, 50000),
        ('clustering_silhouette_tolerance', 0, 1),
        ('clustering_min_cluster_share', 0, 0.5),
        ('clustering_sample_size', 10, 10000000),
        ('clustering_silhouette_sample_size', 10, 50000),
        ('clustering_starts', 1, 1000),
        ('max_value_error', 0, 1000000),
        ('random_seed', 0, 4294967295),
        ('min_segment_size', 0, 1000000000000),
        ('min_reported_customers', 1, 1000000),
        ('min_silhouette', -1, 1),
        ('max_davies_bouldin', 0, 1000000),
        ('min_stability', -1, 1),
        ('max_null_p_value', 0, 1),
        ('min_cluster_gap', 0, 1000),
        ('max_segment_share', 0, 1),
        ('min_selection_ratio', 0, 1),
        ('alert_baseline_days', 7, 365),
        ('alert_false_discovery_rate', 0.000000001, 0.5),
        ('alert_min_effect', 0, 1),
        ('alert_min_count', 1, 1000000000),
        ('alert_new_level_days', 1, 3650),
        ('max_weight', 1, 1000000),
        ('segment_key_min_overlap', 0.01, 1),
        ('segment_lineage_min_share', 0.01, 1),
    ] -%}
        {%- set value = var(name) -%}
        {%- if value is not number or value is boolean or value < least or value > most -%}
            {%- do problems.append('var `' ~ name ~ '` is ' ~ value | tojson ~ ': set it to a number from ' ~ least ~ ' to ' ~ most ~ '.') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if var('segment_names') is none -%}
        {%- do problems.append(
            'var `segment_names` is null: leave it out, or name a relation with the columns segment_key, name and description.'
        ) -%}
    {%- endif -%}
    {%- set algorithms = ['kmeans', 'ward', 'gaussian_mixture', 'average_linkage', 'genie', 'hdbscan', 'dbscan'] -%}
    {%- set named = var('clustering_algorithms') -%}
    {%- if named is string or named is not sequence or not named or named | reject('in', algorithms) | list -%}
        {%- do problems.append(
            'var `clustering_algorithms` is ' ~ named | tojson ~ ': make it a list of one or more of '
            ~ algorithms | join(', ') ~ '.'
        ) -%}
    {%- endif -%}
    {%- for name in ['as_of_date', 'earliest_date', 'latest_date'] -%}
        {%- set value = var(name) -%}
        {%- if not (value is none and name == 'as_of_date') and not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}$', value | string) -%}
            {%- do problems.append('var `' ~ name ~ '` is ' ~ value ~ ': set it to a date such as 2025-12-31.') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do problems.extend(strate.extra_column_problems()) -%}
    {%- do problems.extend(strate.personal_column_problems()) -%}
    {%- do problems.extend(strate.retention_problems()) -%}
    {%- for name in var('survey_dimensions') if not modules.re.match('^[a-z][a-z0-9_]*$', name | string) -%}
        {%- do problems.append(
            'var `survey_dimensions` names `' ~ name ~ '`: write it in lower case, without blanks, as it becomes part of a column.'
        ) -%}
    {%- endfor -%}
    {%- set numbers, categories = [], [] -%}
    {%- for name, type, group, inputs in strate.feature_columns() -%}
        {%- do (numbers if type in ['integer', 'double'] else categories).append(name) -%}
    {%- endfor -%}
    {%- for input in ['crm_customers', 'geo_areas'] -%}
        {%- do numbers.extend(strate.extra_columns(input)) -%}
        {%- do categories.extend(strate.extra_columns(input)) -%}
    {%- endfor -%}
    {%- if var('clustering_nominal_features') is not mapping -%}
        {%- do problems.append(
            'var `clustering_nominal_features` is ' ~ var('clustering_nominal_features') | tojson
            ~ ': give each column its levels, as in {gender: [female, male]}.'
        ) -%}
    {%- else -%}
        {%- for column, levels in var('clustering_nominal_features').items() -%}
            {%- if column not in categories -%}
                {%- do problems.append(
                    'var `clustering_nominal_features` names `' ~ column ~ '`, which is no text or boolean column of '
                    ~ 'customer_features: take one of ' ~ strate.alike(column, categories) | join(', ') ~ '.'
                ) -%}
            {%- endif -%}
            {%- if levels is string or levels is not sequence or not levels -%}
                {%- do problems.append(
                    'var `clustering_nominal_features` gives `' ~ column ~ '` no list of levels: write them as in '
                    ~ '{gender: [female, male]}.'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if not problems -%}
            {%- set names = strate.clustering_inputs() | map(attribute='name') | list -%}
            {%- for name in names | unique if names | select('equalto', name) | list | length > 1 -%}
                {%- do problems.append(
                    'vars `clustering_features` and `clustering_nominal_features` both give a column `' ~ name
                    ~ '`: leave out one, or levels that differ in signs only.'
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {%- for name in ['clustering_features', 'clustering_fill_with_max', 'profile_features'] -%}
        {%- for feature in (strate.profile_features() if name == 'profile_features' else var(name)) if feature not in numbers -%}
            {%- do problems.append(
                'var `' ~ name ~ '` names `' ~ feature ~ '`, which is no numeric column of customer_features: take one of '
                ~ strate.alike(feature, numbers) | join(', ') ~ '.'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set imputable = strate.imputable_features() -%}
    {%- for name, legal, what in [
        ('imputed_features', imputable.numbers + imputable.texts, 'an attribute that everybody has'),
        ('imputation_predictors', numbers, 'a numeric column of customer_features'),
        ('outlier_features', numbers, 'a numeric column of customer_features'),
        ('report_groups', categories, 'a text or boolean column of customer_features'),
        ('report_measures', numbers, 'a numeric column of customer_features'),
        ('imputation_methods', ['median', 'regression', 'knn'], 'a method'),
    ] -%}
        {%- set named = var(name) -%}
        {%- if named is string or named is not sequence or named | unique | list | length < named | length -%}
            {%- do problems.append('var `' ~ name ~ '` is ' ~ named | tojson ~ ': make it a list that names each once.') -%}
        {%- else -%}
            {%- for value in named if value not in legal -%}
                {%- do problems.append(
                    'var `' ~ name ~ '` names `' ~ value ~ '`, which is not ' ~ what ~ ': take one of '
                    ~ (legal if legal | length < 20 else strate.alike(value, legal)) | join(', ') ~ '.'
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set decisions = var('threshold_decisions') -%}
    {%- if decisions is not mapping -%}
        {%- do problems.append(
            'var `threshold_decisions` is ' ~ decisions | tojson ~ ': give each column its share, as in {revenue: {share: 0.2}}.'
        ) -%}
    {%- else -%}
        {%- for column, decision in decisions.items() -%}
            {%- if decision is not mapping or decision.get('share') is not number or not 0 < decision.get('share') < 1
                or decision.keys() | reject('in', ['share', 'quality']) | list -%}
                {%- do problems.append(
                    'var `threshold_decisions` gives `' ~ column ~ '` ' ~ decision | tojson
                    ~ ': give it a share between 0 and 1, and a quality if you like, as in {share: 0.2, quality: revenue}.'
                ) -%}
            {%- endif -%}
            {%- for name in [column, decision.get('quality', column) if decision is mapping else column] | unique
                if name not in numbers -%}
                {%- do problems.append(
                    'var `threshold_decisions` names `' ~ name ~ '`, which is no numeric column of customer_features: take one of '
                    ~ strate.alike(name, numbers) | join(', ') ~ '.'
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if var('decisive_segments') is string or var('decisive_segments') is not sequence -%}
        {%- do problems.append(
            'var `decisive_segments` is ' ~ var('decisive_segments') | tojson
            ~ ': make it a list of segment keys or segmentations, such as [rfm_champions, value].'
        ) -%}
    {%- endif -%}
    {%- do problems.extend(strate.score_problems(numbers, categories)) -%}
    {%- if not var('imputation_methods') -%}
        {%- do problems.append('var `imputation_methods` is empty: name at least one; `imputed_features: []` fills nothing.') -%}
    {%- endif -%}
    {%- for name in ['crm', 'email', 'phone', 'user'] if var('identity_max_accounts').get(name) is not number -%}
        {%- do problems.append('var `identity_max_accounts` has no number for `' ~ name ~ '`: give all four, as in the default.') -%}
    {%- endfor -%}
    {%- if var('permission_defaults') is not mapping or 'profiling' not in var('permission_defaults') -%}
        {%- do problems.append(
            'var `permission_defaults` is ' ~ var('permission_defaults') | tojson ~ ': give each purpose the legal basis that '
            ~ 'holds without a decision, or null, and profiling among them, as in the default.'
        ) -%}
    {%- else -%}
        {%- for purpose, legal_basis in var('permission_defaults').items()
            if purpose != purpose | lower or not (legal_basis is none or legal_basis is string) -%}
            {%- do problems.append(
                'var `permission_defaults` gives `' ~ purpose ~ '` ' ~ legal_basis | tojson
                ~ ': write the purpose in lower case, and after it a legal basis such as legitimate_interest, or null.'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set survivorship, survivorship_rules = var('survivorship'), ['most_recent', 'most_frequent', 'most_trusted', 'longest'] -%}
    {%- set attributes = ['default'] + strate.golden_attributes() | map(attribute='name') | list if survivorship is mapping -%}
    {%- if survivorship is not mapping -%}
        {%- do problems.append(
            'var `survivorship` is ' ~ survivorship | tojson ~ ': give each attribute its rule, as in {city: most_recent}.'
        ) -%}
    {%- else -%}
        {%- for attribute, rule in survivorship.items() if attribute not in attributes or rule not in survivorship_rules -%}
            {%- do problems.append(
                'var `survivorship` gives `' ~ attribute ~ '` the rule ' ~ rule | tojson ~ ': take one of '
                ~ survivorship_rules | join(', ') ~ ' for default or for an attribute, '
                ~ strate.alike(attribute, attributes) | join(', ') ~ '.'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if var('survivorship_trusted_sources') is string or var('survivorship_trusted_sources') | sort != ['crm', 'erp'] -%}
        {%- do problems.append(
            'var `survivorship_trusted_sources` is ' ~ var('survivorship_trusted_sources') | tojson
            ~ ': list crm and erp in the order of trust.'
        ) -%}
    {%- endif -%}
    {%- if var('kept_by_law') is not mapping
        or var('kept_by_law').keys() | reject('equalto', 'erp_orders') | list
        or var('kept_by_law').values() | reject('string') | list or '' in var('kept_by_law').values() | list -%}
        {%- do problems.append(
            'var `kept_by_law` is ' ~ var('kept_by_law') | tojson ~ ': give erp_orders the basis on which orders are kept, as '
            ~ 'in {erp_orders: "commercial and tax law, 10 years"}, or leave it as {}.'
        ) -%}
    {%- endif -%}
    {%- do problems.extend(strate.matching_problems()) -%}
    {%- if var('identity_review_probability') is number and var('identity_match_probability') is number
        and var('identity_review_probability') > var('identity_match_probability') -%}
        {%- do problems.append('var `identity_review_probability` must not be above `identity_match_probability`.') -%}
    {%- endif -%}
    {%- set shares = var('value_tier_shares') -%}
    {%- if shares.keys() | list != ['top', 'high', 'medium'] or not 0 < shares['top'] < shares['high'] < shares['medium'] <= 1 -%}
        {%- do problems.append('var `value_tier_shares` must give rising shares up to 1 for top, high and medium, in that order.') -%}
    {%- endif -%}
    {%- if not strate.profile_features() -%}
        {%- do problems.append('var `profile_features` is empty: name at least one numeric column of customer_features.') -%}
    {%- endif -%}
    {%- if not var('clustering_features') -%}
        {%- do problems.append('var `clustering_features` is empty: name at least one numeric column of customer_features.') -%}
    {%- endif -%}
    {%- if execute and var('lifecycle_new_days') is number and var('lifecycle_active_days') is number
        and var('lifecycle_lapsed_days') is number
        and not (var('lifecycle_new_days') <= var('lifecycle_active_days') <= var('lifecycle_lapsed_days')) -%}
        {%- do problems.append(
            'vars `lifecycle_new_days`, `lifecycle_active_days` and `lifecycle_lapsed_days` must not fall in that order.'
        ) -%}
    {%- endif -%}
    {%- if strate.is_selected() -%}
        {{- strate.stop_on(problems) -}}
    {%- endif -%}
{% endmacro %}
