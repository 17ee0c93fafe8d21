#!/usr/bin/env bash
# Runs once, when the database volume is new: one role and one database each for Airflow's metadata, the ledger and CKAN;
# for CKAN's DataStore two roles, one that writes and one that reads.
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
make_database ckan "$CKAN_DB_PASSWORD"

psql --username "$POSTGRES_USER" --set ON_ERROR_STOP=1 --set write="$DATASTORE_WRITE_PASSWORD" --set read="$DATASTORE_READ_PASSWORD" <<'SQL'
create role datastore_rw login password :'write';
create role datastore_ro login password :'read';
create database datastore owner datastore_rw encoding 'UTF8' template template0;
revoke all on database datastore from public;
grant connect, temporary on database datastore to ckan;
grant connect on database datastore to datastore_ro;
SQL
