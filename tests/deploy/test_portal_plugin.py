"""Our plugin for CKAN: DCAT-AP that keeps every shape whatever a dataset holds, and privacy that says nothing."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import rdflib
from rdflib import DCTERMS, RDF, SKOS, XSD, BNode, Literal, URIRef

from deploy.portal.plugin.minhbach_portal import vocabularies as known
from deploy.portal.plugin.minhbach_portal.conforming import (
    ADMS,
    DCAT,
    DCATAP,
    SPDX,
    conform_catalog,
    conform_dataset,
    state_sha256,
)
from deploy.portal.plugin.minhbach_portal.vocabularies import Vocabulary, licence_type, media_type
from tests.portal import ORGANIZATIONS
from tests.shapes import findings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.portal import Portal

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own use
AUTHORITY = "http://publications.europa.eu/resource/authority/"
IANA = "https://www.iana.org/assignments/media-types/"
HERE = "http://127.0.0.1/dataset"
ODD = ["", "  ", "???", "<b>x</b>", "https://", "http://x.example/ a|b", "tối mật", "-1", "12/13/2026", "🜁", "a/b/c"]
"""Values that people, harvesters and other plugins leave in fields."""


@pytest.mark.parametrize(
    ("vocabulary", "word", "code"),
    [
        (known.FILE_TYPE, "CSV", "CSV"),
        (known.FILE_TYPE, "Parquet", "PARQUET"),
        (known.FILE_TYPE, "json-ld", "JSON_LD"),
        (known.FILE_TYPE, "API", "REST"),
        (known.FILE_TYPE, f"{AUTHORITY}file-type/WARC", "WARC"),
        (known.FILE_TYPE, "a file", None),
        (known.LANGUAGE, "vi", "VIE"),
        (known.LANGUAGE, "en_GB", "ENG"),
        (known.LANGUAGE, "https://publications.europa.eu/resource/authority/language/KHM", "KHM"),
        (known.FREQUENCY, "R/P3M", "QUARTERLY"),
        (known.FREQUENCY, "Quarterly", "QUARTERLY"),
        (known.DATA_THEME, "Government and public sector", "GOVE"),
        (known.ACCESS_RIGHT, "public", "PUBLIC"),
        (known.PUBLISHER_TYPE, "Regional authority", "RegionalAuthority"),
    ],
)
def test_a_word_means_one_entry_of_its_list_or_none(vocabulary: Vocabulary, word: str, code: str | None) -> None:
    assert vocabulary.entry(word) == (f"{vocabulary.start}{code}" if code else None)


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("text/csv", f"{IANA}text/csv"),
        ("Text/CSV; charset=utf-8", f"{IANA}text/csv"),
        ("http://www.iana.org/assignments/media-types/application/ld+json", f"{IANA}application/ld+json"),
        ("CSV", None),
        ("text/", None),
        ("http://x.example/text/csv", None),
    ],
)
def test_a_media_type_is_an_address_of_iana(value: str, address: str | None) -> None:
    assert media_type(value) == address


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("https://spdx.org/licenses/CC-BY-4.0.html", "Attribution"),
        ("http://creativecommons.org/licenses/by/3.0/vn/", "Attribution"),
        ("https://creativecommons.org/licenses/by-sa/4.0/", "ViralEffect-ShareAlike"),
        ("https://spdx.org/licenses/CC0-1.0.html", "PublicDomain"),
        ("https://opendatacommons.org/licenses/odbl/", "ViralEffect-ShareAlike"),
        ("https://x.example/our-own-terms", None),
    ],
)
def test_a_licence_that_is_well_known_has_a_kind(address: str, kind: str | None) -> None:
    assert licence_type(address) == (f"http://purl.org/adms/licencetype/{kind}" if kind else None)


def written(fill: dict[URIRef, list[Any]], number: int = 1) -> tuple[rdflib.Graph, URIRef, URIRef]:
    """Give a dataset with one file, both with these values, as bare as ckanext-dcat leaves one without metadata."""
    graph = rdflib.Graph()
    dataset, distribution = URIRef(f"{HERE}/{number}"), URIRef(f"{HERE}/{number}/resource/{number}")
    graph.add((dataset, RDF.type, DCAT.Dataset))
    graph.add((dataset, DCAT.distribution, distribution))
    graph.add((distribution, RDF.type, DCAT.Distribution))
    for predicate, values in fill.items():
        for value in values:
            graph.add((distribution if predicate in FILES else dataset, predicate, value))
    return graph, dataset, distribution


FILES = {
    DCAT.mediaType, DCAT.compressFormat, DCAT.packageFormat, DCTERMS.format, DCATAP.availability, ADMS.status,
    DCAT.byteSize, DCTERMS.license, DCTERMS.rights,
}  # fmt: skip
ANY = [
    *FILES, DCTERMS.language, DCTERMS.accrualPeriodicity, DCTERMS.accessRights, DCAT.theme, DCTERMS.type,
    DCTERMS.issued, DCTERMS.modified, DCTERMS.conformsTo, DCTERMS.source, DCTERMS.hasVersion, DCTERMS.relation,
    DCTERMS.identifier, DCAT.landingPage, DCTERMS.publisher, DCTERMS.creator, DCAT.temporalResolution,
    DCAT.spatialResolutionInMeters,
]  # fmt: skip


@pytest.mark.shared_data
def test_no_odd_value_breaks_a_shape(shared_data: Path) -> None:
    graph, datasets = rdflib.Graph(), []
    for number, odd in enumerate(ODD):
        one, dataset, _ = written({predicate: [Literal(odd)] for predicate in ANY}, number)
        graph += one
        datasets.append(dataset)
    broken = {one.about for one in findings(graph, shared_data) if one.is_violation}
    assert broken > set(map(str, datasets)), "without us every one of them breaks shapes"
    for dataset in datasets:
        conform_dataset(graph, dataset, "mot-bo-du-lieu")
    assert {one for one in findings(graph, shared_data) if one.is_violation} == set()
    graph.serialize(format="turtle")
    graph.serialize(format="xml")


def test_what_is_good_is_kept_and_says_what_it_is() -> None:
    licence = URIRef("https://spdx.org/licenses/CC-BY-4.0.html")
    graph, dataset, file = written(
        {
            DCTERMS.title: [Literal("Tên", lang="vi")],
            DCTERMS.format: [Literal("CSV")],
            DCAT.mediaType: [Literal("text/csv")],
            DCTERMS.language: [URIRef(f"{AUTHORITY}language/VIE"), Literal("en")],
            DCAT.theme: [URIRef(f"{AUTHORITY}data-theme/GOVE"), URIRef("http://x.example/theme/7")],
            DCTERMS.issued: [Literal("2026-10-08", datatype=XSD.date)],
            DCAT.byteSize: [Literal(12, datatype=XSD.nonNegativeInteger)],
            DCTERMS.license: [licence],
            DCTERMS.source: [URIRef("http://x.example/register")],
        }
    )
    graph.add((licence, DCTERMS.type, URIRef("http://purl.org/adms/licencetype/UnknownIPR")))
    state_sha256(graph, file, "A" * 64)
    conform_dataset(graph, dataset, "ten")

    assert set(graph.objects(dataset, DCTERMS.title)) == {Literal("Tên", lang="vi")}
    assert graph.value(file, DCTERMS.format) == URIRef(f"{AUTHORITY}file-type/CSV")
    assert graph.value(file, DCAT.mediaType) == URIRef(f"{IANA}text/csv")
    assert set(graph.objects(dataset, DCTERMS.language)) == {
        URIRef(f"{AUTHORITY}language/{one}") for one in ("VIE", "ENG")
    }
    assert len(set(graph.objects(dataset, DCAT.theme))) == 2
    assert graph.value(URIRef(f"{AUTHORITY}data-theme/GOVE"), SKOS.prefLabel) == Literal(
        "Government and public sector", lang="en"
    )
    assert graph.value(dataset, DCTERMS.issued) == Literal("2026-10-08", datatype=XSD.date)
    assert graph.value(file, DCAT.byteSize) == Literal(12, datatype=XSD.nonNegativeInteger)
    assert graph.value(file, DCAT.accessURL) == file
    assert graph.value(licence, DCTERMS.type) == URIRef("http://purl.org/adms/licencetype/Attribution")
    assert graph.value(dataset, DCTERMS.relation) == URIRef("http://x.example/register")
    checksum = graph.value(file, SPDX.checksum)
    assert graph.value(checksum, SPDX.checksumValue) == Literal("a" * 64, datatype=XSD.hexBinary)
    assert str(graph.value(checksum, SPDX.algorithm)).endswith("_sha256")


@pytest.mark.shared_data
def test_a_catalogue_has_a_publisher_and_its_language(shared_data: Path) -> None:
    graph, catalog = rdflib.Graph(), URIRef("http://127.0.0.1")
    graph.add((catalog, RDF.type, DCAT.Catalog))
    graph.add((catalog, DCTERMS.language, Literal("vi")))
    conform_catalog(graph, catalog, "Cổng", "Người công bố")
    assert graph.value(catalog, DCTERMS.language) == URIRef(f"{AUTHORITY}language/VIE")
    assert isinstance(graph.value(catalog, DCTERMS.publisher), BNode)
    assert {one for one in findings(graph, shared_data) if one.is_violation} == set()


OWNER = next(iter(ORGANIZATIONS))
TOLD = {
    "frequency": "every now and then", "language": '["vi", "tiếng Anh"]', "theme": '["Nhà nước", "http://x.example/t"]',
    "access_rights": "Tự do", "issued": "hôm qua", "temporal_start": "2026", "temporal_end": "???",
    "conforms_to": '["TCVN", "http://x.example/standard"]', "publisher_name": "Sở Nội vụ", "publisher_type": "Sở",
    "source": '["http://x.example/register"]', "documentation": '["sách"]', "spatial_text": "Một tỉnh",
    "temporal_resolution": "P1Y3", "dcat_type": "bảng",
}  # fmt: skip
"""Extras that ckanext-dcat reads, as somebody might fill them in."""


@pytest.fixture(scope="module")
def strange(portal: Portal) -> Iterator[dict[str, Any]]:
    """Give a dataset of somebody else's making, and take it away again."""
    token = portal.admin_token
    package = portal.call(
        "package_create",
        name="bo-du-lieu-la",
        owner_org=OWNER,
        license_id="cc-by",
        extras=[{"key": key, "value": value} for key, value in TOLD.items()],
        resources=[
            {"name": "Tệp", "url": "http://x.example/a b.csv", "format": "csv", "mimetype": "text/csv; header=present"},
            {"name": "Trang", "url": "", "format": "một trang", "hash": "md5:7", "size": 3, "license": "theo luật"},
            {"name": "Cũ", "url": "x", "format": "application/json", "hash": "0" * 32, "status": "cũ", "rights": "x"},
        ],
        token=token,
    )
    yield package
    portal.call("dataset_purge", id=package["id"], token=token)


