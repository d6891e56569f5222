"""CIMD §6.7 and OAuth 2.1 §7.12: logos are fetched by the server, drawn anew, and never linked to (AS-30, AS-78)."""

import asyncio

import httpx2
import pytest

from tests import bad_answers
from tests.auth_harness import AuthHarness, later
from tests.document_clients import publish
from tests.document_host import proper_answer
from tests.spec.logo_site import ELSEWHERE, Site, drawn, image_answer, picture, shows_initials
from tests.spec.logo_site import auth as auth
from tests.spec.logo_site import site as site


def browser_of(auth: AuthHarness) -> httpx2.AsyncClient:
    """Ada's browser, which does many things at once on the server's own event loop."""
    transport, cookies = httpx2.ASGITransport(auth.app), dict(auth.http.cookies)
    return httpx2.AsyncClient(transport=transport, base_url=auth.settings.issuer, cookies=cookies)


def test_the_logo_stands_beside_the_verified_host_and_in_connected_apps(auth: AuthHarness, site: Site) -> None:
    """AS-30, AS-20: what looks like a name of trust never stands alone."""
    site.serve(picture(), "image/png")
    client = site.app()
    page = auth.authorize(client).text
    assert drawn(page) is not None
    assert f"<strong>{site.host}</strong>" in page
    auth.tokens(client)
    apps = auth.http.get("/account/apps").text
    assert drawn(apps) == drawn(page)
    assert f"<strong>{site.host}</strong>" in apps


def test_the_pages_may_show_it_and_nothing_from_elsewhere(auth: AuthHarness, site: Site) -> None:
    """AS-23, AS-30: images come from this server or from the page itself."""
    site.serve(picture(), "image/png")
    answer = auth.authorize(site.app())
    assert "img-src 'self' data:;" in answer.headers["content-security-policy"]
    assert site.logo not in answer.text


@pytest.mark.parametrize(
    "logo_uri", ["https://static.{host}/logo.png", "https://example/logo.png", "https://{host}:8443/logo.png"]
)
def test_a_logo_may_lie_on_the_same_site(auth: AuthHarness, site: Site, logo_uri: str) -> None:
    """AS-30: on the document's host, below it, or above it."""
    logo_uri = logo_uri.format(host=site.host)
    site.serve(picture(), logo_uri=logo_uri)
    assert drawn(auth.authorize(site.app(logo_uri)).text) is not None


@pytest.mark.parametrize(
    "logo_uri", [ELSEWHERE, "https://other{host}/logo.png", "https://{host}.evil.example/logo.png"]
)
def test_nobody_borrows_another_sites_face(auth: AuthHarness, site: Site, logo_uri: str) -> None:
    """AS-30: a logo on a host that does not vouch for the app is not even fetched."""
    logo_uri = logo_uri.format(host=site.host)
    site.serve(picture(), logo_uri=logo_uri)
    assert shows_initials(auth.authorize(site.app(logo_uri)).text)
    assert site.web.count(logo_uri) == 0


def test_an_app_that_registered_itself_shows_no_logo(auth: AuthHarness, site: Site) -> None:
    """AS-30: nobody vouches for it."""
    site.serve(picture(), "image/png")
    client = auth.register(client_name="Book Club", logo_uri=site.logo, redirect_uris=["https://app.example/callback"])
    assert shows_initials(auth.authorize(client).text)
    assert site.web.count(site.logo) == 0


def test_many_visitors_wait_for_one_drawing(auth: AuthHarness, site: Site) -> None:
    """AS-78: what a stranger's picture costs is paid once, however many look."""

    async def answer_late(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        await image_answer(picture())(writer)

    async def visit_together() -> list[str]:
        async with browser_of(auth) as browser:
            visits = [browser.get("/authorize", params=auth.authorization_parameters(client)) for _ in range(8)]
            return [answer.text for answer in await asyncio.gather(*visits)]

    client = site.app()
    site.web.answer(site.logo, answer_late)
    assert all(drawn(page) for page in asyncio.run(visit_together()))
    assert site.web.count(site.logo) == 1


def test_logos_count_among_the_readings_of_a_network(auth: AuthHarness, site: Site) -> None:
    """AS-79: 30 a minute with the documents; what is left out then is read with a later page."""
    sites = [Site(site.web, f"{number}.{site.host}") for number in range(16)]
    for each in sites:
        each.serve(picture())
    assert shows_initials(auth.authorize(publish(site.web, site.client_id, client_name="Book Club")).text)
    pages = [auth.authorize(each.app()) for each in sites]
    assert [page.status_code for page in pages] == [200] * 15 + [429]
    assert [drawn(page.text) is not None for page in pages] == [True] * 14 + [False] * 2
    assert sites[14].web.count(sites[14].logo) == 0
    auth.services.limiter.storage.reset()
    assert drawn(auth.authorize(sites[14].app()).text) is not None


def test_a_logo_inside_a_private_network_is_not_fetched(auth: AuthHarness, site: Site) -> None:
    """AS-78, AS-74 (CIMD §6.5): the same rules as for the document itself."""
    site.web.names.addresses[f"static.{site.host}"] = [("192.168.0.1", 443)]
    assert shows_initials(auth.authorize(site.app(f"https://static.{site.host}/l.png")).text)


def test_a_slow_logo_is_not_waited_for_long(auth: AuthHarness, site: Site) -> None:
    """AS-78: two seconds once, and the page."""
    site.web.answer(site.logo, bad_answers.never_answer)
    assert shows_initials(auth.authorize(site.app()).text)


def test_a_logo_is_kept_for_a_day_and_through_bad_days(auth: AuthHarness, site: Site) -> None:
    """AS-30: one fetch a day; a picture that was good stays while its host is down."""
    site.serve(picture(), "image/png")
    client = site.app()
    first = drawn(auth.authorize(client).text)
    with later(hours=23):
        assert drawn(auth.authorize(client).text) == first
        assert site.web.count(site.logo) == 1
    site.web.answer(site.logo, proper_answer(b"", 503))
    with later(hours=25):
        assert drawn(auth.authorize(client).text) == first
        assert site.web.count(site.logo) == 2


def test_a_logo_the_document_no_longer_names_is_gone(auth: AuthHarness, site: Site) -> None:
    """AS-30: the document decides, not what was kept."""
    site.serve(picture(), "image/png")
    client = site.app()
    assert drawn(auth.authorize(client).text) is not None
    publish(site.web, site.client_id, client_name="Book Club", logo_uri=None)
    with later(hours=2):
        assert shows_initials(auth.authorize(client).text)


def test_a_stranger_causes_no_fetch(auth: AuthHarness, site: Site) -> None:
    """AS-79: neither the document nor its logo is read for people who have not signed in."""
    site.serve(picture(), "image/png")
    client = site.app()
    answer = auth.new_browser().get("/authorize", params=auth.authorization_parameters(client))
    assert answer.status_code == 303
    assert site.web.count(client.id) == site.web.count(site.logo) == 0
