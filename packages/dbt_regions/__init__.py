"""dbt-regions: runs, records and reports the staged builds of every regional dbt project.

The package's rooms and their order are in `pyproject.toml` (import-linter); the front door is `cli`.
"""
