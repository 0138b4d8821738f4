"""A server under load for some minutes, while everything happens to it that may happen.

    python -m bench.soak [--folder FOLDER] [--seconds N] [--clients N] [--seed N]

A copy of a folder is served with low limits. Clients ask every kind of question, and each answer
is compared with the one that is known; one request in ten costs whatever it is given, some clients
go away in the middle or read slowly. Workers are killed, the data change and are served anew,
sometimes with a fault that must be refused. The exit status is 0 only if no answer was wrong,
nobody waited in vain, every error is in the manual, memory stayed flat, the pool is whole in the
end, and the server ended well when told to.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from bench.soak.learning import Ununderstood
from bench.soak.run import soak
from bench.soak.stage import Options
from kgserver.files.folder import Folder


def say(text: str) -> None:
    """Tell how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> None:
    """Run, print a table, and exit with 1 if there was a fault."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--folder", type=Path, help="served is a copy of it")
    parser.add_argument("--seconds", type=float, default=Options.seconds, help="of trouble")
    parser.add_argument("--clients", type=int, default=Options.clients)
    parser.add_argument(
        "--seed", type=int, default=Options.seed, help="another number, another run"
    )
    parser.add_argument("--reload", choices=["signal", "watch", "none"], default=Options.reload)
    parser.add_argument("--query-seconds", type=float, default=Options.query_seconds, help="limit")
    parser.add_argument("--edit-s", type=float, default=Options.edit_s, help="between edits")
    parser.add_argument("--kill-s", type=float, default=Options.kill_s, help="between kills, mean")
    parser.add_argument("--log", type=Path, help="where the server's words are kept")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        options = Options(
            folder=Folder.locate(chosen.folder).path,
            place=Path(scratch),
            seconds=chosen.seconds,
            clients=chosen.clients,
            seed=chosen.seed,
            reload=chosen.reload,
            query_seconds=chosen.query_seconds,
            edit_s=chosen.edit_s,
            kill_s=chosen.kill_s,
            judge_memory=chosen.seconds >= 60,
        )
        try:
            report = soak(options, say)
        except Ununderstood as error:
            raise SystemExit(f"Before the trouble began: {error}") from None
        finally:
            if chosen.log and (Path(scratch) / "log").exists():
                chosen.log.write_bytes((Path(scratch) / "log").read_bytes())
    print(report)
    raise SystemExit(1 if report.faults else 0)


if __name__ == "__main__":
    main()
