"""Command line of Strate: one module for each group of commands, which add themselves to the app."""

from strate.cli import audit, builds, ci, demo, persons
from strate.cli.app import app

__all__ = ["app", "audit", "builds", "ci", "demo", "persons"]
