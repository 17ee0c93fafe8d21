"""Airflow reads this file: one extract DAG for each agency of the project folder."""

from minhbach.core.catalog import load_catalog
from minhbach.core.settings import find_project
from minhbach.schedule.dags import extract_dags

globals().update(extract_dags(load_catalog(find_project())))
