#!/usr/bin/env bash
# Runs once, when the database volume is new: one role and one database each for Airflow's metadata and for the ledger.
set -euo pipefail

make_database() {
    psql --username "$POSTGRES_USER" --set ON_ERROR_STOP=1 --set name="$1" --set password="$2" <<'SQL'
create role :"name" login password :'password';
create database :"name" owner :"name" encoding 'UTF8' template template0;
revoke all on database :"name" from public;
SQL
}

make_database airflow "$AIRFLOW_DB_PASSWORD"
make_database ledger "$LEDGER_DB_PASSWORD"
