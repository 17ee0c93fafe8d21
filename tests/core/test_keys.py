"""Keys are found or made, never shown; boxes open and signatures hold for their own key and content alone."""

from __future__ import annotations

import base64
import pickle
import secrets
import stat
import subprocess
import sys
import traceback
from dataclasses import replace
from pathlib import Path

import pytest

from minhbach.core import keys, people
from minhbach.core.errors import SealBroken, UsageError
from minhbach.core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
RAW = bytes(range(32))


@pytest.fixture
def settings(house: Path) -> Settings:
    return Settings.read(house)


def test_a_key_comes_from_the_environment(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for text in (base64.b64encode(RAW).decode(), RAW.hex()):
        monkeypatch.setenv("MINHBACH_LANDING_KEY", text)
        found = keys.secret("LANDING_KEY", settings)
        assert (found.value, found.generated) == (RAW, False)
    monkeypatch.delenv("MINHBACH_LANDING_KEY")
    (tmp_path / "k").write_text(RAW.hex() + "\n", "ascii")
    monkeypatch.setenv("MINHBACH_LANDING_KEY_FILE", str(tmp_path / "k"))
    assert keys.secret("LANDING_KEY", settings).value == RAW


@pytest.mark.parametrize("text", ["short", "đ" * 32, "zz" * 32, base64.b64encode(b"x" * 31).decode()])
def test_a_value_that_is_no_key_is_refused_and_not_repeated(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("MINHBACH_SIGNING_KEY", text)
    with pytest.raises(UsageError, match="MINHBACH_SIGNING_KEY") as caught:
        keys.secret("SIGNING_KEY", settings)
    assert text not in str(caught.value)


def test_a_key_file_that_is_not_there_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINHBACH_SIGNING_KEY_FILE", "/nowhere/key")
    with pytest.raises(UsageError, match="/nowhere/key"):
        keys.secret("SIGNING_KEY", settings)


def test_somebodys_own_key_is_never_made_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="MINHBACH_PREPARER_KEY"):
        keys.given("PREPARER_KEY")
    monkeypatch.setenv("MINHBACH_PREPARER_KEY", RAW.hex())
    assert keys.given("PREPARER_KEY").value == RAW
    assert not (settings.lake.parent / "keys").exists()


def test_in_production_nothing_is_made_up(settings: Settings) -> None:
    with pytest.raises(UsageError, match="MINHBACH_PSEUDONYM_KEY"):
        keys.secret("PSEUDONYM_KEY", replace(settings, mode="production"))
    assert not (settings.lake.parent / "keys").exists()


def test_a_generated_key_is_made_once_and_private(settings: Settings) -> None:
    first = keys.secret("PSEUDONYM_KEY", settings)
    assert first.generated
    assert keys.secret("PSEUDONYM_KEY", settings) == first
    assert keys.secret("LANDING_KEY", settings).value != first.value
    folder = settings.lake.parent / "keys"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "pseudonym_key.key": 0o600,
        "landing_key.key": 0o600,
    }


MAKER = """
import sys
from pathlib import Path
from minhbach.core import keys
from minhbach.core.settings import Settings
settings = Settings.read(Path(sys.argv[1]))
sys.stdin.readline()
print(keys.secret("SIGNING_KEY", settings).value.hex())
"""


def test_processes_that_start_at_once_share_one_key(house: Path) -> None:
    command = [sys.executable, "-c", MAKER, str(house)]
    children = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) for _ in range(4)]
    answers = {child.communicate(b"\n", timeout=60)[0] for child in children}
    assert [child.returncode for child in children] == [0] * 4
    assert len(answers) == 1
    assert [path.name for path in (house / "keys").iterdir()] == ["signing_key.key"]


def test_a_secret_is_never_shown(settings: Settings) -> None:
    secret = keys.secret("LANDING_KEY", settings)
    forms = (secret.value.hex(), base64.b64encode(secret.value).decode(), repr(secret.value))
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r}", repr([secret]), repr({"key": secret})]
    error = RuntimeError(secret)
    shown += [str(error), repr(error), "".join(traceback.format_exception(error))]
    assert shown
    assert not [text for text in shown for form in forms if form in text]
    assert "****" in repr(secret)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret)


