"""OSTIARY_AUTH_PROVIDERS and OSTIARY_AUTH_PROVIDERS_FILE: what stops the start, and what is said of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from auth_server.settings import Settings
from tests.auth_harness import auth_settings

GOOGLE = {"id": "google", "kind": "google", "client_id": "an id", "client_secret": "kept to itself"}


def test_well_known_providers_need_no_more_than_a_client(tmp_path: Path) -> None:
    """Issuer and label are known."""
    [provider] = auth_settings(tmp_path, providers=json.dumps([GOOGLE])).upstream_providers
    assert (provider.effective_issuer, provider.shown) == ("https://accounts.google.com", "Google")
    assert "kept to itself" not in repr(provider)


def test_the_list_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a mounted secret."""
    file = tmp_path / "providers.json"
    file.write_text(json.dumps([GOOGLE]))
    monkeypatch.setenv("OSTIARY_AUTH_PROVIDERS_FILE", str(file))
    assert [provider.id for provider in Settings(data_dir=tmp_path).upstream_providers] == ["google"]


def test_no_list_is_no_provider(tmp_path: Path) -> None:
    """An empty variable too."""
    assert auth_settings(tmp_path).upstream_providers == auth_settings(tmp_path, providers="").upstream_providers == ()


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([GOOGLE, GOOGLE], "same id"),
        ([GOOGLE | {"id": "Not A Slug"}], "0.id"),
        ([GOOGLE | {"kind": "oidc"}], "issuer"),
        ([GOOGLE | {"kind": "oidc", "issuer": "http://provider.example"}], "https"),
        ([GOOGLE | {"kind": "oidc", "issuer": "https://user@provider.example"}], "https"),
        ([GOOGLE | {"secret": "x"}], "0.secret"),
        ([{"id": "a"}], "kind"),
        ({"id": "a"}, "list"),
        ("no list", "list"),
        ([GOOGLE | {"id": f"p{number}"} for number in range(21)], "at most 20"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_list_that_is_not_understood_stops_the_start(tmp_path: Path, entries: Any, says: str) -> None:
    """The message names the member and repeats no secret."""
    with pytest.raises(ValidationError) as refused:
        auth_settings(tmp_path, providers=json.dumps(entries))
    said = str(refused.value.errors(include_input=False)[0]["msg"])
    assert says in said
    assert "kept to itself" not in said


def test_what_is_no_json_stops_the_start(tmp_path: Path) -> None:
    """Nor does a file that is not there, or both variables at once."""
    missing, both = {"providers_file": tmp_path / "none"}, {"providers": "[]", "providers_file": tmp_path / "none"}
    for changes, says in (({"providers": "[{"}, "not JSON"), (missing, "cannot be read"), (both, "exclude")):
        with pytest.raises(ValidationError, match=says):
            auth_settings(tmp_path, **changes)
