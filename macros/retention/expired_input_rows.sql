{#-
    For each input and class a row of `note_expired`: how many rows of the input are beyond the cut-off, and how many of
    these were not at the cut-off of the build before. A rejected row goes at the cut-off of its class or of
    rejected_rows, whichever is later, and is counted once.
-#}
{% macro expired_input_rows(date, cutoffs, before) %}
    {%- set rows = [] -%}
    {%- for input, age in strate.input_ages().items() if age.class in cutoffs or 'rejected_rows' in cutoffs -%}
        {%- set conditions = {} -%}
        {%- for when, dates in [('now', cutoffs), ('before', before)] -%}
            {%- set own = '(' ~ ('' if age.rejected_go_by_class else 'is_rejected = 0 and ')
                ~ 'coalesce(row_date < ' ~ strate.date_literal(dates.get(age.class)) ~ ', false))' -%}
            {%- set rejected = '(is_rejected = 1 and coalesce(row_date < ' ~ strate.date_literal(dates.get('rejected_rows'))
                ~ ', false))' -%}
            {%- do conditions.update({when: (own, rejected)}) -%}
        {%- endfor -%}
        {%- set own, rejected = conditions.now -%}
        {%- set rejected = rejected ~ ' and not ' ~ own -%}
        {%- set still = ' and not ' ~ conditions.before[0] ~ ' and not ' ~ conditions.before[1] -%}
        {%- set sums = [] -%}
        {%- for condition in [own, own ~ still, rejected, rejected ~ still] -%}
            {%- do sums.append('coalesce(sum(case when ' ~ condition ~ ' then row_count end), 0)') -%}
        {%- endfor -%}
        {%- set counts = run_query('select ' ~ sums | join(', ') ~ ' from (' ~ age.rows ~ ') as input_rows').rows[0] -%}
        {%- for class, expired, removed in [
            (age.class, counts[0], counts[1]), ('rejected_rows', counts[2], counts[3]),
        ] if class in cutoffs -%}
            {%- do rows.append(
                [class, input, strate.retention_days(class), date, cutoffs[class], expired | int, removed | int]
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(rows) -}}
{% endmacro %}
