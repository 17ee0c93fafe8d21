"""The command. Parses words, calls flow, prints; decides nothing. Never imports Airflow's room."""

from __future__ import annotations


def main() -> None:
    """Run the command line; the process ends with the exit code that interface.md promises."""
    from .app import run

    run()
