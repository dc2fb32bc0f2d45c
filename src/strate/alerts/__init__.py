"""Alerts: what fell or rose in which segment, and telling people.

`find_alerts` is the one call a dbt model makes.
"""

from strate.alerts.find import find_alerts

__all__ = ["find_alerts"]
