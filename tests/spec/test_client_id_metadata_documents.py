"""OAuth Client ID Metadata Document (CIMD): a client whose id is the address of the document that describes it."""

from tests.auth_harness import AuthHarness
from tests.document_clients import CLAUDE, CLAUDE_CODE, publish
from tests.document_host import DocumentHost


def test_a_document_leads_to_tokens(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-76, CIMD §4: no registration, one reading, and the whole flow."""
    claude = publish(document_host, CLAUDE)
    tokens = reading.tokens(claude)
    assert reading.introspect(tokens["access_token"])["client_id"] == CLAUDE
    assert reading.refresh(claude, tokens["refresh_token"]).status_code == 200
    assert document_host.count(CLAUDE) == 1
