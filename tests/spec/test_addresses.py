"""RFC 6890 and IANA's special-purpose registries: which addresses a fetch for a stranger may reach (AS-74)."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.addresses import Reach, embedded_ipv4, reach_of


def listed(table: str) -> list[str]:
    """The addresses of a table, which is easier to read than a list."""
    return table.split()


GLOBAL = listed("""
1.1.1.1  8.8.8.8  9.255.255.255  11.0.0.0  100.63.255.255  100.128.0.0  126.255.255.255  128.0.0.1  160.79.104.1
168.63.129.15  168.63.129.17
169.253.255.255  169.255.0.0  172.15.255.255  172.32.0.0  192.0.1.0  192.0.3.0  192.88.98.255  192.88.100.0
192.167.255.255  192.169.0.0  198.17.255.255  198.20.0.0  198.51.99.255  198.51.101.0  203.0.112.255  203.0.114.0
223.255.255.255
2000::1  2001:200::1  2001:4860:4860::8888  2606:4700::6810:84e5  2a00:1450:4001:81b::200e  2001:db7::1  2001:db9::1
2003::1  3ffd::1  3fff:1000::1
""")

LOOPBACK = listed("127.0.0.0  127.0.0.1  127.255.255.255  ::1  0:0:0:0:0:0:0:1  ::ffff:127.0.0.1  ::ffff:7f00:1")

REFUSED_IPV4 = listed("""
0.0.0.0  0.255.255.255  10.0.0.0  10.255.255.255  100.64.0.0  100.127.255.255  168.63.129.16  169.254.0.0
169.254.169.254  169.254.255.255  172.16.0.0  172.31.255.255  192.0.0.0  192.0.0.8  192.0.0.9  192.0.0.170  192.0.0.255
192.0.2.1  192.88.99.1  192.168.0.0  192.168.255.255  198.18.0.0  198.19.255.255  198.51.100.1  203.0.113.1
224.0.0.1  239.255.255.255  240.0.0.1  255.255.255.255
""")

REFUSED_IPV6 = listed("""
::  ::2  100::1  100:0:0:1::1  200::1  400::1  800::1  1000::1  4000::1  5f00::1  6000::1  8000::1  a000::1  c000::1
e000::1  f000::1  f800::1  fc00::1  fd00:ec2::254  fdff:ffff::1  fe00::1  fe80::1  febf::1  fec0::1  feff::1  ff00::1
ff02::1  ff0e::1  ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff  1fff:ffff::1  ::ffff:0:8.8.8.8
2001:1::1  2001:2::1  2001:3::1  2001:4:112::1  2001:10::1  2001:20::1  2001:30::1  2001:1ff:ffff::1  2001:db8::1
2001:db8:ffff::1  3ffe::1  3ffe:ffff::1  3fff::1  3fff:fff:ffff::1
""")

NOT_JUDGED = [
    *listed("""
