"""MCP authorization: administrators decide whose metadata documents may be clients, while the server runs."""

import pytest
from sqlmodel import select

from auth_server.audit_log.audit import AuditKind
from auth_server.models import AuditEvent
from auth_server.trust.host_rules import (
    HostVerdict,
    InvalidHostError,
    Ruling,
    forget_host_rule,
    host_verdict,
    set_host_rule,
)
from auth_server.trust.rules import allow_documents
from tests.auth_harness import AuthHarness
from tests.document_clients import CHATGPT, CLAUDE, publish
from tests.document_host import DocumentHost

ALLOW, DENY = Ruling.ALLOW, Ruling.DENY
ALLOWED, DENIED, UNLISTED = HostVerdict.ALLOWED, HostVerdict.DENIED, HostVerdict.UNLISTED


def rule(auth: AuthHarness, host: str, ruling: Ruling) -> None:
    """An administrator says something of a host."""
    with auth.database() as session:
        set_host_rule(session, host, ruling)


def test_a_denied_host_is_refused_unread(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-80: on a page that names the host; nothing is fetched."""
    claude = publish(document_host, CLAUDE)
    rule(reading, "claude.ai", DENY)
    answer = reading.authorize(claude)
    assert answer.status_code == 403
    assert "claude.ai" in answer.text
    assert document_host.count(CLAUDE) == 0


def test_once_a_host_is_allowed_no_other_one_is(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-80."""
    claude, chatgpt = publish(document_host, CLAUDE), publish(document_host, CHATGPT)
    rule(reading, "claude.ai", ALLOW)
    assert reading.authorize(claude).status_code == 200
    assert reading.authorize(chatgpt).status_code == 403


def test_a_rule_holds_from_the_next_request_on(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-80: also for a document that was read a moment ago; and forgetting the rule ends it."""
    claude = publish(document_host, CLAUDE)
    seen = [reading.authorize(claude).status_code]
    rule(reading, "*.ai", DENY)
    seen.append(reading.authorize(claude).status_code)
    with reading.database() as session:
        forget_host_rule(session, "*.ai")
    seen.append(reading.authorize(claude).status_code)
    assert seen == [200, 403, 200]


def test_documents_are_switched_off_and_on(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-80, AS-82: the metadata and the authorization endpoint agree at every moment."""
    claude = publish(document_host, CLAUDE)
    for is_allowed, status in ((False, 403), (True, 200)):
        with reading.database() as session:
            allow_documents(session, is_allowed)
        metadata = reading.http.get("/.well-known/oauth-authorization-server").json()
        assert metadata.get("client_id_metadata_document_supported", False) is is_allowed
        assert reading.authorize(claude).status_code == status


def test_who_is_connected_stays_connected(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-80: a rule is about connecting; what people allowed before is theirs to end, or the administrator's."""
    claude = publish(document_host, CLAUDE)
    tokens = reading.tokens(claude)
    rule(reading, "claude.ai", DENY)
    assert reading.refresh(claude, tokens["refresh_token"]).status_code == 200


def test_a_client_that_registered_itself_has_no_host_to_judge(reading: AuthHarness) -> None:
    """AS-80: its word for where it comes from is not evidence."""
    rule(reading, "claude.ai", ALLOW)
    assert reading.tokens(reading.register())


@pytest.mark.parametrize(
    ("rules", "verdicts"),
    [
        ({}, {"claude.ai": ALLOWED}),
        (
            {"claude.ai": DENY},
            {"claude.ai": DENIED, "CLAUDE.AI": DENIED, "claude.ai.": DENIED, "sub.claude.ai": ALLOWED},
        ),
        ({"claude.ai": ALLOW}, {"claude.ai": ALLOWED, "sub.claude.ai": UNLISTED, "evil-claude.ai": UNLISTED}),
        ({"*.example.com": ALLOW}, {"a.example.com": ALLOWED, "b.a.example.com": ALLOWED, "example.com": UNLISTED}),
        ({"*.example.com": ALLOW}, {"evilexample.com": UNLISTED, "example.com.evil.net": UNLISTED}),
        ({"*.example.com": ALLOW, "a.example.com": DENY}, {"a.example.com": DENIED, "b.example.com": ALLOWED}),
        ({"*.example.com": DENY, "a.example.com": ALLOW}, {"a.example.com": DENIED}),
        ({"bücher.example": ALLOW}, {"xn--bcher-kva.example": ALLOWED}),
        ({"com": DENY}, {"example.com": ALLOWED}),
        ({"192.0.2.7": DENY}, {"192.0.2.7": DENIED}),
        ({}, {"a." * 1000 + "example": DENIED, "": ALLOWED, "..": ALLOWED}),
    ],
)
def test_what_rules_say_of_hosts(auth: AuthHarness, rules: dict[str, Ruling], verdicts: dict[str, HostVerdict]) -> None:
    """AS-80: exact hosts, or with `*.` all below one; a denial wins over every permission."""
    with auth.database() as session:
        for host, ruling in rules.items():
            set_host_rule(session, host, ruling)
        assert {host: host_verdict(session, host) for host in verdicts} == verdicts


def test_the_last_word_about_a_host_counts(auth: AuthHarness) -> None:
    """AS-80: however it is spelt."""
    rule(auth, "claude.ai", ALLOW)
    rule(auth, " Claude.AI. ", DENY)
    with auth.database() as session:
        assert host_verdict(session, "claude.ai") is DENIED
        assert forget_host_rule(session, "CLAUDE.ai")
        assert host_verdict(session, "claude.ai") is ALLOWED


@pytest.mark.parametrize(
    "given",
    ["", "*", "*.", "*.*.com", "a*.com", "https://claude.ai", "claude.ai/x", "claude.ai:443", "a b", "a..b", "-a.com",
     "a" * 64 + ".com", "a." * 130 + "com", "\udcff.com"],
)  # fmt: skip
def test_what_is_no_host_makes_no_rule(auth: AuthHarness, given: str) -> None:
    """AS-80: an administrator who mistypes is told, not silently unprotected."""
    with auth.database() as session, pytest.raises(InvalidHostError):
        set_host_rule(session, given, DENY)


def test_every_rule_is_audited(auth: AuthHarness) -> None:
    """AS-80: also that one was forgotten."""
    rule(auth, "claude.ai", DENY)
    with auth.database() as session:
        forget_host_rule(session, "claude.ai")
        facts = [
            event.facts
            for event in session.exec(select(AuditEvent).where(AuditEvent.kind == AuditKind.HOST_RULE_CHANGED))
        ]
    assert facts == [{"host": "claude.ai", "verdict": "deny"}, {"host": "claude.ai", "verdict": "forgotten"}]
