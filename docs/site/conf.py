"""Sphinx makes pages of the project's Markdown as it is; no page asks anything of the network."""

project = "Strate"
copyright = "The authors of Strate, Apache License 2.0"
root_doc = "docs/site/index"
include_patterns = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/**.md", "examples/*/README.md"]

extensions = ["myst_parser"]
myst_heading_anchors = 4  # as GitHub makes them
myst_links_external_new_tab = False

html_theme = "furo"
html_title = "Strate"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
