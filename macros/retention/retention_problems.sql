{#-
    What the var `retention_days` says that cannot work, a list of sentences. A period that leaves the earliest date of
    features nothing, or increments too little to look back on, is refused; one that only shortens windows is warned of.
-#}
{% macro retention_problems() %}
    {%- set periods = var('retention_days') -%}
    {%- set classes = strate.retention_classes() -%}
    {%- set problems = [] -%}
    {%- if periods is not mapping -%}
        {%- do problems.append(
            'var `retention_days` is ' ~ periods | tojson ~ ': give classes their days, as in {tracking: 790}, or null to keep.'
        ) -%}
        {{- return(problems) -}}
    {%- endif -%}
    {%- set numbers = [var('training_date_count'), var('training_date_spacing_days'), var('lookback_days')] -%}
    {%- set span = numbers[0] * numbers[1] if numbers | select('number') | list | length == 3 else 0 -%}
    {%- for class, days in periods.items() if days is not none -%}
        {%- if class not in classes -%}
            {%- do problems.append(
                'var `retention_days` names `' ~ class ~ '`, which is no class of data: take one of ' ~ classes | join(', ') ~ '.'
            ) -%}
        {%- elif days is not integer or days is boolean or days < 1 -%}
            {%- do problems.append(
                'var `retention_days` gives `' ~ class ~ '` ' ~ days | tojson ~ ': set it to whole days, 1 or more, or null to keep.'
            ) -%}
        {%- elif classes[class] is not none and span and days < span + numbers[2] + 2 -%}
            {%- do problems.append(
                'var `retention_days` gives `' ~ class ~ '` ' ~ days ~ ' days, but the earliest date that gets features is '
                ~ span ~ ' days before the latest, and late rows are looked for ' ~ numbers[2] ~ ' days back: set it to '
                ~ (span + numbers[2] + 2) ~ ' or more, or lower training_date_count or training_date_spacing_days.'
            ) -%}
        {%- elif classes[class] is not none and days < numbers[2] + 2 -%}
            {%- do problems.append(
                'var `retention_days` gives `' ~ class ~ '` ' ~ days ~ ' days, but late rows are looked for ' ~ numbers[2]
                ~ ' days back: set it to ' ~ (numbers[2] + 2) ~ ' or more.'
            ) -%}
        {%- elif classes[class] and days < span + classes[class] and strate.is_selected() -%}
            {%- do exceptions.warn(
                'var `retention_days` keeps `' ~ class ~ '` for ' ~ days ~ ' days: features that look back '
                ~ classes[class] ~ ' days see only ' ~ (days - span) ~ (' of them at the earliest date.' if span else ' of them.')
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(problems) -}}
{% endmacro %}
