"""A loopback stand-in for the one call of Amazon's Redshift API that a login by IAM makes.

It checks what the real one would: a signed request of the right service and region, and the parameters of
GetClusterCredentials. Source: Amazon Redshift API reference; AWS Signature Version 4.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

ACCESS_KEY = "AKIDONLYFORTHETEST"
REGION = "us-west-2"
_SIGNED = re.compile(
    rf"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/\d{{8}}/{REGION}/redshift/aws4_request, SignedHeaders="
)
_CREDENTIALS = """<GetClusterCredentialsResponse xmlns="http://redshift.amazonaws.com/doc/2012-12-01/">
<GetClusterCredentialsResult><DbUser>IAM:{user}</DbUser><DbPassword>for-an-hour</DbPassword>
<Expiration>2999-01-01T00:00:00Z</Expiration></GetClusterCredentialsResult></GetClusterCredentialsResponse>"""
_REFUSAL = """<ErrorResponse xmlns="http://redshift.amazonaws.com/doc/2012-12-01/"><Error><Type>Sender</Type>
<Code>{code}</Code><Message>{code}</Message></Error><RequestId>1</RequestId></ErrorResponse>"""


@dataclass
class RedshiftApi:
    """The running API; `asked` holds the parameters of each request for credentials that it granted."""

    address: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)

    def answer(self, authorization: str, parameters: dict[str, str]) -> tuple[int, str]:
        """Return the status and the body for a request."""
        if not _SIGNED.match(authorization):
            return 403, _REFUSAL.format(code="SignatureDoesNotMatch")
        if parameters.get("Action") != "GetClusterCredentials":
            return 400, _REFUSAL.format(code="CustomCnameAssociationFault")
        if not parameters.get("DbUser") or not parameters.get("ClusterIdentifier"):
            return 400, _REFUSAL.format(code="MissingParameter")
        self.asked.append(parameters)
        return 200, _CREDENTIALS.format(user=parameters["DbUser"])


@contextmanager
def running_api() -> Iterator[RedshiftApi]:
    """Run the API on a free loopback port for the length of the block."""
    api = RedshiftApi()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Answer one call of the query protocol."""
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            parameters = {name: values[0] for name, values in parse_qs(body).items()}
            status, text = api.answer(self.headers.get("Authorization", ""), parameters)
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        api.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield api
        server.shutdown()
        thread.join()
