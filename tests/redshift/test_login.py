"""How dbt's user logs in: by password, or by IAM up to the point where only a cluster could go on."""

from __future__ import annotations

import pytest

from support.redshift.aws import ACCESS_KEY, REGION, running_api
from support.redshift.phoenix import Phoenix
from support.redshift.standin import DATABASE, USER

AWS = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.mark.proof
def test_iam_asks_for_a_password_and_insists_on_tls(phoenix: Phoenix) -> None:
    """With method iam the driver asks AWS, signed, for the user's password, and never logs in without TLS."""
    with running_api() as api:
        done = phoenix.build(
            **AWS,
            AWS_ENDPOINT_URL_REDSHIFT=api.address,
            DBT_PHOENIX_METHOD="iam",
            DBT_PHOENIX_CLUSTER_ID="phoenix-cluster",
            DBT_PHOENIX_AWS_REGION=REGION,
            DBT_PHOENIX_SSLMODE="verify-full",
            DBT_ENV_SECRET_PHOENIX_PASSWORD="",
        )
    assert {(asked["DbUser"], asked["DbName"], asked["ClusterIdentifier"]) for asked in api.asked} == {
        (USER, DATABASE, "phoenix-cluster")
    }
    assert done.returncode == 3, done.stderr
    assert "SSL" in done.stderr
    assert "for-an-hour" not in done.stdout + done.stderr


@pytest.mark.proof
def test_wrong_password(phoenix: Phoenix) -> None:
    """A wrong password ends the build with exit 3 in one line that does not hold it."""
    done = phoenix.build(DBT_ENV_SECRET_PHOENIX_PASSWORD="not-the-password")
    assert done.returncode == 3, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "not-the-password" not in done.stdout + done.stderr


@pytest.mark.proof
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("DBT_PHOENIX_HOST", "'DBT_PHOENIX_HOST'"),
        ("DBT_ENV_SECRET_PHOENIX_PASSWORD", "'password' field(s) are required"),
    ],
)
def test_missing_variable(phoenix: Phoenix, name: str, words: str) -> None:
    """A variable that is not set is named, or what it would have said, and the request is wrong: exit 2."""
    environment = phoenix.standin.environment()
    del environment[name]
    done = phoenix.monorepo.cli("build", "phoenix", "--target", "prod", **environment)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr


@pytest.mark.proof
@pytest.mark.parametrize(
    "wrong",
    [
        {"DBT_PHOENIX_PORT": "abc"},
        {"DBT_PHOENIX_SOCKET_TIMEOUT": "soon"},
        {"DBT_PHOENIX_METHOD": "nope"},
        {"DBT_PHOENIX_METHOD": "iam"},
    ],
    ids=["port", "time-out", "method", "iam without a cluster"],
)
def test_wrong_variable(phoenix: Phoenix, wrong: dict[str, str]) -> None:
    """A variable that makes no sense is a wrong request: exit 2 in one line."""
    done = phoenix.build(**wrong)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
