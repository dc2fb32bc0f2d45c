{#-
    A text without the characters that nobody sees: blanks, and on DuckDB also line ends, zero-width spaces, direction marks
    and all others of their kind; an accented letter is one character there, however it was typed.
-#}
{% macro bare_text(expression) %}
    {{- return(adapter.dispatch('bare_text', 'strate')(expression)) -}}
{% endmacro %}

{% macro default__bare_text(expression) %}replace({{ expression }}, ' ', ''){% endmacro %}

{% macro duckdb__bare_text(expression) %}regexp_replace(nfc_normalize({{ expression }}), '[\p{Z}\p{C}]', '', 'g'){% endmacro %}
