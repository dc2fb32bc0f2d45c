"""Continuous integration: changes are built beside what they change, models trained anew beside the served ones."""
