"""CKAN's configuration: one file, each setting that differs from CKAN's own with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from . import databases

if TYPE_CHECKING:
    from pathlib import Path

    from .home import Home
    from .keys import Secrets

PLUGINS = (
    "activity datastore xloader datatables_view image_view text_view webpage_view resource_proxy "
    "dcat structured_data stats expire_api_token minhbach_portal"
)
SITE_ID = "minhbach"
"""Stands in every indexed document: changing it empties the search."""
LARGEST_MIB = 4096
MIMETYPES = (
    "text/csv text/plain application/csv application/json application/pdf application/zip application/gzip "
    "application/octet-stream application/vnd.openxmlformats-officedocument.spreadsheetml.sheet "
    "application/vnd.apache.parquet"
)
SECONDS_OF_A_JOB = 3600
LARGEST_LOAD = 5_000_000_000
SECONDS_OF_A_SESSION = 86400
ABOUT = (
    "Mỗi bộ dữ liệu ở đây nêu cơ quan công bố, giấy phép, thời kỳ của số liệu, các tệp để tải về và mã băm để kiểm tra "
    "tệp đã tải. Cổng chạy trên phần mềm nguồn mở CKAN. · Each dataset names who publishes it, its licence, the period "
    "it covers, its files, and the hashes to check a download. The portal runs on CKAN, open source software."
)

CSS = ".masthead hgroup h1 a {color: #fff} .masthead hgroup h2 {color: #cfe3ea; font-size: 14px; margin: 0}"

SETTINGS = """# Written by deploy/portal; changes are overwritten. Holds secrets.
[app:main]
ckan.site_id = {site_id}
ckan.site_url = {url}
ckan.site_title = Cổng dữ liệu minh bạch
ckan.site_description = Dữ liệu mở · Open data
ckan.site_about = {about}
ckan.plugins = {plugins}

SECRET_KEY = {session_key}
api_token.jwt.algorithm = HS256
api_token.jwt.encode.secret = string:{token_key}
api_token.jwt.decode.secret = string:{token_key}
SESSION_TYPE = redis
SESSION_COOKIE_HTTPONLY = true
SESSION_COOKIE_SAMESITE = Lax
# True where the address has TLS: loopback has none.
SESSION_COOKIE_SECURE = {secure}
REMEMBER_COOKIE_SECURE = {secure}
REMEMBER_COOKIE_HTTPONLY = true
REMEMBER_COOKIE_SAMESITE = Lax
PERMANENT_SESSION_LIFETIME = {session}

sqlalchemy.url = {main}
ckan.datastore.write_url = {write}
ckan.datastore.read_url = {read}
ckan.datastore.default_fts_index_method = gin
ckan.datastore.search.rows_max = 32000
ckan.datastore.sqlsearch.enabled = false
solr_url = {solr}
ckan.redis.url = {redis}
ckan.jobs.timeout = {job}

# The package of CKAN lacks the templates of the newer theme.
ckan.base_public_folder = public
ckan.base_templates_folder = templates
extra_template_paths = {templates}
# The title in letters in place of CKAN's picture.
ckan.site_logo =
ckan.site_custom_css = {css}
ckan.hide_version = true
ckan.locale_default = vi
ckan.locales_offered = vi en
ckan.locale_order = vi en
ckan.display_timezone = Asia/Ho_Chi_Minh
# CKAN's own Vietnamese with ours over it: inside/prepare.py lays it there.
ckan.i18n_directory = {translations}

# Files: what is refused is refused by its content, and nothing is read that is not published.
ckan.max_resource_size = {mib}
ckan.files.storage.resources.type = ckan:fs
ckan.files.storage.resources.path = {storage}/resources
ckan.files.storage.resources.initialize = true
ckan.files.storage.resources.max_size = {mib}MiB
ckan.files.storage.resources.supported_types = {mimetypes}