def test_settings_show_no_secret(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINHBACH_SIGNING_KEY", RAW.hex())
    assert RAW.hex() not in repr(settings)
    assert RAW.hex() not in repr(settings.environment())


def test_a_pseudonym_is_keyed_by_key_and_domain() -> None:
    one, other = keys.Secret("A", RAW), keys.Secret("A", bytes(32))
    found = keys.pseudonym(one, "person", "022000000001")
    assert len(found) == 32
    assert int(found, 16) >= 0
    assert found == keys.pseudonym(one, "person", "022000000001")
    assert (
        len({found, keys.pseudonym(one, "dossier", "022000000001"), keys.pseudonym(other, "person", "022000000001")})
        == 3
    )


def test_a_box_opens_with_its_key_and_label_alone() -> None:
    key = keys.Secret("LANDING_KEY", RAW)
    box = keys.seal_box(key, b"h\xe1\xbb\x93 s\xc6\xa1", label="a/b")
    assert keys.open_box(key, box, label="a/b") == b"h\xe1\xbb\x93 s\xc6\xa1"
    assert keys.seal_box(key, b"h", label="a/b") != keys.seal_box(key, b"h", label="a/b")
    damaged = [box[:place] + bytes([box[place] ^ 1]) + box[place + 1 :] for place in range(len(box))]
    for wrong in [*damaged, box[:-1], box + b"\0", b"", b"MBX1"]:
        with pytest.raises(SealBroken, match="a/b"):
            keys.open_box(key, wrong, label="a/b")
    with pytest.raises(SealBroken):
        keys.open_box(key, box, label="a/c")
    with pytest.raises(SealBroken):
        keys.open_box(keys.Secret("LANDING_KEY", bytes(32)), box, label="a/b")


def test_a_signature_holds_for_its_key_and_content_alone() -> None:
    public, other = keys.signing_key(RAW), keys.signing_key(bytes(32))
    signature = keys.sign(RAW, b"content")
    assert keys.is_signed(public, signature, b"content")
    assert not keys.is_signed(public, signature, b"Content")
    assert not keys.is_signed(other, signature, b"content")
    for wrong in ("", "AAAA", "không", signature[:-4], signature + "AAAA", "x" * 88):
        assert not keys.is_signed(public, wrong, b"content")
        assert not keys.is_signed(wrong, signature, b"content")


def test_public_keys_and_fingerprints() -> None:
    public = keys.signing_key(RAW)
    assert keys.is_public(public)
    assert not any(keys.is_public(text) for text in ("", "AAAA", "khóa", public + "AAAA"))
    assert len(keys.fingerprint(public).replace(" ", "")) == 16
    with pytest.raises(ValueError, match=r".+"):
        keys.fingerprint("khóa")


def test_a_new_key_pair(tmp_path: Path) -> None:
    private, public = people.new_key("binh_duyet", tmp_path)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert (tmp_path / "binh_duyet.pub").read_text("ascii").strip() == public
    assert keys.signing_key(keys.read_private(private)) == public
    before = private.read_bytes()
    with pytest.raises(UsageError, match="already"):
        people.new_key("binh_duyet", tmp_path)
    assert private.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["binh_duyet.key", "binh_duyet.pub"]


@pytest.mark.parametrize("name", ["", "../x", "Binh", "a/b", "bình", ".key", "a__b"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="keys new"):
        people.new_key(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_no_key_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "bad.key").write_bytes(b"\xff\xfe")
    for name in ("none.key", "bad.key"):
        with pytest.raises(UsageError, match=name):
            keys.read_private(tmp_path / name)
    (tmp_path / "short.key").write_text(secrets.token_hex(8), "ascii")
    with pytest.raises(UsageError, match="32 bytes"):
        keys.read_private(tmp_path / "short.key")
