"""The pages of administration, as an administrator meets them."""

from datetime import datetime, timedelta

from playwright.sync_api import Page
from sqlmodel import select

from auth_server.models import User
from auth_server.operation.activity_counts import CountingServer, add_counts
from auth_server.signing_keys import published_rows, rotate
from auth_server.trust.host_rules import Ruling, set_host_rule
from shared.activity import Count, Counted
from shared.clock import now
from tests.e2e.site import PASSWORD, Site, sign_in

ROOT = "root@example.org"


def admin_overview(page: Page, site: Site) -> None:
    with site.auth.database() as session:
        hours = [now() - timedelta(hours=back) for back in range(20)]
        counts = [Count(_begun(hour), Counted.CALLS, "", 3 + hour.hour * 2, 400 + hour.hour * 90) for hour in hours]
        refused = [Count(_begun(now()), Counted.REFUSALS, reason, 4) for reason in ("token_expired", "wrong_password")]
        add_counts(session, CountingServer.MCP, [*counts, *refused])
    open_page(page, site, "/admin")


def admin_refused(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/admin")


def admin_audit(page: Page, site: Site) -> None:
    open_page(page, site, "/admin/audit")


def admin_audit_details(page: Page, site: Site) -> None:
    open_page(page, site, "/admin/audit?kind=grant_created&person=ada@example.org")
    page.get_by_text("Technical details").first.click()


def admin_audit_empty(page: Page, site: Site) -> None:
    open_page(page, site, "/admin/audit?q=nothing+of+this+kind")


def admin_audit_verified(page: Page, site: Site) -> None:
    open_page(page, site, "/admin/audit/verification")


def admin_audit_head_refused(page: Page, site: Site) -> None:
    open_page(page, site, "/admin/audit/verification?head=7:nonsense")


def admin_signing_keys(page: Page, site: Site) -> None:
    rotated(site)
    open_page(page, site, "/admin/signing-keys")


def admin_signing_key_not_named(page: Page, site: Site) -> None:
    admin_signing_keys(page, site)
    page.get_by_text("Retire a key at once").first.click()
    page.get_by_label("Type").fill("another")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Retire a key at once").click()
    page.locator("[aria-invalid]").wait_for()


def admin_signing_key_too_new(page: Page, site: Site) -> None:
    admin_signing_keys(page, site)
    page.get_by_role("button", name="Rotate now").click()
    page.locator("[role=alert]").wait_for()


def admin_trust(page: Page, site: Site) -> None:
    with site.auth.database() as session:
        set_host_rule(session, "elsewhere.example", Ruling.DENY)
    open_page(page, site, "/admin/trust")


def admin_trust_token(page: Page, site: Site) -> None:
    admin_trust(page, site)
    page.get_by_role("button", name="Make a token").click()
    page.locator("[role=status]").wait_for()


def admin_trust_no_host(page: Page, site: Site) -> None:
    admin_trust(page, site)
    page.get_by_label("Host", exact=True).fill("https://claude.ai/")
    page.get_by_role("button", name="Allow").click()
    page.locator("[aria-invalid]").wait_for()


def rotated(site: Site) -> None:
    """One key is retired already."""
    with site.auth.database() as session:
        if any(key.retired_at for key in published_rows(session)):
            return
        for key in published_rows(session):
            key.created_at -= timedelta(minutes=10)
        session.flush()
        rotate(session, site.auth.services.signing_seal)


def _begun(hour: datetime) -> datetime:
    return hour.replace(minute=0, second=0, microsecond=0)


def open_page(page: Page, site: Site, path: str) -> None:
    """As the administrator, who is made at the first time."""
    with site.auth.database() as session:
        is_known = session.exec(select(User).where(User.email == ROOT)).first() is not None
    if not is_known:
        site.auth.create_user(ROOT, is_admin=True)
    sign_in(page, site, ROOT)
    page.goto(f"{site.url}{path}")


ADMIN_SCENES = (
    admin_overview,
    admin_refused,
    admin_audit,
    admin_audit_details,
    admin_audit_empty,
    admin_audit_verified,
    admin_audit_head_refused,
    admin_signing_keys,
    admin_signing_key_not_named,
    admin_signing_key_too_new,
    admin_trust,
    admin_trust_token,
    admin_trust_no_host,
)
