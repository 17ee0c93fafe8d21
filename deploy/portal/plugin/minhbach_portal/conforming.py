"""Make what ckanext-dcat wrote about one dataset or catalogue keep the shapes of DCAT-AP 3. Knows RDF and no CKAN.

A value that the profile has no place for is left out: it stays on the dataset's page and in the portal's own API. No
value, however odd, is an error here: a page that does not open helps nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdflib import DCTERMS, FOAF, RDF, RDFS, SKOS, XSD, BNode, Literal, Namespace, URIRef

from . import vocabularies as known
from .vocabularies import Vocabulary, media_type

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
ADMS = Namespace("http://www.w3.org/ns/adms#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
CHECKSUM = "https://spdx.org/rdf/terms#checksumAlgorithm_"
"""With https, as the profile's rule on vocabularies wants the entry, though not the classes."""
ALGORITHMS = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
"""Digits of a hash → how it was made."""


@dataclass(frozen=True)
class Rule:
    """What a property's values have to be: entries of a list, of a class."""

    predicate: URIRef
    vocabulary: Vocabulary | None
    """Nothing for IANA's media types, which have no list to refer to."""
    kind: URIRef
    only: bool = True
    """Whether addresses from elsewhere are no values at all."""


RULES = (
    Rule(DCTERMS.language, known.LANGUAGE, DCTERMS.LinguisticSystem),
    Rule(DCTERMS.accrualPeriodicity, known.FREQUENCY, DCTERMS.Frequency),
    Rule(DCTERMS.format, known.FILE_TYPE, DCTERMS.MediaTypeOrExtent),
    Rule(DCTERMS.accessRights, known.ACCESS_RIGHT, DCTERMS.RightsStatement, only=False),
    Rule(DCATAP.availability, known.AVAILABILITY, SKOS.Concept),
    Rule(ADMS.status, known.STATUS, SKOS.Concept),
    Rule(DCAT.theme, known.DATA_THEME, SKOS.Concept, only=False),
    Rule(DCAT.mediaType, None, DCTERMS.MediaType),
    Rule(DCAT.compressFormat, None, DCTERMS.MediaType),
    Rule(DCAT.packageFormat, None, DCTERMS.MediaType),
)
DATASET_TYPE = Rule(DCTERMS.type, known.DATASET_TYPE, SKOS.Concept, only=False)
AGENT_TYPE = Rule(DCTERMS.type, known.PUBLISHER_TYPE, SKOS.Concept, only=False)
LICENCE_TYPE = Rule(DCTERMS.type, known.LICENCE_TYPE, SKOS.Concept)
DATES = frozenset({XSD.date, XSD.dateTime, XSD.gYear, XSD.gYearMonth})
DATATYPES = {
    DCTERMS.issued: DATES,
    DCTERMS.modified: DATES,
    DCAT.startDate: DATES,
    DCAT.endDate: DATES,
    DCAT.byteSize: frozenset({XSD.nonNegativeInteger}),
    DCAT.temporalResolution: frozenset({XSD.duration}),
    DCAT.spatialResolutionInMeters: frozenset({XSD.decimal}),
}
DOCUMENTS = (FOAF.page, DCAT.landingPage)
THINGS = (DCTERMS.relation, DCTERMS.isReferencedBy, DCATAP.applicableLegislation, ADMS.sample)
"""Properties whose values are things and never words."""
VERSIONS = (DCTERMS.source, DCTERMS.hasVersion, DCTERMS.isVersionOf, DCAT.hasVersion)
"""Ask for a dataset that is described in the same place; elsewhere it is a relation, which each of them is too."""


def conform_catalog(graph: Graph, catalog: Node, title: str, publisher: str) -> None:
    """Give a catalogue what the profile asks for: names, a publisher, the list that themes are taken from."""
    _require_text(graph, catalog, DCTERMS.title, title)
    _require_text(graph, catalog, DCTERMS.description, title)
    _apply(graph, catalog, RULES[0])
    _documents(graph, catalog, FOAF.homepage)
    if graph.value(catalog, DCTERMS.publisher) is None:
        agent = BNode()
        graph.add((catalog, DCTERMS.publisher, agent))
        graph.add((agent, RDF.type, FOAF.Agent))
        graph.add((agent, FOAF.name, Literal(publisher)))
    graph.add((catalog, DCAT.themeTaxonomy, _scheme(graph, known.DATA_THEME)))


