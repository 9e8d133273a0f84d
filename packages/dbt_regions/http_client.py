"""The network's door: asks whether the dbt package hub can be reached, and speaks JSON with an API.

Only this module imports an HTTP library; it is imported inside the functions so that `--help` stays fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dbt_regions.errors import RequestError, WorldError, one_line

_HUB_TIMEOUT_SECONDS = 2.0
_API_TIMEOUT_SECONDS = 30.0
_PASSING = (429, 500, 502, 503, 504)
"""Answers that may be others a little later."""


def hub_has_package(hub: str, package: str) -> bool:
    """Return whether the package hub at the address `hub` answers for a package such as `dbt-labs/dbt_utils`.

    Any failure to reach it within two seconds means no: the caller then falls back to the stand-in.
    """
    import requests  # noqa: PLC0415  slow to import, needed here only

    try:
        response = requests.get(f"{hub.rstrip('/')}/api/v1/{package}.json", timeout=_HUB_TIMEOUT_SECONDS)
    except requests.RequestException:
        return False
    return response.ok


class JsonApi:
    """A JSON API at the address `url` that takes a bearer token.

    A read is repeated, with back-off and as the server asks (Retry-After), where the answer may be another a little
    later: no connection, 429, 5xx. A write is not: who writes knows whether it may be repeated. RequestError where the
    server says that the request or the token is wrong, WorldError where it does not answer or cannot now. Neither
    holds the token.
    """

    def __init__(self, url: str, token: str, *, attempts: int = 6, back_off: float = 0.5) -> None:
        import requests  # noqa: PLC0415  slow to import, needed here only
        from requests.adapters import HTTPAdapter  # noqa: PLC0415  as above
        from urllib3.util import Retry  # noqa: PLC0415  as above

        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = True  # a proxy, or REQUESTS_CA_BUNDLE for a certificate of the company's own
        self._session.headers.update({"Authorization": f"Bearer {token}", "Accept": "application/json"})
        retry = Retry(
            total=attempts - 1,
            backoff_factor=back_off,
            status_forcelist=_PASSING,
            allowed_methods=("GET",),
            raise_on_status=False,
        )
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def get(self, path: str, parameters: Mapping[str, object] | None = None) -> Any:
        """Return the JSON that a path has."""
        return self._send("GET", path, params=parameters)

    def post(self, path: str, body: Mapping[str, object]) -> Any:
        """Return the JSON that the server answers to a body."""
        return self._send("POST", path, json=body)

    def _send(self, method: str, path: str, **options: Any) -> Any:
        import requests  # noqa: PLC0415  slow to import, needed here only

        where = f"{method} {self._url}{path}"
        try:
            response = self._session.request(
                method, self._url + path, timeout=_API_TIMEOUT_SECONDS, allow_redirects=False, **options
            )
        except requests.RequestException as error:
            message = f"{where}: {type(error).__name__}: no answer; check the address and the network, then try again"
            raise WorldError(message) from error
        if response.status_code in _PASSING:
            message = f"{where}: {response.status_code} {response.reason}; try again later"
            raise WorldError(message)
        if response.status_code in {401, 403}:
            message = f"{where}: {response.status_code} {response.reason}; check the token and what it may do"
            raise RequestError(message)
        if not response.ok:
            message = f"{where}: {response.status_code} {response.reason}: {one_line(response.text)[:200]}"
            raise RequestError(message)
        try:
            return response.json()
        except ValueError as error:
            message = f"{where}: the answer is not JSON; check that the address is an API's"
            raise WorldError(message) from error
