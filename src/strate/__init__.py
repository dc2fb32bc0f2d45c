"""Strate: customer segmentation that lives in the warehouse as a dbt project."""