def conform_dataset(graph: Graph, dataset: Node, name: str) -> None:
    """Bring a dataset, its files and whoever is named in it to the profile; `name` is for one without a title."""
    _require_text(graph, dataset, DCTERMS.title, name)
    _require_text(graph, dataset, DCTERMS.description, str(graph.value(dataset, DCTERMS.title)))
    for identifier in list(graph.objects(dataset, DCTERMS.identifier)):
        _replace(graph, dataset, DCTERMS.identifier, identifier, Literal(str(identifier)))
    _apply(graph, dataset, DATASET_TYPE)
    for contact in list(graph.objects(dataset, DCAT.contactPoint)):
        graph.add((contact, RDF.type, VCARD.Kind))
    _relations(graph, dataset)
    named = [*graph.objects(dataset, DCAT.distribution), *graph.objects(dataset, ADMS.sample)]
    distributions = [one for one in named if isinstance(one, URIRef)]
    for distribution in distributions:
        _distribution(graph, distribution)
    services = [one for found in distributions for one in graph.objects(found, DCAT.accessService)]
    for subject in [dataset, *distributions, *services]:
        _anything(graph, subject, name)
    for period in list(graph.objects(dataset, DCTERMS.temporal)):
        _datatypes(graph, period)


def state_sha256(graph: Graph, distribution: Node, value: str) -> None:
    """Say a file's SHA-256 in place of any other hash: the profile has room for one."""
    for other in list(graph.objects(distribution, SPDX.checksum)):
        _forget(graph, distribution, SPDX.checksum, other)
    checksum = BNode()
    graph.add((distribution, SPDX.checksum, checksum))
    graph.add((checksum, RDF.type, SPDX.Checksum))
    graph.add((checksum, SPDX.checksumValue, Literal(value.strip().lower(), datatype=XSD.hexBinary)))


def _anything(graph: Graph, subject: Node, name: str) -> None:
    """Apply what holds for datasets, files and services alike."""
    for rule in RULES:
        _apply(graph, subject, rule)
    _datatypes(graph, subject)
    for predicate in DOCUMENTS:
        _documents(graph, subject, predicate)
    for predicate in THINGS:
        for value in [one for one in graph.objects(subject, predicate) if isinstance(one, Literal)]:
            graph.remove((subject, predicate, value))
    for predicate, kind in ((DCTERMS.conformsTo, DCTERMS.Standard), (DCTERMS.rights, DCTERMS.RightsStatement)):
        for thing in _things(graph, subject, predicate):
            graph.add((thing, RDF.type, kind))
    for agent in [*_things(graph, subject, DCTERMS.publisher), *_things(graph, subject, DCTERMS.creator)]:
        _agent(graph, agent, name)
    for licence in _things(graph, subject, DCTERMS.license):
        _licence(graph, licence)


def _relations(graph: Graph, dataset: Node) -> None:
    """Let what is called a version or a source, and is not described here, be a relation."""
    for predicate in VERSIONS:
        for other in list(graph.objects(dataset, predicate)):
            if (other, RDF.type, DCAT.Dataset) not in graph:
                graph.remove((dataset, predicate, other))
                graph.add((dataset, DCTERMS.relation, other))


def _distribution(graph: Graph, distribution: URIRef) -> None:
    """See to what only files have: a place to get them and a hash that says how it was made."""
    if graph.value(distribution, DCAT.accessURL) is None:
        graph.add((distribution, DCAT.accessURL, distribution))
    for checksum in list(graph.objects(distribution, SPDX.checksum)):
        value = str(graph.value(checksum, SPDX.checksumValue) or "")
        algorithm = ALGORITHMS.get(len(value)) if re.fullmatch(r"[0-9a-fA-F]+", value) else None
        if algorithm is None:
            _forget(graph, distribution, SPDX.checksum, checksum)
            continue
        entry = URIRef(f"{CHECKSUM}{algorithm}")
        graph.set((checksum, SPDX.algorithm, entry))
        graph.add((entry, RDF.type, SPDX.ChecksumAlgorithm))


