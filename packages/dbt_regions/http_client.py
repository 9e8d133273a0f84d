"""The network's door: asks whether the dbt package hub can be reached.

Only this module imports an HTTP library; it is imported inside the function so that `--help` stays fast.
"""

from __future__ import annotations

_TIMEOUT_SECONDS = 2.0


def hub_has_package(hub: str, package: str) -> bool:
    """Return whether the package hub at the address `hub` answers for a package such as `dbt-labs/dbt_utils`.

    Any failure to reach it within two seconds means no: the caller then falls back to the stand-in.
    """
    import requests  # noqa: PLC0415  slow to import, needed here only

    try:
        response = requests.get(f"{hub.rstrip('/')}/api/v1/{package}.json", timeout=_TIMEOUT_SECONDS)
    except requests.RequestException:
        return False
    return response.ok
