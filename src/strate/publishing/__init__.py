"""A copy of the public tables for BI tools, which neither waits for a build nor keeps one waiting."""

from strate.publishing.publish import Targets, publish
from strate.publishing.source import Publication, Source

__all__ = ["Publication", "Source", "Targets", "publish"]
