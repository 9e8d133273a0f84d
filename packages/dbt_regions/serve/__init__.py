"""The job server: dbt Cloud's Administrative API v2 over the regions of this checkout, each load built exactly once."""
