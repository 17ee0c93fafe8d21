"""The SHACL shapes of DCAT-AP 3.0.1 as they lie in the public data folder, and what they say about a graph."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pyshacl
import rdflib

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "shacl_dcat_ap_3.0.1"
SHAPES = (
    "shacl/dcat-ap-SHACL.ttl",
    "shacl/ranges.ttl",
    "html/shacl/shapes.ttl",
    "html/shacl/range.ttl",
    "html/shacl/mdr-vocabularies.shape.ttl",
    "html/shacl/deprecateduris.ttl",
    "html/shacl/shapes_recommended.ttl",
)
# All files of the folder but imports.ttl and mdr_imports.ttl: those hold no shape and only name ontologies and lists on
# the web, none of which is on disk. So nothing is added to a graph before it is validated: it has to say itself what
# the lists would say of its values.


@dataclass(frozen=True)
class Finding:
    """One thing that a shape says."""

    file: str
    severity: str
    path: str
    about: str
    told: str

    @property
    def is_violation(self) -> bool:
        return self.severity != "Warning"


@cache
def _rules(path: Path) -> rdflib.Graph:
    """Load a file; ranges.ttl names rules that stand in no file beside those it has, and a validator stops at them."""
    rules = rdflib.Graph().parse(path)
    for shape, rule in list(rules.subject_objects(rdflib.SH.property)):
        if rules.value(rule, rdflib.SH.path) is None:
            rules.remove((shape, rdflib.SH.property, rule))
    return rules


def findings(graph: rdflib.Graph, shared_data: Path) -> set[Finding]:
    """Validate a graph against the shapes, each file by itself as its authors do, and return all they say."""
    found = set()
    for name in SHAPES:
        _, report, _ = pyshacl.validate(graph, shacl_graph=_rules(shared_data / FOLDER / name), do_owl_imports=False)
        for result in report.objects(None, rdflib.SH.result):
            path, severity = (report.value(result, one) for one in (rdflib.SH.resultPath, rdflib.SH.resultSeverity))
            about = report.value(result, rdflib.SH.focusNode)
            told = f"{report.value(result, rdflib.SH.value)}: {report.value(result, rdflib.SH.resultMessage)}"
            found.add(Finding(name, str(severity).rpartition("#")[2], str(path), str(about), told))
    return found
