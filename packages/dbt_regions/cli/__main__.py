"""Runs the command as `python -m dbt_regions.cli`."""

from dbt_regions.cli import main

main()
