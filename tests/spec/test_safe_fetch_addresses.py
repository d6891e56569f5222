"""Client id metadata documents §6.5: which URLs and addresses are asked at all (AS-73)."""

import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.safe_fetch import FetchFailedError, FetchRefusedError
from tests.document_host import DocumentHost
from tests.spec.safe_fetches import URL, fetch, leading_to
from tests.spec.safe_fetches import web as web


def test_the_connection_goes_to_the_address_that_was_judged(web: DocumentHost) -> None:
    """AS-73 (CIMD §6.5): a name that changes its address between check and connection gains nothing."""
    web.serve("https://rebinding.example/", {})
    before = len(web.names.asked)
    assert fetch(web.network, "https://rebinding.example/").body == b"{}"
    assert web.names.asked[before:] == ["rebinding.example"]


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example/client.json",
        "ftp://app.example/client.json",
        "//app.example/client.json",
        "app.example/client.json",
        "https:app.example",
        "https:///client.json",
        "https://",
        "",
        "https://user@app.example/",
        "https://user:pass@app.example/",
        "https://app.example:443@evil.example/",
        "https://app.example\\@evil.example/",
        "https://evil.example\\.app.example/",
        "https://app.example/#fragment",
        "https://app.example/a b",
        "https://app.example/\r\nX-Injected: 1",
        "https://app.example/\tx",
        "https://app.example\n",
        "https://app.example/é",
        "https://bücher.example/",
        "https://app。example/",
        "https://app.example./",
        "https://.example/",
        "https://app..example/",
        "https://-app.example/",
        "https://app-.example/",
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 130}example/",
        f"https://app.example/{'a' * 2000}",
        "https://app.example:/",
        "https://app.example:0/",
        "https://app.example:65536/",
        "https://app.example:٤٤٣/",
        "https://2130706433/",
        "https://127.1/",
        "https://0x7f.0.0.1/",
        "https://127.0.0.0x1/",
        "https://0177.0.0.1/",
        "https://1.2.3.4.5/",
        "https://[::1/",
        "https://[127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://[v1.a]/",
        "https://::1/",
        "https://app.example%2eevil.example/",
        "https://app.example?x@evil.example\\",
    ],
)
def test_a_url_with_two_readings_is_refused(web: DocumentHost, url: str) -> None:
    """AS-73 (CIMD §3, §6.5): nothing is asked of the resolver, let alone sent."""
    before = len(web.names.asked)
    with pytest.raises(FetchRefusedError):
        fetch(web.network, url)
    assert len(web.names.asked) == before


@settings(max_examples=150, deadline=None)
@given(st.from_regex(r"https://[!-~]{1,40}\Z") | st.from_regex(r"https://([a-z0-9.\[\]:@%-]{1,20})[/?][!-~]{0,9}\Z"))
def test_whatever_a_url_says_there_is_an_answer(web: DocumentHost, url: str) -> None:
    """AS-73, AS-74: it is read, refused, or fails, and raises nothing else."""
    with suppress(FetchRefusedError, FetchFailedError):
        fetch(web.network, url)


@pytest.mark.parametrize("allow_loopback", [True, False])
@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["8.8.8.8", "10.0.0.1"],
        ["10.0.0.1", "8.8.8.8"],
        ["127.0.0.1", "169.254.169.254"],
        ["::ffff:192.168.1.1"],
        ["fe80::1%eth0"],
        ["not an address"],
    ],
)
def test_one_refused_address_refuses_all(web: DocumentHost, addresses: list[str], allow_loopback: bool) -> None:
    """AS-74 (CIMD §6.5): else a name could have a good address for the check and a bad one for later."""
    before = web.connections
    with pytest.raises(FetchFailedError) as refused:
        fetch(leading_to(web, *addresses), allow_loopback=allow_loopback)
    assert not any(address in str(refused.value) for address in addresses)
    assert web.connections == before


def test_nobody_learns_which_names_there_are_inside(web: DocumentHost, capsys: pytest.CaptureFixture[str]) -> None:
    """AS-74 (CIMD §6.5): a name that leads inside fails as one that leads nowhere does; the log tells them apart."""
    web.names.addresses["inner.example"] = [("10.0.0.1", 443)]
    web.names.addresses["outer.example"] = []
    web.names.unknown.add("other.example")
    said = set()
    for name in ("inner.example", "outer.example", "other.example"):
        with pytest.raises(FetchFailedError) as failed:
            fetch(web.network, f"https://{name}/", allow_loopback=False)
        said.add(str(failed.value).replace(name, "it"))
    assert len(said) == 1
    assert len(set(re.findall("cause='([^']+)'", capsys.readouterr().out))) == 3


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "10.0.0.1", "[::ffff:10.0.0.1]", "169.254.169.254", "[fd00::1]"]
)
def test_an_address_in_the_place_of_a_name_is_judged_too(web: DocumentHost, host: str) -> None:
    """AS-74 (CIMD §6.5)."""
    with pytest.raises(FetchRefusedError):
        fetch(web.network, f"https://{host}/client.json", allow_loopback=False)


def test_an_address_in_the_place_of_a_name_needs_a_certificate_of_its_own(web: DocumentHost) -> None:
    """AS-73 (RFC 9110 §4.3.5): the certificate must name the address."""
    url = f"https://127.0.0.1:{web.port}/client.json"
    web.serve(url, {})
    assert fetch(web.network, url).body == b"{}"


def test_loopback_is_refused_unless_the_server_itself_is_on_loopback(web: DocumentHost) -> None:
    """AS-74 (CIMD §6.5)."""
    web.serve(URL, {})
    assert fetch(web.network, allow_loopback=True).body == b"{}"
    with pytest.raises(FetchFailedError):
        fetch(web.network, allow_loopback=False)


def test_ports_other_than_443_are_for_loopback_alone(web: DocumentHost) -> None:
    """AS-74 ([own]): a stranger's URL does not knock at the ports of the internet."""
    web.serve("https://app.example:8443/", {})
    assert fetch(web.network, "https://app.example:8443/").body == b"{}"
    assert web.received[-1].headers["host"] == "app.example:8443"
    for addresses in (["8.8.8.8"], ["127.0.0.1", "8.8.8.8"]):
        with pytest.raises(FetchRefusedError, match="443"):
            fetch(leading_to(web, *addresses), "https://app.example:8443/")


def test_the_next_address_is_tried_when_one_takes_no_connection(web: DocumentHost) -> None:
    """RFC 8305: an address that is dead does not make the name dead."""
    web.serve(URL, {})
    assert fetch(leading_to(web, "127.0.0.99", "127.0.0.1")).body == b"{}"


def test_no_address_that_takes_a_connection_is_a_failure(web: DocumentHost) -> None:
    """AS-77: the host is down, a copy that was good may serve."""
    with pytest.raises(FetchFailedError):
        fetch(leading_to(web, "127.0.0.98", "127.0.0.99"))


@pytest.mark.parametrize("unknown", [True, False])
def test_a_name_without_an_address_is_a_failure(web: DocumentHost, unknown: bool) -> None:
    """AS-77: name resolution, too, has bad days."""
    if unknown:
        web.names.unknown.add("nowhere.example")
    else:
        web.names.addresses["nowhere.example"] = []
    with pytest.raises(FetchFailedError):
        fetch(web.network, "https://nowhere.example/")
    web.names.unknown.discard("nowhere.example")
