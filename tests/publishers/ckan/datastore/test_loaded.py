"""A table loaded in either mode is one that CKAN itself could have made, and holds exactly the rows."""

import csv
import io
from decimal import Decimal

import httpx
import pytest

from minhbach.core.errors import GateRefused
from publishers.ckan.datastore import ApiLoader, CopyLoader, check, digest_of
from publishers.ckan.datastore.structure import index_name, indexes

from .tables import SPEC, as_searched, record, release, rows_of_records

ROWS = 300
OF_XLOADER = '"xloader":{"strip_extra_white":true},'
"""What that extension adds to the dictionary of every table made through the API; it is its own default."""


def _load(loader, resource_id, rows):
    prepared = loader.prepare(resource_id, SPEC, rows)
    with loader.swap(prepared):
        pass
    return prepared


@pytest.fixture
def loaded(loader, resource):
    resource_id = resource()
    _load(loader, resource_id, release("r1", ROWS))
    return resource_id


def test_types_key_and_dictionary_are_those_declared(loaded, portal):
    info = portal.call("datastore_info", id=loaded)
    assert [(field["id"], field["type"]) for field in info["fields"]] == [(f.id, f.type) for f in SPEC.fields]
    assert [field["info"] for field in info["fields"]] == [field.info for field in SPEC.fields]
    assert info["fields"][1]["info"]["label"] == "Mã hồ sơ"
    assert info["fields"][1]["info"]["notes_en"] == "Given by the agency."
    assert info["meta"]["count"] == ROWS
    assert info["fields"][0]["schema"]["is_index"]


def test_search_filter_sort_and_dump_give_the_rows(loaded, searched, portal):
    wanted = [as_searched(record(number, "r1")) for number in range(ROWS)]
    found = searched(loaded, limit=ROWS + 1)
    assert found["total"] == ROWS
    assert [{name: row[name] for name in SPEC.names} for row in found["records"]] == wanted
    assert str(found["records"][1]["ty_le"]) == str(wanted[1]["ty_le"]) == "1.01"
    filtered = searched(loaded, filters={"mã_hồ_sơ": {"gte": "HS-00010", "lt": "HS-00013"}}, sort="mã_hồ_sơ desc")
    assert [row["mã_hồ_sơ"] for row in filtered["records"]] == ["HS-00012", "HS-00011", "HS-00010"]
    dump = httpx.get(f"{portal.url}/datastore/dump/{loaded}?format=csv").text
    rows = list(csv.DictReader(io.StringIO(dump, newline="")))
    assert [row["mã_hồ_sơ"] for row in rows] == [row["mã_hồ_sơ"] for row in wanted]
    assert [row["tên_thủ_tục"] or None for row in rows] == [row["tên_thủ_tục"] for row in wanted]


def test_words_are_found_after_loading_after_an_insert_and_after_an_update(loaded, searched, portal):
    assert searched(loaded, q="thủy lợi")["total"] == len([n for n in range(ROWS) if n % 6 == 2 and n % 7 != 6])
    assert searched(loaded, q={"tên_thủ_tục": "khai sinh"})["total"] > 0
    assert searched(loaded, q="hải đăng")["total"] == 0
    new = {"ky_bao_cao": "2026-Q9", "mã_hồ_sơ": "HS-NEW", "tên_thủ_tục": "Ngọn hải đăng", "ty_le": "1.50"}
    told = {"resource_id": loaded, "force": True, "calculate_record_count": False}
    portal.call("datastore_upsert", token=portal.publisher_token, records=[new], **told)
    assert searched(loaded, q="hải đăng")["records"][0]["mã_hồ_sơ"] == "HS-NEW"
    assert searched(loaded)["total"] == ROWS + 1
    changed = {"ky_bao_cao": "2026-Q1", "mã_hồ_sơ": "HS-00000", "tên_thủ_tục": "Bến cảng"}
    portal.call("datastore_upsert", token=portal.publisher_token, records=[changed], method="update", **told)
    assert searched(loaded, q="bến cảng")["records"][0]["mã_hồ_sơ"] == "HS-00000"


def test_rows_and_table_can_be_deleted_by_ckan(loaded, searched, portal):
    told = {"token": portal.publisher_token, "resource_id": loaded, "force": True}
    portal.call("datastore_delete", filters={"ky_bao_cao": "2026-Q1"}, calculate_record_count=False, **told)
    assert searched(loaded)["total"] == ROWS - 100
    portal.call("datastore_delete", **told)
    gone = httpx.post(f"{portal.url}/api/3/action/datastore_search", json={"resource_id": loaded})
    assert gone.status_code == 404


def test_the_search_text_is_what_ckans_own_trigger_writes(loaded, database):
    before = database.execute(f'SELECT _id, _full_text::text FROM "{loaded}" ORDER BY 1').fetchall()
    database.execute(f'UPDATE "{loaded}" SET _full_text = NULL')
    assert database.execute(f'SELECT _id, _full_text::text FROM "{loaded}" ORDER BY 1').fetchall() == before
    assert len(before) == ROWS


