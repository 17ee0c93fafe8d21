"""Loading through the API when answers are lost, chunks are too much, or the run before was killed."""

from __future__ import annotations

import json
import threading

import pytest

from minhbach.core.errors import GateRefused
from publishers.ckan.client import Portal as Client
from publishers.ckan.datastore import ApiLoader, check, sending
from publishers.ckan.errors import ActionRefused, OutcomeUnknown

from .tables import SPEC, record, release, rows_of_records

ROWS = 900
CHUNKS = 9


class Failing(Client):
    """The real client, of which chosen chunks fail in a chosen way."""

    def __init__(self, client, fails):
        super().__init__(client.address, client._token, client.slots)
        self.fails, self.sent, self.lock = fails, 0, threading.Lock()
        self.sizes = []

    def action(self, name, data, *, timeout=None, body=None):
        records = json.loads(body)["records"] if body else []
        if name != "datastore_upsert" or not records:
            return super().action(name, data, timeout=timeout, body=body)
        with self.lock:
            self.sent += 1
            self.sizes.append(len(records))
            fault = self.fails(self.sent, len(records))
        if fault == "before":
            raise OutcomeUnknown("the connection dropped; run again.")
        if fault == "too long":
            raise ActionRefused("refused", 409, {"records": ["canceling statement due to statement timeout"]})
        result = super().action(name, data, timeout=timeout, body=body)
        if fault == "after":
            raise OutcomeUnknown("no answer in time; run again.")
        return result


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(sending, "CHUNK", ROWS // CHUNKS)


def test_an_answer_that_is_lost_doubles_no_row(client, anonymous, resource):
    resource_id = resource()
    failing = Failing(client, lambda number, _: "after" if number in {1, 4, CHUNKS} else None)
    prepared = ApiLoader(failing).prepare(resource_id, SPEC, release("r1", ROWS))
    assert failing.sent == CHUNKS
    assert check(anonymous, resource_id, SPEC, prepared.digest) == []


def test_a_chunk_that_takes_too_long_is_halved(client, anonymous, resource):
    resource_id = resource()
    failing = Failing(client, lambda _, size: "too long" if size > 70 else None)
    prepared = ApiLoader(failing).prepare(resource_id, SPEC, release("r1", ROWS))
    assert set(failing.sizes) == {100, 50}
    assert check(anonymous, resource_id, SPEC, prepared.digest) == []


def test_a_chunk_of_too_many_bytes_is_halved(client, anonymous, resource, monkeypatch):
    monkeypatch.setattr(sending, "LIMIT", 20_000)
    resource_id = resource()
    counting = Failing(client, lambda *_: None)
    prepared = ApiLoader(counting).prepare(resource_id, SPEC, release("r1", ROWS))
    assert max(counting.sizes) < 100
    assert check(anonymous, resource_id, SPEC, prepared.digest) == []


def test_a_run_that_broke_off_is_taken_up_where_it_ended(client, anonymous, resource):
    resource_id = resource()
    breaking = Failing(client, lambda number, _: "before" if number >= 5 else None)
    with pytest.raises(OutcomeUnknown):
        ApiLoader(breaking).prepare(resource_id, SPEC, release("r1", ROWS))
    there = client.read("datastore_info", id=resource_id)["meta"]["count"]
    assert 0 < there < ROWS
    again = Failing(client, lambda *_: None)
    prepared = ApiLoader(again).prepare(resource_id, SPEC, release("r1", ROWS))
    assert sum(again.sizes) == ROWS - there
    assert check(anonymous, resource_id, SPEC, prepared.digest) == []
    once_more = Failing(client, lambda *_: None)
    assert ApiLoader(once_more).prepare(resource_id, SPEC, release("r1", ROWS)) == prepared
    assert once_more.sent == 0


def test_what_is_there_of_something_else_is_replaced(client, anonymous, resource):
    resource_id = resource()
    ApiLoader(client).prepare(resource_id, SPEC, release("r1", 300))
    prepared = ApiLoader(client).prepare(resource_id, SPEC, release("r2", 400))
    assert check(anonymous, resource_id, SPEC, prepared.digest) == []


def test_a_value_that_the_portal_refuses_is_told_without_it(client, resource, monkeypatch):
    """Such a value cannot come from rows that fit their types; a portal with an other type could refuse one."""
    monkeypatch.setattr(
        sending, "texts", lambda batch, spec: [batch.column(name).cast("string") for name in spec.names]
    )
    bad = [record(1, "r1") | {"mã_hồ_sơ": "HS-SECRET", "ban": "r1"}]
    monkeypatch.setattr(sending, "_cut", lambda *_: [[bad[0] | {"so_nho": "HS-SECRET", "ngay": None, "luc": None}]])
    monkeypatch.setattr(sending.msgspec.json, "encode", lambda order: json.dumps(order, default=str).encode())
    with pytest.raises(GateRefused) as refused:
        ApiLoader(client).prepare(resource(), SPEC, rows_of_records(bad))
    assert "found a value that the portal cannot hold" in str(refused.value)
    assert "SECRET" not in str(refused.value)
