"""A copy of the public tables for BI tools, which neither waits for a build nor keeps one waiting."""

from strate.publishing.postgres import PostgresTarget
from strate.publishing.publish import Targets, publish
from strate.publishing.source import Publication, Source

__all__ = ["PostgresTarget", "Publication", "Source", "Targets", "publish"]
