"""``make run``: prepare everything that is missing, then hand over to the supervisor.

Two lanes run side by side: the web environment, database and demo city; the bot's environment and model.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable

from tools.bot_model import ensure_model
from tools.environments import BOT, ROOT, WEB, ensure
from tools.progress import Failed, run_step, say, stop_steps
from tools.settings import PORTS, busy_ports, settings, wanted


def prepare_web() -> None:
    """Web environment, migrated database, demo city (only into an empty database)."""
    ensure(WEB)
    # In one command: the application takes longer to start than both need when there is nothing to do.
    load = [str(WEB.folder / "bin" / "flask"), "--app", "app", "demo", "load", "--if-empty", "--migrate"]
    run_step("web", "migrating the database, loading the demo city if it is empty", load)


def prepare_bot() -> None:
    """Rasa's environment and a trained model."""
    ensure(BOT)
    ensure_model()


def run_lanes(lanes: list[Callable[[], None]]) -> None:
    """Run ``lanes`` in parallel. Raises the first ``Failed``, after stopping the other lane."""
    failures: list[Failed] = []

    def guarded(lane: Callable[[], None]) -> None:
        try:
            lane()
        except Failed as failure:
            failures.append(failure)
            stop_steps()

    # Daemons: after Ctrl-C nothing waits for a lane that waits for somebody else's training to end.
    threads = [threading.Thread(target=guarded, args=(lane,), daemon=True) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def main() -> None:
    """Prepare, then become the supervisor.

    Exits 1 with a message if a port is taken or a step fails, 130 on Ctrl-C, a kill or a closed terminal.
    """
    with_bot = not os.environ.get("WITHOUT_BOT")
    env = settings()
    # Now, and not after minutes of preparing.
    if problems := busy_ports(wanted(PORTS, env), env):
        sys.exit("\n".join(problems))
    for ending in (signal.SIGTERM, signal.SIGHUP):
        # The steps have sessions of their own: neither a closed terminal nor a kill of make reaches them.
        signal.signal(ending, signal.default_int_handler)
    say("", "preparing; the first time takes some minutes")
    try:
        run_lanes([prepare_web, prepare_bot] if with_bot else [prepare_web])
    except Failed as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        stop_steps()
        sys.exit(130)
    os.chdir(ROOT)
    os.execv(str(WEB.python), [str(WEB.python), "-m", "tools.supervise"])


if __name__ == "__main__":
    main()
