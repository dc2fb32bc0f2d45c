{#-
    The segmentations of the var hybrid_segmentations, each as a dict: `key`, `min_size`, `problems` (sentences) and
    `dimensions`. A dimension is a dict: `segmentation`, or `column` with `bands` (none for a column of texts), and
    `label`, the words around the name of a value.
-#}
{% macro crossed_segmentations() %}
    {%- set types = {} -%}
    {%- for column, type, group, inputs in strate.feature_columns() -%}
        {%- do types.update({column: type}) -%}
    {%- endfor -%}
    {%- for column in strate.extra_columns('crm_customers') + strate.extra_columns('geo_areas') -%}
        {%- do types.update({column: 'text'}) -%}
    {%- endfor -%}
    {%- set segmentations = strate.base_segmentations() + strate.rule_segmentations() -%}
    {%- set crossed = [] -%}
    {%- for key, given in (var('hybrid_segmentations') if var('hybrid_segmentations') is mapping else {}).items() -%}
        {%- set where = 'var `hybrid_segmentations`: `' ~ key ~ '`' -%}
        {%- set problems = [] -%}
        {%- set dimensions = [] -%}
        {%- set declared = given if given is mapping else {} -%}
        {%- set cross = declared.get('cross') -%}
        {%- for field in declared if field not in ['cross', 'min_size'] -%}
            {%- do problems.append(where ~ ' has `' ~ field ~ '`: it takes only `cross` and `min_size`.') -%}
        {%- endfor -%}
        {%- if not modules.re.match('^[a-z][a-z0-9_]*$', key | string) or key in segmentations + ['rule'] -%}
            {%- do problems.append(where ~ ' cannot be the name of a segmentation: take another, in lower case and without blanks.') -%}
        {%- endif -%}
        {%- set min_size = declared.get('min_size', var('min_segment_size')) -%}
        {%- if 'min_size' in declared and (min_size is not number or min_size is boolean or min_size < 0) -%}
            {%- do problems.append(where ~ ' has `min_size` ' ~ min_size | tojson ~ ': set it to a number of customers.') -%}
        {%- endif -%}
        {%- if cross is string or cross is mapping or cross is not sequence or not 2 <= cross | length <= 4 -%}
            {%- do problems.append(where ~ ' needs `cross`, a list of two to four segmentations or columns.') -%}
            {%- set cross = [] -%}
        {%- endif -%}
        {%- for dimension in cross -%}
            {%- set wanted = dimension if dimension is mapping else {'segmentation': dimension} -%}
            {%- set column = wanted.get('column') -%}
            {%- set type = types.get(column) -%}
            {%- set bands = wanted.get('bands') -%}
            {%- for field in wanted if field not in ['segmentation', 'column', 'bands', 'label'] -%}
                {%- do problems.append(
                    where ~ ' crosses something with `' ~ field ~ '`: take one of segmentation, column, bands, label.'
                ) -%}
            {%- endfor -%}
            {%- if column is none and wanted.get('segmentation') not in segmentations -%}
                {%- do problems.append(
                    where ~ ' crosses `' ~ wanted.get('segmentation') ~ '`, which is no segmentation: take one of '
                    ~ strate.alike(wanted.get('segmentation') | string, segmentations) | join(', ')
                    ~ ', or name a column as {column: ...}.'
                ) -%}
            {%- elif column is not none and type is none -%}
                {%- do problems.append(
                    where ~ ' crosses the column `' ~ column ~ '`, which customer_features does not have: take one of '
                    ~ strate.alike(column | string, types.keys() | list) | join(', ') ~ '.'
                ) -%}
            {%- elif type in ['integer', 'double'] and (
                bands is string or bands is mapping or bands is not sequence or not bands
                or bands | reject('number') | list or bands | list != bands | unique | sort
            ) -%}
                {%- do problems.append(
                    where ~ ' crosses the column `' ~ column ~ '`, a number: give it `bands`, the rising values at which a new band'
                    ~ ' begins, such as [25, 40, 60].'
                ) -%}
            {%- elif type in ['text', 'boolean'] and bands -%}
                {%- do problems.append(where ~ ' gives bands to the column `' ~ column ~ '`, which is no number: leave them out.') -%}
            {%- endif -%}
            {%- do dimensions.append({
                'segmentation': wanted.get('segmentation'),
                'column': column,
                'type': type,
                'bands': bands,
                'label': wanted.get('label', '{} value' if wanted.get('segmentation') == 'value'
                    else (column | string | replace('_', ' ') ~ ' {}' if column else '{}')),
            }) -%}
        {%- endfor -%}
        {%- do crossed.append({'key': key, 'min_size': min_size, 'dimensions': dimensions, 'problems': problems}) -%}
    {%- endfor -%}
    {{- return(crossed) -}}
{% endmacro %}
