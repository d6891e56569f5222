"""What the pages around messages share: "check your mail", a link that is dead, and too many questions."""

from fastapi import Request, Response

from auth_server.web.error_pages import PageProblem
from auth_server.web.page_services import PageServices
from shared.refusals import Reason, Step


def check_your_mail(services: PageServices, email: str, lifetime: str, *, is_sure: bool) -> Response:
    """The same page, whatever happened to the message and whoever has the address.

    `is_sure` says that every address is written to, not only those with an account.
    """
    return services.pages.render(
        "sign_up/check_your_mail.html",
        email=email,
        lifetime=lifetime,
        is_sure=is_sure,
        sends_mail=services.core.outbox.has_server,
    )


def peer_of(request: Request) -> str:
    """The real peer's address."""
    return request.client.host if request.client else ""


def dead_link(link: str, label: str) -> PageProblem:
    """A link of a message that was used before, is too old, or never was one."""
    return PageProblem(
        "This link does not work",
        "It was used before, or is too old.",
        "Ask for a new one. Each link works once.",
        step=Step.ACCOUNT,
        reason=Reason.MAIL_LINK_DEAD,
        status=403,
        link=link,
        link_label=label,
    )


def too_much_mail() -> PageProblem:
    """429: says nothing about the address, for whoever asks is counted whatever they type."""
    return PageProblem(
        "That was asked too often",
        "Only so many messages are sent to one address, or asked for from one place, within an hour.",
        "Look into your mail, also where unwanted mail goes. Otherwise try again in an hour.",
        step=Step.ACCOUNT,
        reason=Reason.TOO_MANY_ATTEMPTS,
        status=429,
        retry_after=3600,
    )
