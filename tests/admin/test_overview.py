"""The start page of administration."""

from tests.auth_harness import AuthHarness


def test_an_administrator_sees_the_overview(root: AuthHarness) -> None:
    answer = root.http.get("/admin")
    assert answer.status_code == 200
    assert "<h1>Overview</h1>" in answer.text


def test_other_people_do_not(ada: AuthHarness) -> None:
    assert ada.http.get("/admin").status_code == 403


def test_nobody_else_is_told_that_it_exists(auth: AuthHarness) -> None:
    answer = auth.http.get("/admin")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fadmin")
