"""The authorization server's pages in a real Chromium, without JavaScript except where a checker needs it."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import PASSWORD, Site, give_password, sign_in
from tests.loopback_callback import ARRIVED, LoopbackCallback
from tests.spec.consent_steps import granted

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]

NEW = "new@example.org"


def connect(page: Page) -> None:
    """Presses the one primary button, with the password where the page asks for it."""
    give_password(page)
    page.get_by_role("button", name="Connect").click()


def answer_in(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


def test_approving_reaches_a_program_on_this_computer(page: Page, site: Site) -> None:
    """AS-24: http://localhost:PORT, with code, state and iss."""
    sign_in(page, site, NEW)
    with LoopbackCallback() as app:
        page.goto(site.authorize("claude code", redirect_uri=f"http://localhost:{app.port}/callback"))
        connect(page)
        expect(page.get_by_text(ARRIVED)).to_be_visible()
        assert set(app.take()) == {"code", "state", "iss"}


def test_approving_reaches_a_web_app(page: Page, site: Site) -> None:
    """AS-24: https://claude.ai/…; there is no network here, but the browser sets out."""
    sign_in(page, site, NEW)
    page.goto(site.authorize("claude"))
    with page.expect_request(re.compile("^https://claude.ai/api/mcp/auth_callback")) as attempted:
        connect(page)
    assert set(answer_in(attempted.value.url)) == {"code", "state", "iss"}


def test_tools_of_a_server_are_chosen_without_scripts(page: Page, site: Site) -> None:
    """Nothing of servers is in sight before it is wanted, and what is ticked is what the app may do."""
    sign_in(page, site, NEW)
    page.goto(site.authorize("stranger", scope="memory:read gateway:call"))
    tool = page.get_by_label("merge_pull_request")
    expect(page.get_by_text("github", exact=True)).to_be_hidden()
    page.get_by_label("Use tools of your other servers").check()
    expect(tool).to_be_hidden()
    page.get_by_text("github", exact=True).click()
    tool.check()
    page.get_by_label("search").check()
    with page.expect_request(re.compile("^https://notes.example.com/callback")):
        connect(page)
    [_, chosen] = granted(site.auth, site.clients["stranger"])[0].details_json
    assert (chosen["server"], chosen["tools"]) == ("github", ["merge_pull_request", "search"])


def test_giving_all_tools_of_a_server_puts_the_single_ones_away(page: Page, site: Site) -> None:
    sign_in(page, site, NEW)
    page.goto(site.authorize("claude", scope="gateway:call"))
    page.get_by_text("github", exact=True).click()
    expect(page.get_by_label("create_issue")).to_be_visible()
    page.get_by_role("group", name="github").get_by_label("All its tools, later ones too").check()
    expect(page.get_by_label("create_issue")).to_be_hidden()


def test_approving_opens_an_app_by_its_scheme(page: Page, site: Site) -> None:
    """AS-24: cursor://…, which no policy of ours may block on the way from the form."""
    sign_in(page, site, NEW)
    page.goto(site.authorize("cursor", redirect_uri="cursor://anysphere.cursor-mcp/oauth/callback"))
    with page.expect_request(re.compile("^cursor://")) as attempted:
        connect(page)
    assert set(answer_in(attempted.value.url)) == {"code", "state", "iss"}


def test_who_has_just_signed_in_for_an_app_types_no_password_again(page: Page, site: Site) -> None:
    """AS-31: on plain http the sign-in that leads to a page covers one approval, and only that page's."""
    page.goto(site.authorize("claude"))
    page.get_by_label("E-mail").fill(NEW)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Connect Claude?")).to_be_visible()
    expect(page.get_by_label("Your password")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("Your password")).to_have_count(0)
    with page.expect_request(re.compile("^https://claude.ai/api/mcp/auth_callback")):
        connect(page)
    later = page.context.new_page()
    later.goto(site.authorize("claude"))
    expect(later.get_by_label("Your password")).to_be_visible()


def test_a_wrong_password_is_said_at_its_field(page: Page, site: Site) -> None:
    """AS-31, WCAG 3.3.1: the choice stays, and the field has the focus."""
    sign_in(page, site, NEW)
    page.goto(site.authorize("claude"))
    page.get_by_label("Save, change and delete memories").uncheck()
    page.get_by_label("Your password").fill("not the password")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_label("Your password")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Your password")).to_be_focused()
    expect(page.get_by_label("Save, change and delete memories")).not_to_be_checked()


def test_cancelling_tells_the_app(page: Page, site: Site) -> None:
    """AS-29: the same way back, with access_denied."""
    sign_in(page, site, NEW)
    page.goto(site.authorize("claude"))
    with page.expect_request(re.compile("^https://claude.ai/")) as attempted:
        page.get_by_role("button", name="Cancel").click()
    assert answer_in(attempted.value.url)["error"] == ["access_denied"]


def test_a_person_signs_in_chooses_and_takes_it_back(page: Page, site: Site) -> None:
    """AS-12, AS-25, AS-38: the whole way with forms alone; the tokens end the moment the page says so."""
    client = site.clients["claude code"]
    with LoopbackCallback() as app:
        uri = f"http://localhost:{app.port}/callback"
        page.goto(site.authorize("claude code", redirect_uri=uri))
        page.get_by_label("E-mail").fill(NEW)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_label("Save, change and delete memories").uncheck()
        page.get_by_text("Add another part of your memory").click()
        page.get_by_label("Its name").fill("Reading List")
        page.get_by_label("30 days").check()
        connect(page)
        expect(page.get_by_text(ARRIVED)).to_be_visible()
    tokens = site.auth.redeem(client, app.take()["code"], redirect_uri=uri).json()
    assert tokens["scope"] == "memory:read offline_access"
    assert tokens["authorization_details"][0]["namespaces"] == ["personal", "reading-list"]

    page.goto(f"{site.url}/account/apps")
    expect(page.get_by_text("May read memories in personal and reading-list.")).to_be_visible()
    page.get_by_text("Disconnect", exact=True).click()
    page.get_by_role("button", name="Disconnect Claude Code").click()
    expect(page.get_by_role("status")).to_contain_text("Claude Code is disconnected")
    assert site.auth.introspect(tokens["access_token"]) == {"active": False}


