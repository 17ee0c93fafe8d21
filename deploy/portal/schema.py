"""Change CKAN's own Solr schema so that Vietnamese is found: `python -m deploy.portal.schema SCHEMA > CHANGED`.

CKAN stems English on the accented form, which turns giấy into giai while giay stays giay: the two never meet, and
nothing that is written with combining marks is found at all. Here accents are folded, the exact spelling is kept beside
the folded one (it ranks higher), and no word is stemmed. The name stays: CKAN looks for it.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

TYPES = ("text", "text_general", "text_ngram")
STEMMER, FOLDING, LOWER = "SnowballPorterFilterFactory", "ASCIIFoldingFilterFactory", "LowerCaseFilterFactory"
MARKS = {"class": "solr.PatternReplaceCharFilterFactory", "pattern": r"\p{M}+", "replacement": ""}


def vietnamese(schema: str) -> str:
    """Return the schema with the analyzers of its text fields changed.

    Raises:
        ValueError: the schema is not one of CKAN's, as far as this change goes.
    """
    root = ET.fromstring(schema)  # noqa: S314 - the schema is a file of the installed CKAN
    changed = [_change(kind) for kind in root.iter("fieldType") if kind.get("name") in TYPES]
    if len(changed) != len(TYPES) or not all(changed):
        raise ValueError(f"found analyzers {changed}, expected some in each of {', '.join(TYPES)}")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _change(kind: ET.Element) -> int:
    analyzers = kind.findall("analyzer")
    for analyzer in analyzers:
        analyzer.insert(0, ET.Element("charFilter", MARKS))
        for one in list(analyzer):
            if one.get("class", "").rpartition(".")[2] in {STEMMER, FOLDING}:
                analyzer.remove(one)
        after = [place for place, one in enumerate(analyzer) if one.get("class", "").endswith(LOWER)]
        if not after:
            raise ValueError(f"{kind.get('name')}: found no {LOWER} in an analyzer, expected one to fold accents after")
        folding = ET.Element("filter", {"class": f"solr.{FOLDING}", "preserveOriginal": "true"})
        analyzer.insert(after[0] + 1, folding)
    return len(analyzers)


if __name__ == "__main__":
    sys.stdout.write(vietnamese(Path(sys.argv[1]).read_text(encoding="utf-8")))
