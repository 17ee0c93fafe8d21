"""The vocabulary of every room: settings, errors, calendar, catalog, lake, keys, ledger. Imports no room."""
