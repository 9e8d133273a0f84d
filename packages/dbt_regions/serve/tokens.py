"""Tokens: who may ask for a region's runs. The store keeps a token's hash; the token itself is shown once."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from sqlalchemy import Connection, RowMapping, insert, select, update

from dbt_regions.errors import RequestError
from dbt_regions.serve.store import now, tokens

_TOKEN = re.compile(r"dbtr_(\d{1,12})_[A-Za-z0-9_-]{43}")
_NOBODY = "0" * 64


def make_token(connection: Connection, region: str, note: str) -> str:
    """Return a new token for a region, whose number is in it."""
    secret = secrets.token_urlsafe(32)
    values = {"region": region, "note": note, "hash": "", "created_at": now()}
    number = connection.execute(insert(tokens).values(values).returning(tokens.c.id)).scalar_one()
    token = f"dbtr_{number}_{secret}"
    connection.execute(update(tokens).where(tokens.c.id == number).values(hash=_hash(token)))
    return token


def find_region(connection: Connection, token: str) -> str | None:
    """Return the region that a token is for; None for one that is not valid, after as much work as for one that is."""
    found = _TOKEN.fullmatch(token)
    number = int(found[1]) if found else 0
    chosen = select(tokens).where(tokens.c.id == number, tokens.c.revoked_at.is_(None))
    row = connection.execute(chosen).mappings().one_or_none()
    is_right = hmac.compare_digest(_hash(token), row["hash"] if row else _NOBODY)
    return str(row["region"]) if row and is_right else None


def list_tokens(connection: Connection) -> tuple[RowMapping, ...]:
    """Return all tokens' rows, in order."""
    return tuple(connection.execute(select(tokens).order_by(tokens.c.id)).mappings())


def revoke_token(connection: Connection, number: int) -> None:
    """Make a token invalid for good; RequestError for a number that no valid token has."""
    chosen = (tokens.c.id == number) & tokens.c.revoked_at.is_(None)
    if not connection.execute(update(tokens).where(chosen).values(revoked_at=now())).rowcount:
        message = f"there is no valid token {number}; `dbt-regions token list` shows them"
        raise RequestError(message)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
