"""docs/reference/standards.md: every standard that the code names, what it is called, and the modules that name it."""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("auth_server", "resource_server", "shared")
MOST_MODULES = 6

STANDARDS: dict[str, tuple[str, str]] = {
    # Pattern: what it is called, where it is read.
    r"OAuth 2\.1": ("OAuth 2.1, draft 16", "https://datatracker.ietf.org/doc/draft-ietf-oauth-v2-1/"),
    r"CIMD": (
        "OAuth client id metadata documents, draft 02",
        "https://datatracker.ietf.org/doc/draft-ietf-oauth-client-id-metadata-document/",
    ),
    r"(?:OpenID Connect|OIDC) Core": (
        "OpenID Connect Core 1.0",
        "https://openid.net/specs/openid-connect-core-1_0.html",
    ),
    r"(?:OpenID Connect|OIDC) Discovery": (
        "OpenID Connect Discovery 1.0",
        "https://openid.net/specs/openid-connect-discovery-1_0.html",
    ),
    r"(?:OpenID Connect|OIDC) Registration": (
        "OpenID Connect Dynamic Client Registration 1.0",
        "https://openid.net/specs/openid-connect-registration-1_0.html",
    ),
    r"(?:OpenID Connect )?RP-Initiated Logout": (
        "OpenID Connect RP-Initiated Logout 1.0",
        "https://openid.net/specs/openid-connect-rpinitiated-1_0.html",
    ),
    r"Web Authentication": ("Web Authentication, Level 3", "https://www.w3.org/TR/webauthn-3/"),
    r"MCP (?:authorization|security|transport|sessions?|legacy)": (
        "Model Context Protocol, 2024-11-05 to 2026-07-28",
        "https://modelcontextprotocol.io/specification",
    ),
    r"NIST SP 800-63B": ("NIST SP 800-63B, Authentication", "https://pages.nist.gov/800-63-4/sp800-63b.html"),
}

TITLES = {
    1035: "Domain names",
    3207: "SMTP over TLS (STARTTLS)",
    3834: "Automatic responses to e-mail",
    3986: "Uniform Resource Identifier (URI)",
    4226: "HOTP",
    4380: "Teredo",
    5214: "ISATAP",
    5321: "SMTP",
    5322: "Internet message format",
    5869: "HKDF",
    5890: "Internationalized domain names",
    6052: "IPv6 addressing of IPv4/IPv6 translators",
    6238: "TOTP: time-based one-time passwords",
    6265: "HTTP state management (cookies)",
    6585: "Additional HTTP status codes",
    6724: "Default address selection for IPv6",
    6749: "The OAuth 2.0 authorization framework",
    6750: "OAuth 2.0 bearer tokens",
    6890: "Special-purpose IP addresses",
    7009: "OAuth 2.0 token revocation",
    7239: "Forwarded HTTP extension",
    7515: "JSON web signature",
    7517: "JSON web key",
    7518: "JSON web algorithms",
    7519: "JSON web token",
    7521: "Assertion framework for OAuth 2.0",
    7523: "JWT for OAuth 2.0 client authentication",
    7591: "OAuth 2.0 dynamic client registration",
    7592: "OAuth 2.0 dynamic client registration management",
    7636: "Proof key for code exchange (PKCE)",
    7638: "JSON web key thumbprint",
    7662: "OAuth 2.0 token introspection",
    8176: "Authentication method reference values",
    8215: "Local-use IPv4/IPv6 translation prefix",
    8252: "OAuth 2.0 for native apps",
    8259: "JSON",
    8265: "Usernames and passwords: preparation and comparison",
    8314: "Cleartext considered obsolete: TLS for e-mail",
    8414: "OAuth 2.0 authorization server metadata",
    8628: "OAuth 2.0 device authorization grant",
    8693: "OAuth 2.0 token exchange",
    8707: "Resource indicators for OAuth 2.0",
    8725: "JSON web token best current practices",
    9068: "JWT profile for OAuth 2.0 access tokens",
    9106: "Argon2",
    9110: "HTTP semantics",
    9112: "HTTP/1.1",
    9207: "OAuth 2.0 authorization server issuer identification",
    9396: "OAuth 2.0 rich authorization requests",
    9700: "Best current practice for OAuth 2.0 security",
    9728: "OAuth 2.0 protected resource metadata",
    9864: "Fully specified algorithms for JOSE",
}
"""What an RFC is called, in a few words; one that is missing here stands in the table by its number alone."""


def standards_page() -> str:
    """A row a standard: by name, then by number."""
    named = _named()
    lines = [
        "# Standards",
        "",
        "<!-- Written by `make docs` from the modules that name a standard. -->",
        "",
        "What the code follows, and where. [The page of statements](../specifications.md) says what is tested of it;",
        "[the deviations](../decisions/0007-deviations.md) say where it is read otherwise, and why.",
        "",
        "| Standard | Modules that name it |",
        "| --- | --- |",
    ]
    rows = [(f"[{title}]({url})", named[pattern]) for pattern, (title, url) in STANDARDS.items() if pattern in named]
    rows += [(_rfc(number), named[f"RFC {number}"]) for number in sorted(_numbers(named))]
    return "\n".join([*lines, *(f"| {name} | {_cell(modules)} |" for name, modules in rows), ""])


def _named() -> dict[str, list[str]]:
    """The modules whose text names each standard, those that begin with it first."""
    found: dict[str, list[tuple[bool, str]]] = defaultdict(list)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text()
            first = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
            name = str(path.relative_to(ROOT))
            for number in set(re.findall(r"RFC (\d{4,5})\b", text)):
                found[f"RFC {number}"].append((f"RFC {number}" not in first, name))
            for pattern in STANDARDS:
                if re.search(pattern, text):
                    found[pattern].append((not re.search(pattern, first), name))
    return {standard: [name for _, name in sorted(modules)] for standard, modules in found.items()}


def _numbers(named: dict[str, list[str]]) -> list[int]:
    return [int(standard.removeprefix("RFC ")) for standard in named if standard.startswith("RFC ")]


def _rfc(number: int) -> str:
    title = f": {TITLES[number]}" if number in TITLES else ""
    return f"[RFC {number}](https://www.rfc-editor.org/rfc/rfc{number}){title}"


def _cell(modules: list[str]) -> str:
    shown = "<br>".join(f"`{name}`" for name in modules[:MOST_MODULES])
    more = len(modules) - MOST_MODULES
    return f"{shown}<br>and {more} more" if more > 0 else shown