def test_loading_again_changes_nothing_and_another_release_replaces_all(loaded, loader, anonymous):
    again = _load(loader, loaded, release("r1", ROWS))
    assert again.rows == ROWS
    assert check(anonymous, loaded, SPEC, again.digest) == []


def test_the_check_sees_a_changed_value_a_lost_row_and_another_dictionary(loaded, anonymous, portal, database):
    expected = digest_of(SPEC, release("r1", ROWS))
    assert check(anonymous, loaded, SPEC, expected) == []
    database.execute(f'UPDATE "{loaded}" SET ty_le = ty_le + 0.01 WHERE _id = 5')
    assert check(anonymous, loaded, SPEC, expected) == [
        f"DataStore table {loaded}: found other values under the same keys, expected those of the releases."
    ]
    database.execute(f'UPDATE "{loaded}" SET ty_le = ty_le - 0.01 WHERE _id = 5')
    assert check(anonymous, loaded, SPEC, expected) == []
    database.execute(f'COMMENT ON COLUMN "{loaded}".ngay IS \' {{"_info":{{"label":"Khác"}}}}\'')
    assert "ngay: found another label in the dictionary" in check(anonymous, loaded, SPEC, expected)[0]
    database.execute(f'DELETE FROM "{loaded}" WHERE _id = 5')
    told = check(anonymous, loaded, SPEC, expected)
    assert told
    portal.call("datastore_delete", token=portal.publisher_token, resource_id=loaded, force=True)
    assert check(anonymous, loaded, SPEC, expected) == [
        f"DataStore table {loaded}: found the answer 404, expected a table."
    ]


def test_a_key_that_comes_twice_is_refused_in_one_sentence_and_nothing_is_shown(loader, resource, portal, copying):
    resource_id = resource()
    records = [record(number, "r1") for number in range(30)]
    with pytest.raises(GateRefused) as refused:
        loader.prepare(resource_id, SPEC, rows_of_records([*records, records[4]]))
    said = str(refused.value)
    assert "found a key" in said
    assert "twice" in said
    assert "HS-00004" not in said
    assert not [name for name in copying.waiting() if resource_id in name]
    if isinstance(loader, CopyLoader):
        answer = httpx.post(f"{portal.url}/api/3/action/datastore_search", json={"resource_id": resource_id})
        assert answer.status_code == 404


def test_a_copied_table_has_the_structure_that_ckan_would_have_made(copying, client, resource, database):
    ours, theirs = resource(), resource()
    _load(copying, ours, release("r1", 20))
    ApiLoader(client).prepare(theirs, SPEC, release("r1", 20))
    for made, expected in zip(_structure(database, ours), _structure(database, theirs), strict=True):
        assert made == expected
    names = {name for (name,) in database.execute("SELECT indexname FROM pg_indexes WHERE tablename = %s", [ours])}
    assert names == {f"{ours}_pkey"} | {index_name(ours, expression) for expression, _, _ in indexes(SPEC)}


def _structure(database, table):
    """Everything that the catalog says of a table: columns, indexes, triggers, comments, numbering, rights, count."""
    told = {"t": table}
    columns = database.execute(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), "
        "col_description(attrelid, attnum) FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND "
        "adnum = attnum WHERE attrelid = format('%%I', %(t)s::text)::regclass AND attnum > 0 ORDER BY attnum",
        told,
    ).fetchall()
    made = database.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %(t)s", told).fetchall()
    defined = sorted(text.split(" ON ", 1)[1] + str("UNIQUE" in text) for (text,) in made if "to_tsvector" not in text)
    own_index = {
        index_name(table, expression) for expression, _, _ in indexes(SPEC) if not expression.startswith("to_ts")
    }
    found = {name for (name,) in database.execute("SELECT indexname FROM pg_indexes WHERE tablename = %(t)s", told)}
    triggers = database.execute(
        "SELECT tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger "
        "WHERE tgrelid = format('%%I', %(t)s::text)::regclass",
        told,
    ).fetchall()
    rights = database.execute(
        "SELECT relowner::regrole::text, relacl::text, relpersistence FROM pg_class WHERE relname = %(t)s", told
    ).fetchall()
    numbering = database.execute(
        "SELECT pg_get_serial_sequence(format('%%I', %(t)s::text), '_id'), data_type::text, last_value "
        "FROM pg_sequences WHERE sequencename = %(t)s::text || '__id_seq'",
        told,
    ).fetchall()
    counted = database.execute("SELECT stats FROM _table_stats WHERE resource_id = %(t)s", told).fetchall()
    assert own_index <= found
    return [
        [[str(cell).replace(table, "T").replace(OF_XLOADER, "") for cell in row] for row in rows]
        for rows in (columns, [defined], triggers, rights, numbering, counted)
    ]


def test_an_exact_decimal_survives(loaded, searched):
    found = searched(loaded, fields=["ty_le"], limit=3, sort="ty_le desc nulls last")["records"]
    assert all(isinstance(row["ty_le"], Decimal) for row in found)