def _apply(graph: Graph, subject: Node, rule: Rule) -> None:
    """Hold the values of one property against its list."""
    for value in list(graph.objects(subject, rule.predicate)):
        if isinstance(value, BNode):  # a statement in words, typed by who wrote it
            continue
        entry = rule.vocabulary.entry(str(value)) if rule.vocabulary else media_type(str(value))
        foreign = isinstance(value, URIRef) and str(value).startswith(("http://", "https://"))
        if entry is None and not rule.only and foreign:
            entry = str(value)
        _replace(graph, subject, rule.predicate, value, URIRef(entry) if entry else None)
        if entry:
            _entry(graph, URIRef(entry), rule)


def _entry(graph: Graph, entry: URIRef, rule: Rule) -> None:
    """Say of an entry what its list says, so that nobody needs the list to read it."""
    graph.add((entry, RDF.type, rule.kind))
    vocabulary = rule.vocabulary
    listed = vocabulary is not None and str(entry).startswith(vocabulary.start)
    if vocabulary and listed:
        graph.add((entry, SKOS.inScheme, _scheme(graph, vocabulary)))
    if rule.kind == SKOS.Concept and graph.value(entry, SKOS.prefLabel) is None:
        label = vocabulary.label(str(entry)) if vocabulary else str(entry)
        graph.add((entry, SKOS.prefLabel, Literal(label, lang="en") if listed else Literal(label or str(entry))))


def _scheme(graph: Graph, vocabulary: Vocabulary) -> URIRef:
    scheme = URIRef(vocabulary.scheme)
    graph.add((scheme, RDF.type, SKOS.ConceptScheme))
    graph.add((scheme, DCTERMS.title, Literal(vocabulary.title, lang="en")))
    return scheme


def _agent(graph: Graph, agent: Node, name: str) -> None:
    graph.add((agent, RDF.type, FOAF.Agent))
    _require_text(graph, agent, FOAF.name, str(agent) if isinstance(agent, URIRef) else name)
    _apply(graph, agent, AGENT_TYPE)


def _licence(graph: Graph, licence: Node) -> None:
    """Type a licence by what is known of it; ckanext-dcat calls every one of unknown kind."""
    graph.add((licence, RDF.type, DCTERMS.LicenseDocument))
    if kind := known.licence_type(str(licence)) if isinstance(licence, URIRef) else None:
        graph.set((licence, DCTERMS.type, URIRef(kind)))
    _apply(graph, licence, LICENCE_TYPE)


def _documents(graph: Graph, subject: Node, predicate: URIRef) -> None:
    for value in list(graph.objects(subject, predicate)):
        if isinstance(value, Literal):
            graph.remove((subject, predicate, value))
        else:
            graph.add((value, RDF.type, FOAF.Document))


def _datatypes(graph: Graph, subject: Node) -> None:
    """Leave out numbers, dates and durations that are none."""
    for predicate, right in DATATYPES.items():
        for value in list(graph.objects(subject, predicate)):
            if not isinstance(value, Literal) or value.datatype not in right or value.ill_typed:
                graph.remove((subject, predicate, value))


def _require_text(graph: Graph, subject: Node, predicate: URIRef, text: str) -> None:
    if not any(str(value).strip() for value in graph.objects(subject, predicate)):
        graph.set((subject, predicate, Literal(text)))


def _things(graph: Graph, subject: Node, predicate: URIRef) -> list[Node]:
    """Return a property's values as things: words become a thing that is called so."""
    things = []
    for value in list(graph.objects(subject, predicate)):
        thing = value
        if isinstance(value, Literal):
            thing = BNode()
            graph.remove((value, None, None))  # ckanext-dcat makes words the subject of statements: RDF forbids it
            _replace(graph, subject, predicate, value, thing)
            graph.add((thing, RDFS.label, value))
        things.append(thing)
    return things


def _replace(graph: Graph, subject: Node, predicate: URIRef, old: Node, new: Node | None) -> None:
    if new != old:
        graph.remove((subject, predicate, old))
        if new is not None:
            graph.add((subject, predicate, new))


def _forget(graph: Graph, subject: Node, predicate: URIRef, value: Node) -> None:
    """Take a value out, and what was said of it."""
    graph.remove((subject, predicate, value))
    graph.remove((value, None, None))
