{#-
    A condition over recent events as SQL over the columns that rule_memberships makes for each event and number of
    days: <event>_<days>_count, _last_at, and _last_until.
-#}
{% macro event_condition_sql(condition, where, leaves, problems) %}
    {%- set events = strate.rule_events().keys() | list -%}
    {%- set legal = ['event', 'no_event', 'within_days', 'at_least', 'followed_by', 'not_followed_by'] -%}
    {%- set problem_count = problems | length -%}
    {%- for option in condition if option not in legal -%}
        {%- do problems.append(
            where ~ ' has `' ~ option ~ '` beside an event: take one of ' ~ strate.alike(option | string, legal) | join(', ')
            ~ ', and put conditions over columns beside it in a list.'
        ) -%}
    {%- endfor -%}
    {%- for option in ['event', 'no_event', 'followed_by', 'not_followed_by']
        if option in condition and condition[option] not in events -%}
        {%- do problems.append(
            where ~ ' names the event `' ~ condition[option] ~ '`, which there is not: take one of '
            ~ strate.alike(condition[option] | string, events) | join(', ') ~ '.'
        ) -%}
    {%- endfor -%}
    {%- for option in ['within_days', 'at_least'] if option in condition or option == 'within_days' -%}
        {%- set value = condition.get(option) -%}
        {%- if value is not integer or value is boolean or not 1 <= value <= 3650 -%}
            {%- do problems.append(
                where ~ ' has the event `' ~ condition.get('event', condition.get('no_event')) ~ '` with `' ~ option ~ '` '
                ~ value | tojson ~ ': set it to a whole number from 1 to 3650.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set details = ['event', 'at_least', 'followed_by', 'not_followed_by'] | select('in', condition) | list -%}
    {%- if 'no_event' in condition and details -%}
        {%- do problems.append(where ~ ' has `' ~ details | join('`, `') ~ '` beside `no_event`, which takes only `within_days`.') -%}
    {%- elif 'followed_by' in condition and 'not_followed_by' in condition -%}
        {%- do problems.append(where ~ ' has both `followed_by` and `not_followed_by`: make two conditions of them.') -%}
    {%- endif -%}
    {%- if problems | length > problem_count -%}
        {{- return('false') -}}
    {%- endif -%}

    {%- set days = condition.within_days -%}
    {%- set name = condition.get('event', condition.get('no_event')) -%}
    {%- set follower = condition.get('followed_by', condition.get('not_followed_by')) -%}
    {%- for event in [name, follower] if event is not none -%}
        {%- do leaves.append({'event': event, 'days': days}) -%}
    {%- endfor -%}
    {%- set count = 'coalesce(recent_events.' ~ name ~ '_' ~ days ~ '_count, 0)' -%}
    {%- if 'no_event' in condition -%}
        {{- return(count ~ ' = 0') -}}
    {%- endif -%}
    {%- set parts = [count ~ ' >= ' ~ condition.get('at_least', 1)] -%}
    {%- if follower is not none -%}
        {%- set is_followed = 'coalesce(recent_events.' ~ follower ~ '_' ~ days ~ '_last_until > recent_events.' ~ name
            ~ '_' ~ days ~ '_last_at, false)' -%}
        {%- do parts.append(is_followed if 'followed_by' in condition else 'not ' ~ is_followed) -%}
    {%- endif -%}
    {{- return('(' ~ parts | join(' and ') ~ ')') -}}
{% endmacro %}
