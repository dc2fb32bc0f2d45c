{#-
    Runs before anything is built: stops where the key of pseudonyms is not the one that the warehouse was built with,
    which would make everybody a new customer in silence, or where there must be one and is none.
-#}
{% macro check_pseudonym_key() %}
    {%- if strate.is_selected() -%}
        {%- set known = strate.built_before('pseudonym_key') -%}
        {%- set fingerprint = strate.pseudonym("'strate'") -%}
        {%- set found = run_query(
            'select ' ~ strate.has_pseudonym_key() ~ ', '
            ~ ('(select count(*) from ' ~ known ~ ' where fingerprint <> ' ~ fingerprint ~ ')' if known else '0')
        ).rows[0] -%}
        {%- set problems = [] -%}
        {%- if found[1] > 0 -%}
            {%- do problems.append(
                ('STRATE_PSEUDONYM_KEY is not the key' if found[0] else 'STRATE_PSEUDONYM_KEY is not set, and there was a key')
                ~ ' with which this warehouse was built, so that every customer would be a new one: set the former key, or'
                ~ ' rotate it as docs/privacy.md says.'
            ) -%}
        {%- elif var('require_pseudonym_key') and not found[0] -%}
            {%- do problems.append(
                'var `require_pseudonym_key` is true, and there is no key: set STRATE_PSEUDONYM_KEY to 32 characters or more.'
            ) -%}
        {%- elif not found[0] -%}
            {%- do log(
                'No STRATE_PSEUDONYM_KEY: who knows an e-mail address can work out its customer_id. Set one for real people'
                ~ ' (docs/privacy.md).',
                info=true
            ) -%}
        {%- endif -%}
        {{- strate.stop_on(problems) -}}
    {%- endif -%}
{% endmacro %}
