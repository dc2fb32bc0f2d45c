"""The report: one HTML file with the pictures of a build.

`read` asks the marts, `projection` makes the two dimensions of the clusters' picture, `charts` draws with Altair,
`sections` puts words and pictures together, `page` writes a file of sections, and `report` the one of a build.
"""

from strate.report.report import write_report

__all__ = ["write_report"]
