"""The installation's master key: where it lies, and the keys derived from it (RFC 5869, HKDF)."""

import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.installation import Installation
from shared.starting import CannotStartError

KEY_BYTES = 32


class MasterKeyError(CannotStartError):
    """The master key is missing, malformed, or another installation's."""


@dataclass(frozen=True)
class MasterKey:
    """Key material that never leaves the process; `source` says in words where it came from."""

    material: bytes = field(repr=False)
    source: str

    @property
    def id(self) -> str:
        """Eight characters that tell keys apart and reveal nothing."""
        return self.derive("key id").hex()[:8]

    def derive(self, label: str) -> bytes:
        """32 bytes for one purpose; other labels give unrelated keys."""
        return _hkdf(self.material, label)


@cache
def _hkdf(material: bytes, label: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"ostiary {label}".encode()).derive(material)


def load_master_key(installation: Installation, value: str | None, file: Path | None) -> MasterKey:
    """The key from the setting, else the named file, else this user's configuration folder, made there once.

    Raises MasterKeyError, whose text names the setting to change.
    """
    if value:
        return MasterKey(_decode(value, "OSTIARY_MASTER_KEY"), "OSTIARY_MASTER_KEY")
    if file is not None:
        if not file.is_file():
            raise MasterKeyError(f"OSTIARY_MASTER_KEY_FILE names {file.absolute()}, which is not there")
        return MasterKey(_decode(file.read_text(), "OSTIARY_MASTER_KEY_FILE"), str(file.absolute()))
    path = default_path(installation)
    had_data = _has_data(installation)  # asked first: another process that starts now makes the key before any data
    if not path.exists():
        if had_data:
            raise MasterKeyError(
                f"the master key of {installation.data_dir.resolve()} is missing: put it back at {path}, "
                "or name it with OSTIARY_MASTER_KEY_FILE"
            )
        _create(path)
    return MasterKey(_decode(path.read_text(), str(path)), str(path))


def default_path(installation: Installation) -> Path:
    """`~/.config/ostiary/<installation id>.key`, or the same below XDG_CONFIG_HOME; never in the data folder."""
    config_home = os.environ.get("XDG_CONFIG_HOME")
    folder = Path(config_home) if config_home else Path.home() / ".config"
    return folder / "ostiary" / f"{installation.id}.key"


def _decode(text: str, where: str) -> bytes:
    try:
        material = urlsafe_b64decode(text.strip() + "==")
    except ValueError:
        material = b""
    if len(material) != KEY_BYTES:
        raise MasterKeyError(f"{where} must hold 32 bytes as URL-safe base64 (43 characters)")
    return material


def _has_data(installation: Installation) -> bool:
    """A new key beside old data would make that data unreadable without a word."""
    return (installation.data_dir / "auth.db").exists() or (installation.data_dir / "vaults").exists()


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")  # a process id comes again in every container
    with open(draft, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).rstrip(b"=").decode() + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
