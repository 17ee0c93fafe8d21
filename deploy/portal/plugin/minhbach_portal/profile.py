"""The RDF profile that comes after ckanext-dcat's own for DCAT-AP 3: `euro_dcat_ap_3 minhbach_dcat_ap`. Knows CKAN."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckanext.dcat.profiles import CleanedURIRef, RDFProfile
from ckanext.dcat.utils import resource_uri

from .conforming import conform_catalog, conform_dataset, state_sha256

if TYPE_CHECKING:
    from rdflib import URIRef

SHA256 = re.compile(r"[0-9a-fA-F]{64}")


class ConformingProfile(RDFProfile):
    """Changes what the profile before it wrote, and reads one field of its own: a resource's `sha256`."""

    def graph_from_dataset(self, dataset_dict: dict[str, Any], dataset_ref: URIRef) -> None:
        """Bring a dataset to the shapes, before which its files get their hashes."""
        for resource in dataset_dict.get("resources", []):
            if SHA256.fullmatch(value := str(resource.get("sha256") or "").strip()):
                state_sha256(self.g, CleanedURIRef(resource_uri(resource)), value)
        conform_dataset(self.g, dataset_ref, str(dataset_dict.get("name") or dataset_ref))

    def graph_from_catalog(self, catalog_dict: dict[str, Any], catalog_ref: URIRef) -> None:
        """Bring the catalogue to the shapes; who publishes it is who CKAN's feeds say."""
        title = str((catalog_dict or {}).get("title") or tk.config.get("ckan.site_title") or catalog_ref)
        conform_catalog(self.g, catalog_ref, title, str(tk.config.get("ckan.feeds.author_name") or title))
