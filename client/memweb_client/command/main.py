"""What the command takes: arguments, the settings of the environment, and what it ends with.

It ends with 0 where all is done, with 1 and one sentence where something is not, and with 2 for
arguments that it does not understand.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from memweb_client.calls import InSpace, me
from memweb_client.command import exporting, ingesting, questions, reviewing
from memweb_client.command.saying import Ended, Session, Speaker
from memweb_client.errors import BadSettings, MemwebError
from memweb_client.transports import Client

USUAL_URL: Final = "http://127.0.0.1:8000"
FORMATS: Final = ("bundle", "jsonl", "csv", "prov-json", "prov-n", "trig", "json-ld")
Opens = Callable[[str, str], Client]


class _NoToken(argparse.Action):
    """Refuses a token among the arguments, which every user of the machine can read, and keeps it
    out of what is said of it."""

    def __call__(self, parser: argparse.ArgumentParser, *given: Any, **more: Any) -> None:
        parser.error("put the token into MEMWEB_TOKEN or a file; others can read arguments")


def parser() -> argparse.ArgumentParser:
    """Return what reads the arguments."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--url", help=f"where memweb is (MEMWEB_URL; {USUAL_URL})")
    common.add_argument(
        "--token-file", type=Path, help="a file that holds the token (else MEMWEB_TOKEN)"
    )
    common.add_argument("--token", action=_NoToken, help=argparse.SUPPRESS)
    common.add_argument(
        "--space", help="the space, by the word in its address (MEMWEB_SPACE; else the only one)"
    )
    common.add_argument("--json", action="store_true", help="answer with JSON")
    whole = argparse.ArgumentParser(
        prog="memweb", description="Work with a memweb from the command line."
    )
    parts = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    ingest = parts.add_parser("ingest", parents=[common], allow_abbrev=False, help="add files")
    ingest.add_argument("files", nargs="+", type=Path, metavar="FILE")
    ingest.add_argument("--title", help="the title, for a single file")
    ingest.add_argument("--wait", action="store_true", help="until they are searched for facts")
    ingest.set_defaults(do=ingesting.ingest)

    ask = parts.add_parser(
        "ask", parents=[common], allow_abbrev=False, help="ask, and see what the answer rests on"
    )
    ask.add_argument("question")
    ask.add_argument("--as-of", metavar="DAY", help="what was true on that day (2026-11-21)")
    ask.add_argument(
        "--meant", type=int, choices=(1, 2, 3), metavar="NUMBER",
        help="where there is no answer, ask it by the reading of this number among those offered",
    )  # fmt: skip
    ask.set_defaults(do=questions.ask)

    review = parts.add_parser(
        "review", parents=[common], allow_abbrev=False, help="how much waits for people"
    )
    review.set_defaults(do=reviewing.review)

    export = parts.add_parser(
        "export", parents=[common], allow_abbrev=False, help="facts as a file"
    )
    export.add_argument(
        "--format",
        choices=FORMATS,
        default="jsonl",
        help="jsonl if nothing is said; csv and bundle are ZIP files",
    )
    export.add_argument("--output", type=Path, required=True, metavar="FILE")
    export.add_argument("--force", action="store_true", help="overwrite the file")
    export.add_argument("--document", help="only of this document, by its title")
    export.add_argument("--entity", help="only about this entity, by its name")
    export.add_argument("--since", metavar="DAY", help="only of a period: its first day")
    export.add_argument("--until", metavar="DAY", help="only of a period: its last day")
    export.set_defaults(do=exporting.export)
    return whole


def main(
    arguments: Sequence[str] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    opens: Opens = Client,
) -> int:
    """Carry the command out; return what it ends with."""
    given = parser().parse_args(arguments)
    environment = os.environ if environment is None else environment
    speaker = Speaker(is_json=given.json)
    try:
        with opens(given.url or environment.get("MEMWEB_URL") or USUAL_URL,
                   token_of(given.token_file, environment)) as client:  # fmt: skip
            slug = given.space or environment.get("MEMWEB_SPACE") or only_space(client)
            result: int = given.do(Session(client, InSpace(slug), speaker), given)
            return result
    except (MemwebError, Ended) as error:
        speaker.complain(str(error))
        return 1


def token_of(file: Path | None, environment: Mapping[str, str]) -> str:
    """Return the token. Raises BadSettings, which does not say it."""
    if file is None:
        if token := environment.get("MEMWEB_TOKEN", "").strip():
            return token
        raise BadSettings("Put a token into MEMWEB_TOKEN, or name a file that holds one.")
    try:
        token = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise BadSettings(f"The file of the token cannot be read: {why}.") from None
    if not token:
        raise BadSettings("The file of the token is empty.")
    return token


def only_space(client: Client) -> str:
    """Return the space that the token opens, where it is one. Raises BadSettings."""
    slugs = [one.slug for one in client.send(me()).spaces]
    if len(slugs) == 1:
        return slugs[0]
    if not slugs:
        raise BadSettings("This token opens no space.")
    raise BadSettings(f"Name one of the spaces with --space: {', '.join(slugs)}.")


def run() -> None:
    """Run the command in a terminal."""
    try:
        status = main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:  # the reader has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    sys.exit(status)
