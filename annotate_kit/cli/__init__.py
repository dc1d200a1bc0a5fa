"""The command line: `annotate-kit`, and `manage.py crowd`, for folders of answers."""

import importlib
import json
import os
import re
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from annotate_kit import __version__
from annotate_kit.cli import printing
from annotate_kit.cli.options import COMMANDS


class CommandFailed(Exception):
    """The command cannot do this; the message says why, and what would be right."""


def main(arguments: Sequence[str] | None = None, program: str = "annotate-kit") -> int:
    """Run the command that the arguments name; the exit status: 0, or 1 when it cannot be done."""
    try:
        if text := run(arguments, program):
            print(text, flush=True)  # noqa: T201  this is the command's output
    except CommandFailed as error:
        printing.write(f"{program}: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return 0


def run(arguments: Sequence[str] | None = None, program: str = "annotate-kit") -> str:
    """What the command prints. CommandFailed when it cannot be done; SystemExit for arguments that are wrong."""
    options = vars(parser(program).parse_args(arguments))
    try:
        rows = action_of(options["command"])(options)
    except KeyError as error:
        raise CommandFailed(in_the_commands_words(str(error.args[0]))) from error
    except (ValueError, TypeError, ImportError) as error:
        raise CommandFailed(str(error)) from error
    except MemoryError as error:
        raise CommandFailed("there is not enough memory for this; are n_workers and n_classes right?") from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CommandFailed(f"{error.filename or 'a file'}: {error.strerror or error}") from error
    finally:
        printing.status("")
    if not rows:  # it has printed what there is
        return ""
    return json.dumps(rows, indent=2, ensure_ascii=False) if options["json"] else printing.table(rows)


def action_of(command: str) -> Callable[[dict[str, Any]], printing.Rows]:
    """The function that does it, whose module is loaded now."""
    module, _ = COMMANDS[command]
    action: Callable[[dict[str, Any]], printing.Rows] = getattr(
        importlib.import_module(f"annotate_kit.cli.{module}"), command.replace("-", "_")
    )
    return action


CALLED = {
    "networks": "model",
    "aggregation": "strategy",
    "simulation": "strategy",
    "identification": "method",
    "merging": "type",
}
"""What the entries of a registry are called on the command line."""


def in_the_commands_words(message: str) -> str:
    """`there is no strategy 'hammer'; there are …`, where the library names its module."""
    unknown = re.fullmatch(r"annotate_kit\.(\w+) has no (.*?); it has (.*)", message, flags=re.DOTALL)
    if not unknown:
        return message
    return f"there is no {CALLED.get(unknown[1], unknown[1])} {unknown[2]}; there are {unknown[3]}"


class OneLine(ArgumentParser):
    """A parser that says what is wrong in one line, without all that would be right."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help has all of it\n")


def parser(program: str) -> ArgumentParser:
    described = (
        "Install, aggregate, identify, simulate and describe folders of crowdsourced answers, as peerannot does."
    )
    top = OneLine(prog=program, description=described)
    top.add_argument("--version", action="version", version=f"annotate-kit {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")
    for name, (_, add_options) in COMMANDS.items():
        command = commands.add_parser(name, help=add_options.__doc__, description=add_options.__doc__)
        command.add_argument("--json", action="store_true", help="print JSON instead of a table")
        add_options(command)
    return top


if __name__ == "__main__":
    sys.exit(main())
