"""What gunicorn serves: CKAN with the configuration that CKAN_INI names. Runs in CKAN's environment, not in ours."""

import logging
import os

from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app

application = make_app(CKANConfigLoader(os.environ["CKAN_INI"]).get_config())

# CKAN's logging settings silence every logger that was there before them, gunicorn's two among them.
for name in ("gunicorn.access", "gunicorn.error"):
    logging.getLogger(name).disabled = False
