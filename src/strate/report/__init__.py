"""The report: one HTML file with the pictures of a build.

`read` asks the marts, `projection` makes the two dimensions of the clusters' picture, `charts` draws with Altair,
`sections` puts words and pictures together, and `page` writes the file.
"""

from strate.report.page import write_report

__all__ = ["write_report"]
