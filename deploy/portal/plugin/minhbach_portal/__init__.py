"""A plugin for CKAN: DCAT-AP output that keeps the shapes, and privacy that says nothing. Knows no dataset."""
