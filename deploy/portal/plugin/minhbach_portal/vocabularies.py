"""The lists of words that DCAT-AP takes values from, and which entry a word of CKAN means. Knows no graph."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

AUTHORITY = "http://publications.europa.eu/resource/authority/"
ADMS = "http://purl.org/adms/"
IANA = "https://www.iana.org/assignments/media-types/"
MEDIA_TYPE = re.compile(
    r"(?:application|audio|font|image|message|model|multipart|text|video)/[a-z0-9][a-z0-9.+_-]*", re.IGNORECASE
)
IANA_ADDRESS = re.compile(r"https?://(?:www\.)?iana\.org/assignments/media-types/")


def folded(word: str) -> str:
    """Return a word without what people write differently: JSON-LD, json_ld and "json ld" are one."""
    return re.sub(r"[^0-9a-z]", "", word.casefold())


@dataclass(frozen=True)
class Vocabulary:
    """One list: its entries' addresses begin alike and end in a code."""

    scheme: str
    """Address of the list itself."""
    title: str
    labels: Mapping[str, str]
    """Code → name in English, as the list has it; the code itself where nobody reads the name."""
    other_words: Mapping[str, str] = field(default_factory=dict)
    """What CKAN's users write → code."""
    base: str = ""
    """What addresses of entries begin with, where that is not the list's own address."""

    @property
    def start(self) -> str:
        """What every entry's address begins with."""
        return self.base or f"{self.scheme}/"

    def entry(self, value: str) -> str | None:
        """Return the address of the entry that a value means: an address or a word; nothing when it means none."""
        plain = value.strip()
        address = re.sub(r"^https:", "http:", plain)
        if address.startswith(self.start) and (code := address.removeprefix(self.start).strip("/")):
            return f"{self.start}{code}"
        found = self._words.get(folded(plain))
        return f"{self.start}{found}" if found else None

    @cached_property
    def _words(self) -> dict[str, str]:
        """Every word, folded → code."""
        listed = [(word, code) for code, name in self.labels.items() for word in (code, name)]
        return {folded(word): code for word, code in [*listed, *self.other_words.items()]}

    def label(self, address: str) -> str:
        """Return an entry's name, or its code where the list here does not have it."""
        code = address.rpartition("/")[2]
        return self.labels.get(code, code)


def media_type(value: str) -> str | None:
    """Return IANA's address of a media type, given as itself (parameters and all) or as an address; else nothing."""
    plain = IANA_ADDRESS.sub("", value.strip()).partition(";")[0].strip()
    return f"{IANA}{plain.lower()}" if MEDIA_TYPE.fullmatch(plain) else None


def _codes(text: str) -> dict[str, str]:
    return {code: code for code in text.split()}


