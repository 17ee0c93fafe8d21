"""Airflow reads this file: a prepare and a publish DAG for each publication of the project folder."""

from minhbach.core.catalog import load_catalog
from minhbach.core.settings import find_project
from minhbach.schedule.dags import publication_dags

globals().update(publication_dags(load_catalog(find_project())))
