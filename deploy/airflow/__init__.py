"""Airflow for real on one machine: own database, own account, loopback only. Standard library; starts what it needs.

python -m deploy.airflow up [--celery] [--period 2026-Q2]     api-server, scheduler, dag-processor, triggerer, workers
python -m deploy.airflow status | stop | destroy
"""
