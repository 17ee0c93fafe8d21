"""A real CKAN 2.12 on loopback, without containers: `python -m deploy.portal up|stop|status|reset|repair|destroy`.

Standard library only: what it starts brings its own environment, locked in requirements/portal.txt. Knows no dataset.
"""
