"""The pages of OpenID Connect: who somebody is, an app that administers, and signing out."""

from urllib.parse import urlencode

from playwright.sync_api import Page

from tests.e2e.scenes_admin import open_page
from tests.e2e.site import Scene, Site, sign_in
from tests.openid_steps import WHO, administering_client, identity

BACK = "https://wiki.example.org/oauth/callback"
GONE = "https://wiki.example.org/gone"
NEW = "new@example.org"


def consent_who_you_are(page: Page, site: Site) -> None:
    sign_in(page, site, NEW)
    page.goto(asking(site, scope=f"{WHO} offline_access"))


def consent_who_and_memories(page: Page, site: Site) -> None:
    sign_in(page, site, NEW)
    page.goto(asking(site, scope=f"{WHO} memory:read"))


def consent_nothing_told(page: Page, site: Site) -> None:
    consent_who_you_are(page, site)
    page.get_by_label("Know that it is you").uncheck()
    page.get_by_label("Your password").fill("not needed to see what is wrong")
    page.get_by_role("button", name="Connect").click()
    page.locator("[role=alert]").wait_for()


def consent_administration(page: Page, site: Site) -> None:
    open_page(page, site, "/admin")
    client = administering_client(site.auth)
    asked = site.auth.authorization_parameters(client, scope="admin", resource=site.auth.settings.admin_resource)
    page.goto(f"{site.url}/authorize?{urlencode(asked)}")


def consent_no_administrator(page: Page, site: Site) -> None:
    sign_in(page, site, NEW)
    client = administering_client(site.auth)
    asked = site.auth.authorization_parameters(client, scope="admin", resource=site.auth.settings.admin_resource)
    page.goto(f"{site.url}/authorize?{urlencode(asked)}")


def login_again(page: Page, site: Site) -> None:
    sign_in(page, site, NEW)
    page.goto(asking(site, scope=WHO, prompt="login"))


def apps_that_know_who_it_is(page: Page, site: Site) -> None:
    site.auth.http.cookies.clear()
    site.auth.sign_in("ada@example.org")
    identity(site.auth, site.auth.register(client_name="Our wiki", redirect_uris=[BACK]))
    sign_in(page, site)


def end_session(page: Page, site: Site) -> None:
    sign_in(page, site, NEW)
    page.goto(leaving(site))


def end_session_refused(page: Page, site: Site) -> None:
    sign_in(page, site, NEW)
    page.goto(f"{site.url}/end-session?{urlencode({'post_logout_redirect_uri': GONE})}")


def signed_out(page: Page, site: Site) -> None:
    page.goto(leaving(site))


def asking(site: Site, **changes: str) -> str:
    client = site.auth.register(client_name="Our wiki", redirect_uris=[BACK])
    return f"{site.url}/authorize?{urlencode(site.auth.authorization_parameters(client, resource=None, **changes))}"


def leaving(site: Site) -> str:
    client = site.auth.register(client_name="Our wiki", redirect_uris=[BACK], post_logout_redirect_uris=[GONE])
    return f"{site.url}/end-session?{urlencode({'client_id': client.id, 'post_logout_redirect_uri': GONE})}"


OPENID_SCENES: tuple[Scene, ...] = (
    consent_who_you_are,
    consent_who_and_memories,
    consent_nothing_told,
    consent_administration,
    consent_no_administrator,
    login_again,
    apps_that_know_who_it_is,
    end_session,
    end_session_refused,
    signed_out,
)
