"""Keys of the house: pseudonyms (HMAC), sealed boxes for quarantine and reports (AES-GCM), signatures (Ed25519).

A key is a value in the environment (MINHBACH_<NAME>) or a file named by MINHBACH_<NAME>_FILE. In production a missing
key is an error; elsewhere one is generated beside the lake, mode 0600, and the caller is told so that it is said aloud.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from .errors import SealBroken, UsageError

if TYPE_CHECKING:
    from .settings import Settings

KEY_BYTES = 32
NONCE_BYTES = 12
MAGIC = b"MBX1"


@dataclass(frozen=True)
class Secret:
    """A key's bytes; never shown."""

    name: str
    value: bytes
    generated: bool = False

    def __repr__(self) -> str:
        return f"Secret({self.name}, ****)"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self!r} is not pickled: another process reads its own key.")


def secret(name: str, settings: Settings) -> Secret:
    """Find a key by name, or generate one outside production.

    Raises:
        UsageError: it is missing in production mode, or is not 32 bytes in base64 or hex.

    """
    found = _from_environment(name)
    if found is not None or settings.mode == "production":
        return found or given(name)
    path = settings.lake.parent / "keys" / f"{name.lower()}.key"
    write_private_once(path, base64.b64encode(secrets.token_bytes(KEY_BYTES)))
    return Secret(name, read_private(path), generated=True)


def given(name: str) -> Secret:
    """Find a key that is somebody's own, so that none can be generated for it.

    Raises:
        UsageError: it is missing, or is not 32 bytes in base64 or hex.

    """
    found = _from_environment(name)
    if found is None:
        raise UsageError(f"MINHBACH_{name}: found nothing, expected 32 bytes in base64 (or MINHBACH_{name}_FILE).")
    return found


def _from_environment(name: str) -> Secret | None:
    text = os.environ.get(f"MINHBACH_{name}")
    if not text and (file := os.environ.get(f"MINHBACH_{name}_FILE")):
        text = _read_key_file(Path(file), f"MINHBACH_{name}_FILE")
    return Secret(name, _decode(f"MINHBACH_{name}", text)) if text else None


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read: whole or not at all. Raises FileExistsError when one is there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        path.hardlink_to(temporary)  # unlike a rename, a link never replaces a key that another process just made
    finally:
        temporary.unlink()


def write_private_once(path: Path, content: bytes) -> None:
    """Write a private file unless there is one; of two processes that try at once, one wins and both read the same."""
    if not path.exists():
        with contextlib.suppress(FileExistsError):
            write_private(path, content)


def pseudonym(key: Secret, domain: str, value: str) -> str:
    """Return a keyed pseudonym of 32 hex digits; the same value in another domain gives another one."""
    return hmac.new(key.value, f"{domain}\0{value}".encode(), hashlib.sha256).hexdigest()[:32]


def seal_box(key: Secret, content: bytes, *, label: str) -> bytes:
    """Encrypt bytes so that nobody without the key reads or changes them; `label` is bound to them (AES-256-GCM)."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE_BYTES)
    return MAGIC + nonce + AESGCM(key.value).encrypt(nonce, content, label.encode())


def open_box(key: Secret, box: bytes, *, label: str) -> bytes:
    """Decrypt what `seal_box` made.

    Raises:
        SealBroken: the key, the label or the bytes are not the ones it was made with.

    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    body = box.removeprefix(MAGIC)
    try:
        return AESGCM(key.value).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], label.encode())
    except (InvalidTag, ValueError) as error:  # ValueError: what is left is too short to be a nonce
        raise SealBroken(f"{label}: cannot be opened with this landing key: another key, or changed bytes.") from error


def signing_key(raw: bytes) -> str:
    """Return the public half of an Ed25519 key as base64."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return base64.b64encode(Ed25519PrivateKey.from_private_bytes(raw).public_key().public_bytes_raw()).decode()


def sign(raw: bytes, content: bytes) -> str:
    """Sign bytes with an Ed25519 private key; base64."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return base64.b64encode(Ed25519PrivateKey.from_private_bytes(raw).sign(content)).decode()


def is_signed(public: str, signature: str, content: bytes) -> bool:
    """Tell whether a base64 signature of these bytes belongs to a base64 public key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        key.verify(base64.b64decode(signature, validate=True), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_public(public: str) -> bool:
    """Tell whether a text is an Ed25519 public key in base64."""
    try:
        return len(base64.b64decode(public, validate=True)) == KEY_BYTES
    except ValueError:
        return False


def fingerprint(public: str) -> str:
    """Return the short name of a public key that people compare: sha256, first 16 hex digits in fours.

    Raises:
        ValueError: this is no base64.

    """
    short = hashlib.sha256(base64.b64decode(public, validate=True)).hexdigest()[:16]
    return " ".join(short[start : start + 4] for start in range(0, 16, 4))


def read_private(path: Path) -> bytes:
    """Read a private key file written by `minhbach keys new`.

    Raises:
        UsageError: it is missing, or holds no 32 bytes.

    """
    return _decode(str(path), _read_key_file(path, str(path)))


def _read_key_file(path: Path, where: str) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{where}: found no readable key file at {path}, expected one `keys new` made.") from error


def _decode(name: str, text: str) -> bytes:
    try:
        value = bytes.fromhex(text) if len(text) == 2 * KEY_BYTES else base64.b64decode(text, validate=True)
    except ValueError:
        value = b""
    if len(value) != KEY_BYTES:
        raise UsageError(f"{name}: found no key of 32 bytes, expected base64 or hex; `minhbach keys new` makes one.")
    return value