LANGUAGE = Vocabulary(
    f"{AUTHORITY}language",
    "Language",
    _codes(
        "BUL CES DAN DEU ELL ENG EST FIN FRA GLE HRV HUN ITA LAV LIT MLT NLD POL POR RON SLK SLV SPA SWE "
        "ARA HIN IND JPN KHM KOR LAO MSA MYA RUS TGL THA TUR UKR VIE ZHO"
    ),
    {
        "bg": "BUL", "cs": "CES", "da": "DAN", "de": "DEU", "el": "ELL", "en": "ENG", "et": "EST", "fi": "FIN",
        "fr": "FRA", "ga": "GLE", "hr": "HRV", "hu": "HUN", "it": "ITA", "lv": "LAV", "lt": "LIT", "mt": "MLT",
        "nl": "NLD", "pl": "POL", "pt": "POR", "ro": "RON", "sk": "SLK", "sl": "SLV", "es": "SPA", "sv": "SWE",
        "ar": "ARA", "hi": "HIN", "id": "IND", "ja": "JPN", "km": "KHM", "ko": "KOR", "lo": "LAO", "ms": "MSA",
        "my": "MYA", "ru": "RUS", "tl": "TGL", "th": "THA", "tr": "TUR", "uk": "UKR", "vi": "VIE", "zh": "ZHO",
        "en_GB": "ENG", "en_US": "ENG", "pt_BR": "POR", "zh_Hans_CN": "ZHO", "zh_Hant_TW": "ZHO",
    },
)  # fmt: skip
FREQUENCY = Vocabulary(
    f"{AUTHORITY}frequency",
    "Frequency",
    _codes(
        "ANNUAL ANNUAL_2 ANNUAL_3 BIENNIAL BIMONTHLY BIWEEKLY CONT DAILY DAILY_2 DECENNIAL HOURLY IRREG MONTHLY "
        "MONTHLY_2 MONTHLY_3 NEVER QUADRENNIAL QUARTERLY QUINQUENNIAL TRIENNIAL UNKNOWN UPDATE_CONT WEEKLY WEEKLY_2 "
        "WEEKLY_3"
    ),
    {
        "annually": "ANNUAL", "yearly": "ANNUAL", "R/P1Y": "ANNUAL", "R/P6M": "ANNUAL_2", "biannually": "ANNUAL_2",
        "semiannual": "ANNUAL_2", "R/P3M": "QUARTERLY", "R/P1M": "MONTHLY", "R/P1W": "WEEKLY", "R/P1D": "DAILY",
        "continual": "CONT", "continuous": "CONT", "irregular": "IRREG", "asNeeded": "IRREG", "notPlanned": "NEVER",
    },
)  # fmt: skip
FILE_TYPE = Vocabulary(
    f"{AUTHORITY}file-type",
    "File type",
    _codes(
        "7Z ATOM BIN BMP CSS CSV DBF DOC DOCX DWG EPUB GDB GEOJSON GEOTIFF GIF GML GPKG GPX GRID_ASCII GZIP HTML ICS "
        "JPEG JS JSON JSON_LD KML KMZ MDB NETCDF N3 ODB ODP ODS ODT OP_DATPRO OWL PARQUET PDF PNG PPT PPTX PY R RAR "
        "RDF RDF_N_QUADS RDF_N_TRIPLES RDF_TRIG RDF_TURTLE RDF_XML REST RSS RTF SDMX SHP SPARQLQ SQL TAR TAR_GZ TIFF "
        "TSV TXT WFS_SRVC WMS_SRVC WMTS_SRVC XHTML XLS XLSB XLSM XLSX XML ZIP"
    ),
    {
        "API": "REST", "GeoPackage": "GPKG", "gz": "GZIP", "htm": "HTML", "javascript": "JS", "jpg": "JPEG",
        "N-Quads": "RDF_N_QUADS", "N-Triples": "RDF_N_TRIPLES", "nt": "RDF_N_TRIPLES", "plain": "TXT", "tab": "TSV",
        "shapefile": "SHP", "SPARQL": "SPARQLQ", "text": "TXT", "tgz": "TAR_GZ", "tif": "TIFF", "TriG": "RDF_TRIG",
        "ttl": "RDF_TURTLE", "Turtle": "RDF_TURTLE", "WFS": "WFS_SRVC", "WMS": "WMS_SRVC", "WMTS": "WMTS_SRVC",
        "Excel": "XLSX", "application/gzip": "GZIP", "application/json": "JSON", "application/ld+json": "JSON_LD",
        "application/pdf": "PDF", "application/rdf+xml": "RDF_XML", "application/vnd.apache.parquet": "PARQUET",
        "application/vnd.geo+json": "GEOJSON", "application/geo+json": "GEOJSON", "application/vnd.ms-excel": "XLS",
        "application/vnd.oasis.opendocument.spreadsheet": "ODS",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX", "application/xml": "XML",
        "application/zip": "ZIP", "text/csv": "CSV", "text/html": "HTML", "text/plain": "TXT",
        "text/tab-separated-values": "TSV", "text/turtle": "RDF_TURTLE", "text/xml": "XML",
    },
)  # fmt: skip
DATA_THEME = Vocabulary(
    f"{AUTHORITY}data-theme",
    "Data theme",
    {
        "AGRI": "Agriculture, fisheries, forestry and food",
        "ECON": "Economy and finance",
        "EDUC": "Education, culture and sport",
        "ENER": "Energy",
        "ENVI": "Environment",
        "GOVE": "Government and public sector",
        "HEAL": "Health",
        "INTR": "International issues",
        "JUST": "Justice, legal system and public safety",
        "OP_DATPRO": "Provisional data",
        "REGI": "Regions and cities",
        "SOCI": "Population and society",
        "TECH": "Science and technology",
        "TRAN": "Transport",
    },
)
ACCESS_RIGHT = Vocabulary(
    f"{AUTHORITY}access-right",
    "Access right",
    _codes("CONFIDENTIAL NON_PUBLIC PUBLIC RESTRICTED SENSITIVE"),
    {"open": "PUBLIC"},
)
AVAILABILITY = Vocabulary(
    f"{AUTHORITY}planned-availability",
    "Planned availability",
    {"AVAILABLE": "available", "EXPERIMENTAL": "experimental", "STABLE": "stable", "TEMPORARY": "temporary"},
)
STATUS = Vocabulary(
    f"{AUTHORITY}distribution-status",
    "Distribution status",
    {"COMPLETED": "completed", "DEPRECATED": "deprecated", "DEVELOP": "under development", "WITHDRAWN": "withdrawn"},
    {"under development": "DEVELOP"},
)
DATASET_TYPE = Vocabulary(f"{AUTHORITY}dataset-type", "Dataset type", {"STATISTICAL": "statistical data"})
PUBLISHER_TYPE = Vocabulary(
    f"{ADMS}publishertype/1.0",
    "Publisher type",
    {
        "Academia-ScientificOrganisation": "Academia/Scientific organisation",
        "Company": "Company",
        "IndustryConsortium": "Industry consortium",
        "LocalAuthority": "Local authority",
        "NationalAuthority": "National authority",
        "NonGovernmentalOrganisation": "Non-governmental organisation",
        "NonProfitOrganisation": "Non-profit organisation",
        "PrivateIndividual(s)": "Private individual(s)",
        "RegionalAuthority": "Regional authority",
        "StandardisationBody": "Standardisation body",
        "SupraNationalAuthority": "Supra-national authority",
    },
    base=f"{ADMS}publishertype/",
)
LICENCE_TYPE = Vocabulary(
    f"{ADMS}licencetype/1.0",
    "Licence type",
    {
        "Attribution": "Attribution",
        "NoDerivativeWork": "No derivative work",
        "NonCommercialUseOnly": "Non-commercial use only",
        "PublicDomain": "Public domain",
        "UnknownIPR": "Unknown IPR",
        "ViralEffect-ShareAlike": "Viral effect / Share-alike",
    },
    base=f"{ADMS}licencetype/",
)
LICENCES = (
    (re.compile(r"cc0|publicdomain|pddl"), "PublicDomain"),
    (re.compile(r"(?:licenses/|cc-)by-nc"), "NonCommercialUseOnly"),
    (re.compile(r"(?:licenses/|cc-)by-nd"), "NoDerivativeWork"),
    (re.compile(r"(?:licenses/|cc-)by-sa|odbl"), "ViralEffect-ShareAlike"),
    (re.compile(r"(?:licenses/|cc-|odc-)by(?:[-/]|$)"), "Attribution"),
)
"""Address of a licence → its kind; the first that fits."""


def licence_type(address: str) -> str | None:
    """Return the kind of a well-known licence, by its address; nothing for one that is not known."""
    return next((f"{LICENCE_TYPE.start}{kind}" for known, kind in LICENCES if known.search(address.lower())), None)
