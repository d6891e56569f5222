"""What stops a start: said in one line that names what to change, with exit code 2."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

import typer
from pydantic import ValidationError

from shared.settings import SharedSettings
from shared.starting import CannotStartError

WRONG_SETTINGS = 2

AnySettings = TypeVar("AnySettings", bound=SharedSettings)


def load(settings: type[AnySettings]) -> AnySettings:
    """The settings from the environment; a wrong one ends the command."""
    try:
        return settings()
    except ValidationError as wrong:
        stop("; ".join(describe(wrong, settings.model_config.get("env_prefix") or "")))


def describe(wrong: ValidationError, prefix: str) -> list[str]:
    """`OSTIARY_ISSUER must be https…`, once a variable; its value is not repeated, for it may be a secret."""
    said: dict[str, str] = {}
    for error in wrong.errors(include_url=False, include_input=False):
        message = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
        said.setdefault(_variable(error["loc"], prefix), message)
    return [f"{variable} {message}".lstrip() for variable, message in said.items()]


def _variable(location: tuple[int | str, ...], prefix: str) -> str:
    """The name of the setting; empty where two settings disagree, and the message names them both."""
    if not location:
        return ""
    field = str(location[0])
    return field if field.isupper() else f"{prefix}{field.upper()}"


@contextmanager
def readable_failures() -> Iterator[None]:
    """A wrong master key, an unusable file, folder or port: one line instead of a traceback."""
    try:
        yield
    except CannotStartError as wrong:
        stop(str(wrong))
    except OSError as wrong:
        stop(_unusable(wrong) if wrong.filename else str(wrong))


def _unusable(wrong: OSError) -> str:
    """`cannot use /var/nope (permission denied): …`, with the setting that names another place."""
    path = Path(os.fsdecode(wrong.filename)).absolute()
    reason = (wrong.strerror or type(wrong).__name__).lower()
    return f"cannot use {path} ({reason}): {_another_place(path)}"


def _another_place(path: Path) -> str:
    named = SharedSettings()
    if path == named.effective_credential_file.absolute() and named.resource_credential_file:
        return "name another file with OSTIARY_RESOURCE_CREDENTIAL_FILE"
    if path.is_relative_to(named.data_dir.absolute()) or named.data_dir.absolute().is_relative_to(path):
        return "choose another folder with --data-dir"
    return "keep the master key elsewhere with OSTIARY_MASTER_KEY_FILE"


def stop(sentence: str) -> NoReturn:
    """Ends the command with one line on stderr."""
    sys.stderr.write(f"ostiary: {sentence}\n")
    raise typer.Exit(WRONG_SETTINGS)
