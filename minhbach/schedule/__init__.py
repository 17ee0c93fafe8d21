"""The one door to Airflow: DAG builders, the timetable plugin, the embedded run. Order and time only."""
