"""Command line of Strate: one module for each group of commands, which add themselves to the app."""

from strate.cli import alerts, audit, builds, ci, dashboard, demo, persons, publishing
from strate.cli.app import app

__all__ = ["alerts", "app", "audit", "builds", "ci", "dashboard", "demo", "persons", "publishing"]
