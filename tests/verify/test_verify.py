"""Anyone checks a download; whatever was changed on the way is named."""

from __future__ import annotations

import contextlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from minhbach.core import jsonfile, keys, seal
from minhbach.core.errors import SealBroken, SourceUnreachable, UsageError
from minhbach.core.rows import csv_rows_sha256
from minhbach.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    Serve = Callable[[Path], AbstractContextManager[str]]

SEALED = [
    "SHA256SUMS", "csv-metadata.json", "data.csv", "data.parquet", "data.xlsx", "datapackage.json", "dataset.jsonld",
    "dictionary.csv", "disclosure.json", "manifest.json",
]  # fmt: skip


def flip(path: Path, place: int | None = None) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if place is None else place] ^= 1
    path.write_bytes(bytes(content))


def regenerate_sums(folder: Path) -> None:
    """Do what a forger without the key can: make the sums fit the files."""
    names = seal.parse_sums((folder / "SHA256SUMS").read_bytes(), "here")
    lines = [f"{jsonfile.file_sha256(folder / name)}  {name}\n" for name in sorted(names)]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="ascii")


def edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(path.read_bytes())
    change(document)
    path.write_bytes(jsonfile.pretty(document))


def forge(folder: Path, private: bytes, *, csv: bytes | None = None) -> None:
    """Seal the folder anew with a key, as its owner would."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for name in ("SHA256SUMS", "manifest.sig", "receipt.json"):
        (folder / name).unlink(missing_ok=True)
    if csv is not None:
        (folder / "data.csv").write_bytes(csv)
    manifest["files"] = {
        name: {"sha256": jsonfile.file_sha256(folder / name), "bytes": (folder / name).stat().st_size}
        for name in manifest["files"]
    }
    seal.close(folder, manifest, private)


def test_a_good_download_is_good(published: Path, public_key: str) -> None:
    report = verify(published, public_key)
    assert report.files == len(SEALED)
    assert report.key_given
    assert report.receipt is not None
    assert report.receipt["approver"] == "binh_duyet"
    assert report.logical_sha256 == csv_rows_sha256(published / "data.csv")
    assert report.document()["good"] is True
    assert json.loads(json.dumps(report.document()))["fingerprint"] == keys.fingerprint(public_key)


def test_without_a_key_the_one_that_was_trusted_is_told(published: Path, public_key: str) -> None:
    report = verify(str(published / "data.csv"))
    assert not report.key_given
    assert report.fingerprint == keys.fingerprint(public_key)
    assert any(f"compare {report.fingerprint}" in sentence for sentence in report.sentences())


def test_the_key_may_be_a_file(published: Path, public_key: str, tmp_path: Path) -> None:
    (tmp_path / "house.pub").write_text(f"{public_key}\n", encoding="ascii")
    assert verify(published, str(tmp_path / "house.pub")).key_given


def test_what_lies_beside_is_told(published: Path) -> None:
    (published / "index.html").write_bytes(b"<p>")
    assert verify(published).not_sealed == ("index.html",)
    (published / "receipt.json").unlink()
    assert any("No receipt" in sentence for sentence in verify(published).sentences())


def test_every_sealed_file_is_listed_here(published: Path) -> None:
    assert sorted({path.name for path in published.iterdir()} - {"manifest.sig", "receipt.json"}) == SEALED


@pytest.mark.parametrize("name", SEALED)
def test_one_byte_flipped_is_named(published: Path, name: str) -> None:
    flip(published / name)
    with pytest.raises(SealBroken, match=name.replace(".", r"\.")) as caught:
        verify(published)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [name for name in SEALED if name != "SHA256SUMS"])
def test_one_byte_flipped_and_the_sums_made_anew_names_signature_and_file(published: Path, name: str) -> None:
    flip(published / name)
    regenerate_sums(published)
    with pytest.raises(SealBroken) as caught:
        verify(published)
    assert name in str(caught.value)
    assert "signature manifest.sig" in str(caught.value)
    assert "made anew" in str(caught.value)


@pytest.mark.parametrize("name", [*SEALED, "manifest.sig"])
def test_a_missing_file_is_named(published: Path, name: str) -> None:
    (published / name).unlink()
    with pytest.raises(SealBroken, match=f"found no {name}".replace(".", r"\.")):
        verify(published)


@pytest.mark.parametrize("name", SEALED)
def test_a_truncated_file_is_named(published: Path, name: str) -> None:
    (published / name).write_bytes(b"")
    with pytest.raises(SealBroken, match=name.replace(".", r"\.")):
        verify(published)


def test_every_byte_of_the_signature_counts(published: Path) -> None:
    good = (published / "manifest.sig").read_bytes()
    refused = 0
    for place in range(0, len(good), 7):
        flip(published / "manifest.sig", place)
        # A flipped blank between two tokens is the same document; anything else is another.
        same = False
        with contextlib.suppress(ValueError):
            same = json.loads((published / "manifest.sig").read_bytes()) == json.loads(good)
        if not same:
            with pytest.raises(SealBroken, match=r"manifest\.sig"):
                verify(published)
            refused += 1
        (published / "manifest.sig").write_bytes(good)
    assert refused > 100
    verify(published)


def test_a_manifest_that_says_another_thing_needs_another_signature(published: Path) -> None:
    edit(published / "manifest.json", lambda document: document.update(rows=4))
    regenerate_sums(published)
    with pytest.raises(SealBroken, match=r"manifest\.json.*signature manifest\.sig"):
        verify(published)


def test_a_forger_with_a_key_of_his_own_is_told_from_the_house(published: Path, public_key: str) -> None:
    forge(published, b"f" * 32, csv=(published / "data.csv").read_bytes().replace(b"120", b"121"))
    with pytest.raises(SealBroken, match=r"data\.csv: found rows"):
        verify(published)  # the manifest still names the old rows
    edit(published / "manifest.json", lambda d: d.update(logical_sha256=csv_rows_sha256(published / "data.csv")))
    forge(published, b"f" * 32)
    report = verify(published)
    assert report.fingerprint != keys.fingerprint(public_key)
    with pytest.raises(SealBroken, match=r"manifest\.sig: signature: found the key"):
        verify(published, public_key)


def test_a_receipt_of_another_key_or_release_is_refused(published: Path) -> None:
    path = published / "receipt.json"
    receipt = json.loads(path.read_bytes())
    path.write_bytes(jsonfile.pretty({**receipt, "approver": "ai_do"}))
    with pytest.raises(SealBroken, match=r"receipt\.json: signature"):
        verify(published)
    body = {key: value for key, value in receipt.items() if key not in {"public_key", "signature"}}
    path.write_bytes(jsonfile.pretty(seal.signed(body, b"f" * 32)))
    with pytest.raises(SealBroken, match=r"receipt\.json: signature: found the key"):
        verify(published)
    forge(published, b"f" * 32)
    path.write_bytes(jsonfile.pretty(seal.signed({**body, "releases": []}, b"f" * 32)))
    with pytest.raises(SealBroken, match=r"receipt\.json: releases"):
        verify(published)


@pytest.mark.parametrize(
    "line",
    ["x" * 64 + "  data.csv", "a" * 64 + "  ../data.csv", "a" * 64 + "  /etc/passwd", "a" * 64 + " data.csv", ""],
)
def test_sums_that_are_none_are_refused(published: Path, line: str) -> None:
    path = published / "SHA256SUMS"
    path.write_bytes(path.read_bytes() + line.encode() + b"\n")
    with pytest.raises(SealBroken, match="SHA256SUMS"):
        verify(published)
    with pytest.raises(SealBroken, match="line 10"):
        seal.parse_sums(path.read_bytes(), "here")


def test_nothing_there_is_a_usage_error(tmp_path: Path, published: Path) -> None:
    with pytest.raises(UsageError, match="found nothing there"):
        verify(tmp_path / "nowhere")
    with pytest.raises(SealBroken, match="found no SHA256SUMS"):
        verify(tmp_path)
    with pytest.raises(UsageError, match="--key"):
        verify(published, "không phải khóa")


def test_an_address_is_checked_like_a_folder(published: Path, public_key: str, served: Serve) -> None:
    with served(published.parents[3]) as root:
        address = f"{root}/dataset/giay_phep/2026-Q3/r1"
        found = [
            verify(f"{address}{end}", public_key) for end in ("", "/", "/data.csv", "/index.html?x=1#y", "/SHA256SUMS")
        ]
    assert {report.logical_sha256 for report in found} == {verify(published).logical_sha256}
    assert all(report.receipt for report in found)


def test_an_address_without_receipt_is_good_and_says_so(published: Path, served: Serve) -> None:
    (published / "receipt.json").unlink()
    with served(published) as root:
        assert verify(f"{root}/").receipt is None


def test_a_tampered_site_is_noticed(published: Path, served: Serve) -> None:
    flip(published / "data.parquet")
    regenerate_sums(published)
    with served(published) as root, pytest.raises(SealBroken, match=r"data\.parquet.*signature manifest\.sig"):
        verify(root)


def test_a_site_that_lost_a_file_is_noticed(published: Path, served: Serve) -> None:
    (published / "data.xlsx").unlink()
    with served(published) as root, pytest.raises(SealBroken, match=r"data\.xlsx: found nothing \(404\)"):
        verify(root)


def test_a_site_that_does_not_answer_is_the_outside(tmp_path: Path, served: Serve) -> None:
    with served(tmp_path) as root:
        pass
    with pytest.raises(SourceUnreachable) as caught:
        verify(root)
    assert caught.value.exit_code == 1


def test_a_renamed_release_is_not_another_period(published: Path) -> None:
    other = shutil.copytree(published, published.parents[1] / "2026-Q4" / "r1")
    assert verify(other).period == "2026-Q3"  # the seal says which it is, not the folder


def test_the_sums_under_the_small_letters_of_a_portal_count_as_strictly(published: Path, public_key: str) -> None:
    sums = published / "SHA256SUMS"
    lowered = sums.rename(published / "sha256sums")
    report = verify(published, public_key)
    assert report.files == len(SEALED)
    assert report.not_sealed == ()
    flip(lowered)
    with pytest.raises(SealBroken, match="SHA256SUMS"):
        verify(published, public_key)
    lowered.rename(published / "sums")
    with pytest.raises(SealBroken, match="found no SHA256SUMS"):
        verify(published, public_key)


def test_beside_the_sums_another_file_in_small_letters_is_a_stranger(published: Path, public_key: str) -> None:
    (published / "sha256sums").write_text("khác\n", encoding="utf-8")
    assert verify(published, public_key).not_sealed == ("sha256sums",)
