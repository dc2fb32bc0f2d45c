"""The dashboard: a Streamlit app that shows the published copy and nothing else.

`server` starts it behind `gate`, `app` is what Streamlit runs, `publication` opens the copy, `queries` ask it,
`address` keeps filters in the address, `show` puts figures on the page, and `views` has a module for each page.
"""
