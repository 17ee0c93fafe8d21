"""Describes a release as linked data: DCAT-AP 3 in JSON-LD. Addresses are relative: the release knows no portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .metadata import licence_url
from .words import AS_OF, GOVERNMENT, STABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .metadata import About

AUTHORITY = "http://publications.europa.eu/resource/authority"
SPDX = "http://spdx.org/rdf/terms#"
SHA256 = "https://spdx.org/rdf/terms#checksumAlgorithm_sha256"
"""With https, as the profile's rule on vocabularies wants the entry, though not the classes."""
FREQUENCY = {"month": "MONTHLY", "quarter": "QUARTERLY", "year": "ANNUAL"}
LANGUAGE = {"vi": "VIE", "en": "ENG"}
FORMATS = {
    "csv": ("CSV", "text/csv"),
    "parquet": ("PARQUET", "application/vnd.apache.parquet"),
    "xlsx": ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "adms": "http://www.w3.org/ns/adms#",
    "spdx": SPDX,
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def dcat(about: About, files: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Give dataset.jsonld: one dcat:Dataset with a distribution per data file."""
    dataset, period = about.dataset, about.period
    return {
        "@context": CONTEXT,
        "@id": "./",
        "@type": "dcat:Dataset",
        "dct:identifier": f"{dataset.name}/{period}/{about.revision}",
        "dct:title": _texts(about.label),
        "dct:description": _texts(about.said(dataset.about)),
        "dct:publisher": _publisher(about),
        "dct:creator": _publisher(about),
        "dcat:contactPoint": {
            "@id": "#contact",
            "@type": "vcard:Kind",
            "vcard:fn": dataset.steward.name,
            "vcard:hasEmail": {"@id": f"mailto:{dataset.steward.email}"},
        },
        "dcat:theme": [
            _concept(f"{AUTHORITY}/data-theme/GOVE", about.spoken(GOVERNMENT)),
            _concept("#theme", about.said(dataset.theme)),
        ],
        "dcat:keyword": [{"@value": tag, "@language": about.language} for tag in dataset.tags],
        "dct:issued": _date(about.issued),
        "dct:modified": _date(about.issued),
        "dct:accrualPeriodicity": {
            "@id": f"{AUTHORITY}/frequency/{FREQUENCY[dataset.period.every]}",
            "@type": "dct:Frequency",
        },
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _date(period.start.isoformat()),
            "dcat:endDate": _date(period.end.isoformat()),
        },
        "dct:spatial": {
            "@id": "#place",
            "@type": "dct:Location",
            "dct:identifier": about.catalog.project.place.code,
            "skos:prefLabel": _texts(about.said(about.catalog.project.place.name)),
        },
        "dct:language": [_language(code) for code in sorted(about.languages)],
        "dct:accessRights": {"@id": f"{AUTHORITY}/access-right/PUBLIC", "@type": "dct:RightsStatement"},
        "dct:provenance": {
            "@type": "dct:ProvenanceStatement",
            "skos:prefLabel": _texts(
                {code: text.format(about.data_as_of) for code, text in about.spoken(AS_OF).items()}
            ),
        },
        "dcat:version": f"{period}-{about.revision}",
        "adms:versionNotes": _texts(about.said(dataset.does_not_say)),
        "dcat:distribution": [_distribution(kind, about, files[f"data.{kind}"]) for kind in sorted(FORMATS)],
    }


def _distribution(kind: str, about: About, said: Mapping[str, Any]) -> dict[str, Any]:
    file_type, media = FORMATS[kind]
    return {
        "@id": f"#data-{kind}",
        "@type": "dcat:Distribution",
        "dct:title": _texts(about.label),
        "dct:description": _texts(about.said(about.dataset.how_to_read)),
        "dcatap:availability": _concept(f"{AUTHORITY}/planned-availability/STABLE", about.spoken(STABLE)),
        "dcat:accessURL": {"@id": "./"},
        "dcat:downloadURL": {"@id": f"data.{kind}"},
        "dct:format": {"@id": f"{AUTHORITY}/file-type/{file_type}", "@type": "dct:MediaTypeOrExtent"},
        "dcat:mediaType": {
            "@id": f"https://www.iana.org/assignments/media-types/{media}",
            "@type": "dct:MediaType",
        },
        "dcat:byteSize": {"@value": str(said["bytes"]), "@type": "xsd:nonNegativeInteger"},
        "dct:license": {"@id": licence_url(about.dataset.licence), "@type": "dct:LicenseDocument"},
        "dct:issued": _date(about.issued),
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": SHA256, "@type": "spdx:ChecksumAlgorithm"},
            "spdx:checksumValue": {"@value": said["sha256"], "@type": "xsd:hexBinary"},
        },
    }


def _publisher(about: About) -> dict[str, Any]:
    owner = about.catalog.agencies.get(about.dataset.owner)
    name = owner.title if owner else about.catalog.project.place.name
    return {
        "@id": "#publisher",
        "@type": "foaf:Agent",
        "foaf:name": _texts(about.said(name)),
        "dct:identifier": about.dataset.owner,
    }


def _concept(address: str, labels: Mapping[str, str]) -> dict[str, Any]:
    return {"@id": address, "@type": "skos:Concept", "skos:prefLabel": _texts(labels)}


def _language(code: str) -> dict[str, str]:
    return {"@id": f"{AUTHORITY}/language/{LANGUAGE[code]}", "@type": "dct:LinguisticSystem"}


def _date(text: str) -> dict[str, str]:
    return {"@value": text[:10], "@type": "xsd:date"}


def _texts(labels: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"@value": text, "@language": language} for language, text in labels.items()]
