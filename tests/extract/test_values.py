"""Text to types: strict, and equal to Python's own reading wherever both read."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from minhbach.extract.values import TimeForm, parse, text_of

FORMS = {
    "yyyyMMddHHmmss": "%Y%m%d%H%M%S",
    "dd/MM/yyyy HH:mm:ss": "%d/%m/%Y %H:%M:%S",
    "MM/dd/yyyy hh:mm:ss a": "%m/%d/%Y %I:%M:%S %p",
    "yyyy-MM-dd": "%Y-%m-%d",
}


def read(form: str, *texts: str | None):
    return parse(pa.array(texts, pa.string()), "timestamp", form=TimeForm.of(form), years=[1990, 2099], decimal=".")


@pytest.mark.parametrize("form", FORMS)
def test_times_are_read_as_python_reads_them(form: str) -> None:
    drawn = random.Random(form)
    times = [
        datetime.fromisoformat("1990-01-01") + timedelta(seconds=drawn.randrange(109 * 365 * 86_400))
        for _ in range(2_000)
    ]
    texts = [time.strftime(FORMS[form]) for time in times]
    parsed = read(form, *texts)
    assert not parsed.bad.any()
    assert parsed.column.to_pylist() == [datetime.strptime(text, FORMS[form]) for text in texts]  # noqa: DTZ007  source times are local


@pytest.mark.parametrize("form", FORMS)
def test_what_python_refuses_is_refused(form: str) -> None:
    drawn = random.Random(form)
    texts = []
    for _ in range(3_000):
        letters = list(
            datetime.fromisoformat(
                f"2026-{1 + drawn.randrange(12):02d}-{1 + drawn.randrange(28):02d}T11:59:59"
            ).strftime(FORMS[form])
        )
        for _ in range(drawn.randrange(1, 3)):
            letters[drawn.randrange(len(letters))] = drawn.choice("0123456789/: x")
        texts.append("".join(letters))
    parsed = read(form, *texts)
    for text, bad, implausible in zip(texts, parsed.bad, parsed.implausible, strict=True):
        try:
            expected = datetime.strptime(text, FORMS[form])  # noqa: DTZ007  source times are local
        except ValueError:
            expected = None
        padded = FORMS[form].replace("%Y", f"{expected.year:04d}") if expected else ""
        fixed = expected is not None and expected.strftime(padded) == text  # Python also reads shorter fields
        assert bool(bad) != fixed, text
        assert bool(implausible) == bool(fixed and not 1990 <= expected.year <= 2099), text


def test_a_form_must_be_whole() -> None:
    for wrong in ("dd/MM", "yyyyMMdd hh:mm", "yyyyMMddyyyy", "yyyyMMddTHH"):
        with pytest.raises(ValueError, match="expected"):
            TimeForm.of(wrong)


def test_nothing_is_not_a_bad_time() -> None:
    parsed = read("yyyyMMddHHmmss", None, "20260702080000", None)
    assert parsed.bad.tolist() == [False, False, False]
    assert parsed.column.null_count == 2
    assert read("yyyyMMddHHmmss").column.to_pylist() == []


def test_a_slice_reads_as_the_whole() -> None:
    whole = pa.array(["x", "20260702080000", "20260703080000"])
    parsed = parse(whole[1:], "date", form=TimeForm.of("yyyyMMddHHmmss"), years=[1990, 2099], decimal=".")
    assert [str(day) for day in parsed.column.to_pylist()] == ["2026-07-02", "2026-07-03"]


@pytest.mark.parametrize(
    ("kind", "decimal", "text", "value"),
    [
        ("integer", ".", "0042", 42),
        ("integer", ".", "1.000", None),
        ("decimal", ",", "45000,50", "45000.5000"),
        ("decimal", ",", "45.000,50", None),
        ("decimal", ".", "-0.25", "-0.2500"),
        ("decimal", ".", "1e5", None),
        ("boolean", ".", "1", True),
        ("boolean", ".", "False", False),
        ("boolean", ".", "2", None),
    ],
)
def test_numbers_and_truths_are_not_guessed(kind: str, decimal: str, text: str, value: object) -> None:
    parsed = parse(pa.array([text, None]), kind, form=None, years=[1, 2], decimal=decimal)
    assert parsed.bad.tolist() == [value is None, False]
    found = parsed.column.to_pylist()[0]
    assert (str(found) if kind == "decimal" and value is not None else found) == value


def test_text_is_trimmed_and_blank_is_nothing() -> None:
    assert text_of([" a ", "", "  ", None, "\u00a0b\u00a0"]).to_pylist() == ["a", None, None, None, "b"]
    assert text_of([1, "x", True, 2.0, 2.5, None]).to_pylist() == ["1", "x", "1", "2", "2.5", None]
    assert text_of(pa.array([1, None])).to_pylist() == ["1", None]
    assert isinstance(np.asarray(text_of([])), np.ndarray)
