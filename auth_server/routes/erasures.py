"""How far an erasure is, for whoever has the address: nobody is signed in to an account that is gone."""

import json

from fastapi import APIRouter, Response

from auth_server.membership.erasure_certificates import certificate, labelled
from auth_server.membership.erasures import find_erasure
from auth_server.models import Erasure
from auth_server.web.error_pages import PageProblem
from auth_server.web.page_services import PageServices, PageServicesDep
from shared.database import unit_of_work
from shared.refusals import Reason, Step

router = APIRouter(include_in_schema=False)


@router.get("/erasures/{erasure_id}")
def erasure_page(erasure_id: str, services: PageServicesDep, key: str = "") -> Response:
    """In progress, or what was destroyed and when."""
    erasure = _find(services, erasure_id, key)
    template = "account/erasure_done.html" if erasure.acknowledged_at else "account/erasure_pending.html"
    return services.pages.render(template, erasure=erasure, facts=labelled(erasure.facts), key=key)


@router.get("/erasures/{erasure_id}/certificate")
def download(erasure_id: str, services: PageServicesDep, key: str = "") -> Response:
    """The certificate as JSON, with its signature."""
    erasure = _find(services, erasure_id, key)
    if erasure.acknowledged_at is None:
        raise _unknown()
    with unit_of_work(services.engine, read_only=True) as session:
        said = certificate(session, services.settings, services.core.signing_seal, erasure)
    headers = {
        "Content-Disposition": f'attachment; filename="ostiary-erasure-{erasure.id}.json"',
        "Cache-Control": "no-store",
    }
    return Response(json.dumps(said, indent=2), media_type="application/json", headers=headers)


def _find(services: PageServices, erasure_id: str, key: str) -> Erasure:
    with unit_of_work(services.engine, read_only=True) as session:
        erasure = find_erasure(session, erasure_id, key)
    if erasure is None:
        raise _unknown()
    return erasure


def _unknown() -> PageProblem:
    return PageProblem(
        "There is no such certificate",
        "The address is not complete, or nothing was erased under it yet.",
        "Use the address exactly as you got it when the account was deleted.",
        step=Step.ACCOUNT,
        reason=Reason.ERASURE_UNKNOWN,
        status=404,
        link="/login",
        link_label="Sign in",
    )