fe80::1%eth0  2606:4700::1%eth0  ::1%lo  8.8.8.8%eth0  localhost  example.org  127.1  2130706433  0x7f000001
0177.0.0.1  127.0.0.1:443  [::1]  8.8.8.8/32  1.2.3  1.2.3.4.5  010.0.0.1  ١٢٧.0.0.1  gggg::1
"""),
    "",
    " ",
    "8.8.8.8 ",
    "8.8.8.8\n",
    "8.8.8.8\x00",
]

PRIVATE_ONES = ["10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "224.0.0.1", "0.0.0.0"]


@pytest.mark.parametrize("address", GLOBAL)
def test_a_public_address_is_global(address: str) -> None:
    """AS-74 (RFC 6890 §2.2): the neighbours of every refused block included."""
    assert reach_of(address) is Reach.GLOBAL


@pytest.mark.parametrize("address", LOOPBACK)
def test_this_computer_is_loopback(address: str) -> None:
    """AS-74 (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3)."""
    assert reach_of(address) is Reach.LOOPBACK


@pytest.mark.parametrize("address", REFUSED_IPV4 + REFUSED_IPV6)
def test_an_address_of_a_special_purpose_is_refused(address: str) -> None:
    """AS-74 (RFC 6890 §2.2): first and last of each block."""
    assert reach_of(address) is Reach.REFUSED


@pytest.mark.parametrize("text", NOT_JUDGED)
def test_what_is_no_plain_address_is_refused(text: str) -> None:
    """AS-74 (RFC 4007 §11): a zone points at an interface, and a second spelling at a second reading."""
    assert reach_of(text) is Reach.REFUSED


EMBEDDINGS = {
    "v4-mapped (RFC 4291 §2.5.5.2)": lambda v4: 0xFFFF << 32 | v4,
    "v4-compatible (RFC 4291 §2.5.5.1)": lambda v4: v4,
    "6to4 (RFC 3056 §2)": lambda v4: 0x2002 << 112 | v4 << 80 | 1,
    "Teredo client (RFC 4380 §4)": lambda v4: 0x20010000 << 96 | 0x01010101 << 64 | 0xFFFFFFFF ^ v4,
    "Teredo server (RFC 4380 §4)": lambda v4: 0x20010000 << 96 | v4 << 64 | 0xFFFFFFFF ^ 0x01010101,
    "NAT64 (RFC 6052 §2.1)": lambda v4: 0x64FF9B << 96 | v4,
    "local NAT64, /96 (RFC 8215)": lambda v4: 0x64FF9B0001 << 80 | v4,
    "local NAT64, /64 (RFC 6052 §2.2)": lambda v4: 0x64FF9B0001 << 80 | v4 << 24,
    "local NAT64, /56 (RFC 6052 §2.2)": lambda v4: 0x64FF9B0001 << 80 | v4 >> 24 << 64 | (v4 & 0xFFFFFF) << 32,
    "local NAT64, /48 (RFC 6052 §2.2)": lambda v4: 0x64FF9B0001 << 80 | v4 >> 16 << 64 | (v4 & 0xFFFF) << 40,
    "ISATAP (RFC 5214 §6.1)": lambda v4: 0x26064700 << 96 | 0x5EFE << 32 | v4,
    "ISATAP, universal (RFC 5214 §6.1)": lambda v4: 0x26064700 << 96 | 0x02005EFE << 32 | v4,
}


@pytest.mark.parametrize("private", PRIVATE_ONES)
@pytest.mark.parametrize("way", EMBEDDINGS)
def test_an_embedded_ipv4_address_is_judged_in_its_place(way: str, private: str) -> None:
    """AS-74: a tunnel or a translator would carry the packet to it."""
    embedding = EMBEDDINGS[way]
    assert reach_of(str(IPv6Address(embedding(int(IPv4Address("8.8.8.8")))))) is Reach.GLOBAL
    assert reach_of(str(IPv6Address(embedding(int(IPv4Address(private)))))) is not Reach.GLOBAL


@pytest.mark.parametrize("way", [way for way in EMBEDDINGS if not way.startswith("v4-mapped")])
def test_only_a_mapped_address_means_this_computer(way: str) -> None:
    """AS-74: whatever else embeds 127.0.0.1 leads through a tunnel to who knows where."""
    assert reach_of(str(IPv6Address(EMBEDDINGS[way](int(IPv4Address("127.0.0.2")))))) is Reach.REFUSED


def test_a_local_translator_is_judged_by_every_place_it_may_read() -> None:
    """AS-74 (RFC 6052 §2.2): 10.0.0.1 where a /48 prefix has it, 8.8.8.8 where a /96 prefix has it."""
    assert reach_of("64:ff9b:1:0a00:0000:0100:0808:0808") is Reach.REFUSED


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_global_only_where_python_agrees_or_knows_better(address: IPv4Address) -> None:
    """AS-74: our list is never laxer than Python's; multicast is what Python lets through."""
    if reach_of(str(address)) is Reach.GLOBAL:
        assert address.is_global
        assert not address.is_multicast


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_is_global_only_within_the_one_global_block(address: IPv6Address) -> None:
    """AS-74 (RFC 4291 §2.4): everything else needs an embedded address that is global itself."""
    if reach_of(str(address)) is Reach.GLOBAL:
        assert embedded_ipv4(address) or address in IPv6Network("2000::/3")
        assert all(reach_of(str(embedded)) is Reach.GLOBAL for embedded in embedded_ipv4(address))


@given(st.ip_addresses(v=4), st.sampled_from(sorted(EMBEDDINGS)))
def test_no_embedding_makes_an_address_reach_further(address: IPv4Address, way: str) -> None:
    """AS-74: for every address and every way; zeros in a local translator's place mean another place is in use."""
    is_empty_place = way.startswith("local") and address in IPv4Network("0.0.0.0/8")
    if reach_of(str(address)) is not Reach.GLOBAL and not is_empty_place:
        assert reach_of(str(IPv6Address(EMBEDDINGS[way](int(address))))) is not Reach.GLOBAL


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    """AS-74: what a resolver says is input, too."""
    assert reach_of(text) in Reach
