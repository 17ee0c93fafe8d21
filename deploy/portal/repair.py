"""Mend what xloader 2.6.0 leaves on CKAN 2.12: a full-text trigger that stays off, an index and a count that lack.

Its last step opens a connection and never commits: rows written later are not found by text. The count is CKAN's: a
search of the still empty table is remembered as 0 rows. Safe to repeat; do it after loads, or never use xloader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import databases
from .keys import secrets_of

if TYPE_CHECKING:
    from .home import Home

REPAIR = """
set role datastore_rw;
do $$ declare one record; begin
  for one in select relation.oid::regclass as name from pg_trigger join pg_class relation on relation.oid = tgrelid
    where tgname = 'zfulltext' and tgenabled = 'D' loop
    execute format('alter table %s enable trigger zfulltext', one.name);
  end loop;
  for one in select relation.oid::regclass as name from pg_class relation join pg_attribute words
      on words.attrelid = relation.oid and words.attname = '_full_text'
    where relation.relkind = 'r' and not exists
      (select from pg_index where indrelid = relation.oid and words.attnum = any (indkey)) loop
    execute format('create index on %s using gin (_full_text)', one.name);
  end loop;
end $$;
delete from _table_stats;
"""
"""A count that is not remembered is counted at the next search."""


def repair(home: Home) -> None:
    """Mend every table of the DataStore.

    Raises:
        ServiceError: the database refuses.
    """
    databases.cluster(home, secrets_of(home)).run_sql(REPAIR, databases.DATASTORE)
