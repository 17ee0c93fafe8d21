"""The grammar of the command: options, lazily loaded commands, errors turned into one sentence and an exit code."""

from __future__ import annotations

import errno
import importlib
import os
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from minhbach import __version__

from ..core.errors import MinhBachError

if TYPE_CHECKING:
    from types import TracebackType

COMMANDS = {
    "init": "scaffold",
    "new": "scaffold",
    "check": "check",
    "schema": "schema",
    "status": "status",
    "extract": "extract",
    "quarantine": "quarantine",
    "correct": "correct",
    "freeze": "stages",
    "build": "stages",
    "gate": "stages",
    "release": "stages",
    "sign-off": "sign_off",
    "plan": "publish",
    "preview": "preview",
    "approve": "publish",
    "apply": "publish",
    "withdraw": "publish",
    "run": "run",
    "demo": "demo",
    "watch": "watch",
    "portal": "portal",
    "verify": "verify",
    "ledger": "ledger",
    "disclose": "disclose",
    "sandbox": "sandbox",
    "serve": "serve",
    "keys": "keys",
}
"""Command → module of `minhbach.cli.commands`; the function is the command's name with underscores."""
TRACEBACK_FROM = 2


@dataclass
class Options:
    """What stands before the command."""

    project: Path | None
    verbosity: int


class LazyGroup(click.Group):
    """Imports a command's module when the command is asked for, so that `--help` is immediate."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of the work."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"minhbach.cli.commands.{COMMANDS[cmd_name]}")
        command = getattr(module, cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)  # noqa: S101  a wrong name in COMMANDS, caught by the tests
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List commands with their one line, without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, HELP[name]) for name in COMMANDS])


HELP = {
    "init": "Scaffold a project folder.",
    "new": "Scaffold an agency or a dataset.",
    "check": "Validate all that can be known without data.",
    "schema": "Write JSON Schemas of the declarations, for editors.",
    "status": "Say what was delivered, what waits, what is late, what comes next.",
    "extract": "Land an agency's records.",
    "quarantine": "List, show, replay or waive the dead letters.",
    "correct": "Take in a file of corrections from an agency.",
    "freeze": "Close a period's books.",
    "build": "Build the marts with dbt.",
    "gate": "Judge a mart with Great Expectations.",
    "release": "Protect, write, attack, judge and seal.",
    "sign-off": "Sign a dataset's columns and policy as its steward.",
    "plan": "Say what would change on the portal, and sign it.",
    "preview": "Hand an agency its own rows of a plan before publication.",
    "approve": "Approve exactly one plan.",
    "apply": "Make the portal equal to an approved plan, and prove it.",
    "withdraw": "Replace a release by a tombstone.",
    "run": "Extract, build, judge, protect, seal and plan, in one process.",
    "demo": "Watch a pretend province become published datasets.",
    "watch": "Look at the portals from outside: what is late, empty, edited, tampered with.",
    "portal": "Audit a portal: is anything of a withdrawn release left.",
    "verify": "Check a download: files, hashes, signature, receipt.",
    "ledger": "List the ledger or prove its chain.",
    "disclose": "Explain, protect or attack tables.",
    "sandbox": "Generate or serve the pretend province.",
    "serve": "Serve the static site, or the desk, on loopback.",
    "keys": "Make signing keys.",
}


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--project", type=click.Path(file_okay=False, path_type=Path), help="Project folder (default: nearest).")
@click.option("-v", "--verbose", count=True, help="Say more; -vv shows tracebacks.")
@click.option("-q", "--quiet", is_flag=True, help="Say errors only.")
@click.version_option(__version__, prog_name="minhbach")
@click.pass_context
def root(ctx: click.Context, project: Path | None, verbose: int, quiet: bool) -> None:
    """Take records, judge, protect, seal and publish them, and prove it."""
    ctx.obj = Options(project, -1 if quiet else verbose)


def run() -> None:
    """Run the command and end the process with the promised exit code."""
    if "-vv" not in sys.argv:
        sys.excepthook = _unexpected
    try:
        root.main(standalone_mode=False)
    except MinhBachError as error:
        _complain(str(error))
        sys.exit(error.exit_code)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in {"minhbach", "publishers"}:
            raise
        _complain(f"found no package {error.name}, expected the whole engine: this install can only verify downloads.")
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        _complain("stopped by you; nothing is half done, run again to go on.")
        sys.exit(1)
    except OSError as error:
        _outside(error)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _outside(error: OSError) -> None:
    """End for what the machine refused where no room expected it: a closed pipe, a full disk. All else is a fault."""
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        raise error
    where = error.filename or "the house"
    _complain(
        f"{where}: could not be written: the disk is full; nothing was left half written, free some and run again."
    )
    sys.exit(1)


def _complain(sentence: str) -> None:
    if "-vv" in sys.argv:
        traceback.print_exc()
    click.echo(f"minhbach: {sentence}" if "\n" not in sentence else sentence, err=True)


def _unexpected(kind: type[BaseException], _error: BaseException, trace: TracebackType | None) -> None:
    """Name a fault of ours by its place alone: its message may hold what it was working on."""
    places = traceback.extract_tb(trace)
    where = f"{Path(places[-1].filename).name}:{places[-1].lineno}" if places else "the command"
    click.echo(f"minhbach: unexpected {kind.__name__} at {where}; a fault of ours; -vv shows its way.", err=True)
