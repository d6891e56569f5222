"""Fixtures for every test; each module says what it offers."""

pytest_plugins = [
    "tests.doors",
    "tests.auth_fixtures",
    "tests.installation",
    "tests.chromium_person",
    "tests.clients.seen",
]