def test_signing_out_and_in_as_somebody_else_keeps_the_request(page: Page, site: Site) -> None:
    """AS-36: "Not you?" leads back to the same decision."""
    sign_in(page, site, NEW)
    page.goto(site.authorize("claude"))
    page.get_by_role("button", name="Not you?").click()
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Connect Claude?")).to_be_visible()
    expect(page.get_by_text("ada@example.org")).to_be_visible()


def test_one_press_continues_with_an_app_allowed_before(page: Page, site: Site) -> None:
    """AS-15, AS-27: everything is on the first screen of a phone, and the one press reaches the app."""
    sign_in(page, site)
    page.goto(site.authorize("claude by document"))
    for seen in (
        page.get_by_role("heading", name="Continue with Claude?"),
        page.get_by_text("Verified domain claude.ai"),
        page.get_by_text("Claude may read memories in personal and work"),
        page.get_by_role("button", name="Continue with Claude"),
        page.get_by_role("button", name="Cancel"),
        page.get_by_role("link", name="Change what it may do"),
    ):
        expect(seen).to_be_in_viewport(ratio=1)
    give_password(page)
    with page.expect_request(re.compile("^https://claude.ai/api/mcp/auth_callback")) as attempted:
        page.get_by_role("button", name="Continue with Claude").click()
    assert set(answer_in(attempted.value.url)) == {"code", "state", "iss"}


def test_the_short_page_leads_to_the_whole_one(page: Page, site: Site) -> None:
    """AS-27: by a link, without JavaScript, with the same request and what was chosen before."""
    sign_in(page, site)
    page.goto(site.authorize("claude by document"))
    page.get_by_role("link", name="Change what it may do").click()
    expect(page.get_by_role("heading", name="Connect Claude?")).to_be_visible()
    page.get_by_label("Save, change and delete memories").uncheck()
    give_password(page)
    with page.expect_request(re.compile("^https://claude.ai/api/mcp/auth_callback")) as attempted:
        page.get_by_role("button", name="Connect Claude").click()
    claude = site.clients["claude by document"]
    tokens = site.auth.redeem(claude, answer_in(attempted.value.url)["code"][0]).json()
    assert tokens["scope"] == "memory:read offline_access"
    site.auth.http.post("/revoke", data={"token": tokens["refresh_token"], **claude.credential})


@pytest.mark.parametrize("app", ["claude", "claude code", "cursor"])
def test_the_answer_is_on_the_first_screen_of_a_phone(page: Page, site: Site, app: str) -> None:
    """AS-20: who asks, where it leads, whose account, the first permission and both buttons, without scrolling."""
    sign_in(page, site, NEW)
    page.goto(site.authorize(app))
    for seen in (
        page.get_by_role("heading", level=1),
        page.get_by_text("Registered itself, unverified"),
        page.get_by_text("Sends you to"),
        page.get_by_text(NEW),
        page.get_by_label("Read your memories"),
        page.get_by_role("button", name="Connect"),
        page.get_by_role("button", name="Cancel"),
    ):
        expect(seen).to_be_in_viewport(ratio=1)


def test_the_keyboard_goes_through_consent_in_reading_order(scripted: Page, site: Site) -> None:
    """WCAG 2.4.3, 2.4.7: every control is reached, in the order it is read, and each shows that it has the focus."""
    sign_in(scripted, site, NEW)
    scripted.goto(site.authorize("claude"))
    reached = []
    for _ in range(30):
        scripted.keyboard.press("Tab")
        focus = scripted.evaluate(FOCUS)
        assert focus["isVisible"], focus
        reached.append(focus["name"])
        if focus["name"] == "Cancel":
            break
    assert reached == [
        "Skip to the content",
        "Ostiary",
        "Not you?",
        "Read your memories",
        "personal",
        "everything, now and later",
        "Save, change and delete memories (deleted ones go to the trash)",
        "personal",
        "everything, now and later",
        "Tools: conversations, graph",
        "Add another part of your memory",
        "6 months",
        "Your password",
        "Technical names",
        "Connect Claude",
        "Cancel",
    ]


FOCUS = """() => {
    const element = document.activeElement
    const label = element.labels?.[0] ?? element
    const drawn = element.matches('.chip input') ? element.nextElementSibling : element
    const style = getComputedStyle(drawn)
    return {name: label.textContent.trim(), isVisible: style.outlineStyle !== 'none' && style.outlineWidth !== '0px'}
}"""


def test_the_keyboard_alone_connects(page: Page, site: Site) -> None:
    """WCAG 2.1.1: space ticks, enter presses."""
    sign_in(page, site, NEW)
    page.goto(site.authorize("claude"))
    page.get_by_label("Save, change and delete memories").focus()
    page.keyboard.press("Space")
    page.get_by_label("Your password").focus()
    page.keyboard.type(PASSWORD)
    page.get_by_role("button", name="Connect").focus()
    with page.expect_request(re.compile("^https://claude.ai/")) as attempted:
        page.keyboard.press("Enter")
    redeemed = site.auth.redeem(site.clients["claude"], answer_in(attempted.value.url)["code"][0]).json()
    assert redeemed["scope"] == "memory:read offline_access"
    site.auth.http.post("/revoke", data={"token": redeemed["refresh_token"], **site.clients["claude"].credential})
