"""Conditions on grants and keys: those that open something now, as far as they themselves say."""

from sqlalchemy import ColumnElement, or_
from sqlmodel import col

from auth_server.models import ApiKey, Grant
from shared.clock import now


def grants_are_live() -> tuple[ColumnElement[bool], ...]:
    """Of the grants those that apps can use now."""
    return (col(Grant.activated_at).is_not(None), col(Grant.revoked_at).is_(None), col(Grant.expires_at) > now())


def keys_are_live() -> tuple[ColumnElement[bool], ...]:
    """Of the keys those that have neither been revoked nor expired."""
    expires = col(ApiKey.expires_at)
    return (col(ApiKey.revoked_at).is_(None), or_(expires.is_(None), expires > now()))
