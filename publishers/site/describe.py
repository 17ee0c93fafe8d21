"""Descriptions for machines: schema.org and DCAT in JSON-LD, one Data Package over all datasets. Knows no page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .offers import FORMATS, licence_url

if TYPE_CHECKING:
    from .model import Edition, Site

MEDIA = {
    "data.csv": "text/csv",
    "data.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "data.parquet": "application/vnd.apache.parquet",
}
TABLE_TYPES = {"string": "string", "integer": "integer", "boolean": "boolean", "date": "date"}
FREQUENCY = {"month": "MONTHLY", "quarter": "QUARTERLY", "year": "ANNUAL"}
AUTHORITY = "http://publications.europa.eu/resource/authority/frequency/"


def dataset_jsonld(site: Site, edition: Edition, language: str) -> dict[str, Any]:
    """Describe one edition as schema.org/Dataset."""
    dataset, project = edition.dataset, site.catalog.project
    publisher = {"@type": "GovernmentOrganization", "name": project.place.name.in_(language)}
    files = edition.manifest["files"]
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": dataset.title.in_(language),
        "description": dataset.about.in_(language),
        "identifier": site.url(edition.path),
        "url": site.url(site.prefix(language) + f"dataset/{dataset.name}/"),
        "version": edition.name,
        "inLanguage": list(site.languages),
        "keywords": list(dataset.tags),
        "license": licence_url(dataset.licence),
        "isAccessibleForFree": True,
        "datePublished": site.issue_of(edition).published,
        "temporalCoverage": f"{edition.period.start}/{edition.period.end}",
        "spatialCoverage": {"@type": "Place", "name": project.place.name.in_(language)},
        "creator": publisher,
        "publisher": publisher,
        "variableMeasured": [
            {"@type": "PropertyValue", "name": column.name, "description": column.text.in_(language)}
            for column in edition.table.columns
        ],
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": MEDIA[name],
                "contentUrl": site.url(edition.path + name),
                "contentSize": str(files[name]["bytes"]),
                "sha256": files[name]["sha256"],
            }
            for name in FORMATS
            if name in files
        ],
    }


def catalog_jsonld(site: Site) -> dict[str, Any]:
    """Describe the whole site as a DCAT catalogue with every dataset's newest edition."""
    project = site.catalog.project
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "spdx": "http://spdx.org/rdf/terms#",
            "vcard": "http://www.w3.org/2006/vcard/ns#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": site.url("catalog.jsonld"),
        "@type": "dcat:Catalog",
        "dct:title": _texts(site, project.title),
        "dct:description": _texts(site, project.title),
        "dct:language": list(site.languages),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": _texts(site, project.place.name)},
        "foaf:homepage": {"@id": site.url("")},
        "dcat:dataset": [_dcat(site, view.newest) for view in site.views.values() if view.newest],
    }


def _dcat(site: Site, edition: Edition) -> dict[str, Any]:
    dataset = edition.dataset
    files = edition.manifest["files"]
    return {
        "@id": site.url(f"dataset/{dataset.name}/"),
        "@type": "dcat:Dataset",
        "dct:identifier": dataset.name,
        "dct:title": _texts(site, dataset.title),
        "dct:description": _texts(site, dataset.about),
        "dct:issued": {"@type": "xsd:date", "@value": site.issue_of(edition).published},
        "dct:license": {"@id": licence_url(dataset.licence)},
        "dct:accrualPeriodicity": {"@id": AUTHORITY + FREQUENCY[dataset.period.every]},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@type": "xsd:date", "@value": str(edition.period.start)},
            "dcat:endDate": {"@type": "xsd:date", "@value": str(edition.period.end)},
        },
        "dcat:keyword": list(dataset.tags),
        "dcat:version": edition.name,
        "dcat:landingPage": {"@id": site.url(f"dataset/{dataset.name}/")},
        "dcat:contactPoint": {"@type": "vcard:Organization", "vcard:fn": dataset.steward.name},
        "dcat:distribution": [
            {
                "@id": site.url(edition.path + name),
                "@type": "dcat:Distribution",
                "dcat:accessURL": {"@id": site.url(edition.path)},
                "dcat:downloadURL": {"@id": site.url(edition.path + name)},
                "dcat:mediaType": MEDIA[name],
                "dcat:byteSize": files[name]["bytes"],
                "spdx:checksum": {"spdx:algorithm": "sha256", "spdx:checksumValue": files[name]["sha256"]},
            }
            for name in FORMATS
            if name in files
        ],
    }


def datapackage(site: Site) -> dict[str, Any]:
    """Describe the newest edition of every dataset as one Data Package."""
    project = site.catalog.project
    default = site.languages[0]
    return {
        "profile": "tabular-data-package",
        "name": project.name.replace("_", "-"),
        "title": project.title.in_(default),
        "homepage": site.url(""),
        "resources": [_resource(edition, default) for view in site.views.values() if (edition := view.newest)],
    }


def _resource(edition: Edition, language: str) -> dict[str, Any]:
    dataset, entry = edition.dataset, edition.manifest["files"]["data.csv"]
    fields = [_field(name, edition, language) for name in edition.table.header]
    return {
        "profile": "tabular-data-resource",
        "name": dataset.slug,
        "title": dataset.title.in_(language),
        "description": dataset.about.in_(language),
        "path": f"{edition.path}data.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": entry["bytes"],
        "hash": f"sha256:{entry['sha256']}",
        "licenses": [{"name": dataset.licence, "path": licence_url(dataset.licence)}],
        "schema": {"fields": fields, "primaryKey": list(dataset.grain), "missingValues": [""]},
    }


def _field(name: str, edition: Edition, language: str) -> dict[str, str]:
    column = edition.table.declared.get(name)
    if column is None:
        return {"name": name, "type": "string"}
    kind = "number" if column.type.startswith("decimal") else TABLE_TYPES[column.type]
    return {"name": name, "type": kind, "title": column.text.in_(language)}


def _texts(site: Site, text: Any) -> list[dict[str, str]]:
    return [{"@language": language, "@value": text.in_(language)} for language in site.languages]