# Nobody makes an account, an organisation or a dataset without being asked to.
ckan.auth.anon_create_dataset = false
ckan.auth.create_unowned_dataset = false
ckan.auth.create_dataset_if_not_in_organization = false
ckan.auth.user_create_groups = false
ckan.auth.user_create_organizations = false
ckan.auth.user_delete_groups = false
ckan.auth.user_delete_organizations = false
ckan.auth.create_user_via_api = false
ckan.auth.create_user_via_web = false
ckan.auth.public_user_details = false
ckan.auth.public_activity_stream_detail = false
ckan.auth.reveal_private_datasets = false
ckan.auth.enable_cookie_auth_in_api = false

ckan.views.default_views = datatables_view
ckan.feeds.author_name = Cổng dữ liệu minh bạch
ckan.activity_list_limit = 30
ckanext.dcat.enable_rdf_endpoints = true
# What ckanext-dcat writes, and then ours, which brings it to the shapes: deploy/portal/plugin.
ckanext.dcat.rdf.profiles = euro_dcat_ap_3 minhbach_dcat_ap
ckanext.dcat.resource.inherit.license = true

ckanext.xloader.jobs_db.uri = {main}
ckanext.xloader.api_token = {loading_token}
ckanext.xloader.site_url = {inner_url}
ckanext.xloader.use_type_guessing = false
# Columns keep their Vietnamese names: filters by the real name fail otherwise.
ckanext.xloader.unidecode_headers = false
ckanext.xloader.max_content_length = {load}
ckanext.xloader.job_timeout = {job}

[loggers]
keys = root, ckan, ckanext

[handlers]
keys = console

[formatters]
keys = plain

[logger_root]
level = WARNING
handlers = console

[logger_ckan]
level = INFO
handlers = console
qualname = ckan
propagate = 0

[logger_ckanext]
level = INFO
handlers = console
qualname = ckanext
propagate = 0

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = plain

[formatter_plain]
format = %(asctime)s %(levelname)-5.5s [%(name)s] %(message)s
"""


@dataclass(frozen=True)
class Places:
    """Where a CKAN finds what it needs: on one machine or among containers. Addresses hold passwords."""

    url: str
    inner_url: str
    """As CKAN's own worker reaches it."""
    main: str = field(repr=False)
    write: str = field(repr=False)
    read: str = field(repr=False)
    redis: str = field(repr=False)
    solr: str
    storage: Path
    templates: Path
    translations: Path
    session_key: str = field(repr=False)
    token_key: str = field(repr=False)
    loading_token: str = field(repr=False)


def settings(places: Places) -> str:
    """Return the whole file."""
    return SETTINGS.format(
        site_id=SITE_ID, about=ABOUT, css=CSS, plugins=PLUGINS, session=SECONDS_OF_A_SESSION, job=SECONDS_OF_A_JOB,
        load=LARGEST_LOAD, mib=LARGEST_MIB, mimetypes=MIMETYPES, secure=str(places.url.startswith("https")).lower(),
        **{one.name: getattr(places, one.name) for one in fields(places)},
    )  # fmt: skip


def places_of(home: Home, secrets: Secrets, loading_token: str) -> Places:
    """Return where the local portal's CKAN finds what it needs."""
    ports = home.ports
    return Places(
        url=home.url,
        inner_url=home.url,
        main=databases.address(databases.OWNER, secrets.ckan, ports.postgres, databases.MAIN),
        write=databases.address(databases.WRITER, secrets.datastore_write, ports.postgres, databases.DATASTORE),
        read=databases.address(databases.READER, secrets.datastore_read, ports.postgres, databases.DATASTORE),
        redis=f"redis://:{secrets.redis}@127.0.0.1:{ports.redis}/0",
        solr=f"http://127.0.0.1:{ports.solr}/solr/ckan",
        storage=home.storage,
        templates=home.ini.parent / "templates",
        translations=home.ini.parent / "i18n",
        session_key=secrets.session_key,
        token_key=secrets.token_key,
        loading_token=loading_token,
    )