@pytest.mark.shared_data
@pytest.mark.parametrize("ending", ["ttl", "rdf", "jsonld"])
def test_a_dataset_of_anybody_keeps_the_shapes(
    portal: Portal, strange: dict[str, Any], shared_data: Path, ending: str
) -> None:
    answer = httpx.get(f"{portal.url}/dataset/{strange['name']}.{ending}")
    assert answer.status_code == 200, answer.text[-500:]
    form = {"ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}[ending]
    graph = rdflib.Graph().parse(data=answer.text, format=form)
    assert len(list(graph.subjects(RDF.type, DCAT.Distribution))) == 3
    assert {one for one in findings(graph, shared_data) if one.is_violation} == set()
    assert URIRef(f"{IANA}text/csv") in set(graph.objects(None, DCAT.mediaType))
    assert URIRef(f"{AUTHORITY}file-type/CSV") in set(graph.objects(None, DCTERMS.format))


@pytest.fixture(scope="module")
def hidden(portal: Portal) -> Iterator[dict[str, Any]]:
    """Give a private dataset with a file and a table."""
    token = portal.admin_token
    package = portal.call("package_create", name="chua-ai-thay", owner_org=OWNER, private=True, token=token)
    table = {"package_id": package["id"], "name": "Bảng"}
    portal.call("datastore_create", resource=table, records=[{"a": 1}], force=True, token=token)
    uploaded = httpx.post(
        f"{portal.url}/api/3/action/resource_create",
        data={"package_id": package["id"], "name": "Tệp"},
        files={"upload": ("a.csv", b"a,b\r\n1,2\r\n")},
        headers={"Authorization": token},
    )
    assert uploaded.is_success, uploaded.text
    yield portal.call("package_show", id=package["id"], token=token)
    portal.call("dataset_purge", id=package["id"], token=token)


def places(package: dict[str, Any]) -> list[str]:
    """List everything that shows a dataset, its file and its table."""
    table, file = package["resources"]
    actions = [
        *(f"package_show?id={package[key]}" for key in ("id", "name")),
        *(f"resource_show?id={one['id']}" for one in package["resources"]),
        *(f"resource_view_list?id={one['id']}" for one in package["resources"]),
        f"datastore_search?resource_id={table['id']}",
        f"datastore_info?id={table['id']}",
    ]
    pages = [f"/dataset/{package['name']}{ending}" for ending in ("", ".ttl", ".rdf", ".jsonld")]
    files = [f"/dataset/{package['id']}/resource/{one['id']}" for one in package["resources"]]
    return [
        *(f"/api/3/action/{action}" for action in actions),
        *pages,
        *files,
        f"/dataset/{package['id']}/resource/{file['id']}/download/a.csv",
        f"/datastore/dump/{table['id']}",
    ]


def test_what_nobody_may_see_is_not_there(portal: Portal, hidden: dict[str, Any]) -> None:
    told = {place: httpx.get(f"{portal.url}{place}") for place in places(hidden)}
    assert {place: answer.status_code for place, answer in told.items() if answer.status_code != 404} == {}
    never = httpx.get(f"{portal.url}/api/3/action/package_show", params={"id": "khong-he-co"})
    assert told[f"/api/3/action/package_show?id={hidden['name']}"].json()["error"] == never.json()["error"]
    token = {"Authorization": portal.admin_token}
    seen = {place: httpx.get(f"{portal.url}{place}", headers=token).status_code for place in places(hidden)}
    assert set(seen.values()) == {200}, seen


def test_an_action_that_we_stand_before_keeps_its_help(portal: Portal) -> None:
    assert "Return the metadata of a dataset" in portal.call("help_show", name="package_show")
    assert "include_next_page" in portal.call("help_show", name="datastore_search")


def test_who_shows_a_token_gets_ckans_own_answer(portal: Portal, hidden: dict[str, Any]) -> None:
    name, admin = f"nguoi-la-{secrets.token_hex(4)}", portal.admin_token
    password = secrets.token_urlsafe()
    portal.call("user_create", name=name, email=f"{name}@example.com", password=password, token=admin)
    token = portal.call("api_token_create", user=name, name=name, expires_in=1, unit=86400, token=admin)["token"]
    answer = httpx.get(
        f"{portal.url}/api/3/action/package_show", params={"id": hidden["name"]}, headers={"Authorization": token}
    )
    assert answer.status_code == 403
    portal.call("user_delete", id=name, token=admin)
