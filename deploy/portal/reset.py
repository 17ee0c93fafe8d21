"""Empty a running portal of all content, within a second or two; accounts, tokens and settings stay. For tests."""

from __future__ import annotations

import json
import shutil
import urllib.request
from typing import TYPE_CHECKING

from . import api, databases, redis
from .keys import secrets_of

if TYPE_CHECKING:
    from .home import Home

SECONDS = 30
LOCK = "set lock_timeout = '20s';\n"
KEPT = ("user", "api_token", "system_info", "alembic_version", "dashboard")
# Deleted, not truncated: CKAN leaves a transaction open after some pages, and a truncation would wait for its locks.
MAIN = """
set session_replication_role = replica;
do $$ declare one record; begin
  for one in select tablename from pg_tables
    where schemaname = 'public' and tablename not like '%alembic%' and tablename not in ({kept}) loop
    execute format('delete from %I', one.tablename);
  end loop;
end $$;
"""
DATASTORE = """
do $$ declare one record; begin
  for one in select relname, relkind from pg_class where relnamespace = 'public'::regnamespace
    and relkind in ('v', 'm') and relname not like '\\_%' loop
    execute format('drop %s if exists %I cascade',
      case one.relkind when 'm' then 'materialized view' else 'view' end, one.relname);
  end loop;
  for one in select relname from pg_class where relnamespace = 'public'::regnamespace
    and relkind in ('r', 'p') and relname not like '\\_table%' loop
    execute format('drop table if exists %I cascade', one.relname);
  end loop;
end $$;
truncate _table_stats;
"""


def reset(home: Home) -> None:
    """Remove every dataset, group, organisation, DataStore table, file and waiting job; make the organisations anew.

    Raises:
        ServiceError: a database refuses.
        OSError: Solr or Redis does not answer.
    """
    secrets = secrets_of(home)
    for key in redis.ask(home.ports.redis, secrets.redis, "KEYS", "rq:queue:*"):
        redis.ask(home.ports.redis, secrets.redis, "DEL", key)
    kept = ", ".join(f"'{name}'" for name in KEPT)
    cluster = databases.cluster(home, secrets)
    cluster.run_sql(LOCK + MAIN.format(kept=kept), databases.MAIN)
    cluster.run_sql(LOCK + DATASTORE, databases.DATASTORE)
    _empty_index(home)
    for kind in home.storage.iterdir():
        for one in kind.iterdir():
            shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink()
    api.make_organizations(home)


def _empty_index(home: Home) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{home.ports.solr}/solr/ckan/update?commit=true",
        data=json.dumps({"delete": {"query": "*:*"}}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
        pass
