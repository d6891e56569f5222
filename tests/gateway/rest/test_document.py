"""The gateway API against its own document, with input that schemathesis makes up: it keeps to what it says."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.rest.plain_apps import PlainApp, plain_app

pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning"), pytest.mark.timeout(600)]
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]


@pytest.fixture(scope="module")
def asker(doors: Doors, upstream_url: str) -> Iterator[PlainApp]:
    """A program that may do everything, with one server, for the module: what a request changes, the next one finds."""
    behind = Behind(doors)
    behind.http("fix", upstream_url)
    app = plain_app(doors, scope="gateway:call gateway:manage")
    wait_until(lambda: app.tools())
    yield app
    behind.close()


@pytest.fixture(scope="module")
def gateway_schema(asker: PlainApp) -> Any:
    """The document, read as a program reads it."""
    return schemathesis.openapi.from_url(f"{asker.origin}/mcp/openapi.json")


schema = schemathesis.pytest.from_fixture("gateway_schema")


@pytest.mark.thorough
@schema.parametrize()
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_operation_keeps_to_the_document(case: Case, asker: PlainApp) -> None:
    """No 5xx; status, content type and body are among those the document names."""
    case.call_and_validate(checks=CHECKS, headers=asker.headers)
