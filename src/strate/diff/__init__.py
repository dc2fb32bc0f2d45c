"""Two builds compared: who would be in which other segment, before the change is merged."""

from strate.diff.builds import Build
from strate.diff.compare import Diff, compare_builds
from strate.diff.html import diff_page
from strate.diff.markdown import render_markdown
from strate.diff.thresholds import Thresholds

FORMATS = ("markdown", "json", "html")

__all__ = ["FORMATS", "Build", "Diff", "Thresholds", "compare_builds", "diff_page", "render_markdown"]
