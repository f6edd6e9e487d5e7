"""Wait in the background until every process answers, then print the address, the demo logins and what to try."""

from __future__ import annotations

import atexit
import os
import re
import shlex
import signal
import subprocess
import textwrap
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tools.environments import ROOT, WEB
from tools.progress import TICK_S, colour, say

PATIENCE_S = 180.0


def health_checks(names: list[str], env: dict[str, str]) -> dict[str, Callable[[], bool]]:
    """Process name → whether it is ready."""
    urls = {
        "web": f"http://127.0.0.1:{env['PORT']}/readyz",
        "rasa": f"http://127.0.0.1:{env['RASA_PORT']}/",
        "actions": f"http://127.0.0.1:{env['ACTIONS_PORT']}/health",
    }
    checks: dict[str, Callable[[], bool]] = {name: partial(answers, url) for name, url in urls.items()}
    checks["worker"] = partial(worker_ready, env)
    return {name: checks[name] for name in names}


def answers(url: str) -> bool:
    """Whether ``url`` gives a success within two seconds."""
    # Never through a proxy: these are our own processes on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return 200 <= response.status < 300
    except (urllib.error.URLError, OSError):
        return False


def worker_ready(env: dict[str, str]) -> bool:
    """Whether Celery has said that it is ready. It has no address, and without a broker it answers no ping."""
    log = Path(env["MINPING_VAR"]) / "log" / "worker.log"
    return log.exists() and re.search(r"celery@\S+ ready\.", log.read_text(errors="replace")) is not None


def demo_logins(env: dict[str, str]) -> str:
    """What ``flask demo logins`` prints; "" if it cannot."""
    command = [str(WEB.folder / "bin" / "flask"), "--app", "app", "demo", "logins"]
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=ROOT)
    return done.stdout.rstrip() if done.returncode == 0 else ""


def simulator(env: dict[str, str]) -> str:
    """How to start the console twin of WeChat against these processes."""
    default = str(ROOT / "var")
    names = [name for name in ("MINPING_VAR", "WECHAT_SIM_PORT") if env.get(name, default) != default]
    elsewhere = "".join(f"{name}={shlex.quote(env[name])} " for name in names)
    url = "" if env["PORT"] == "8000" else f" --url http://127.0.0.1:{env['PORT']}/wechat"
    return f"{elsewhere}.venv/bin/flask wechat-sim{url}"


def banner(env: dict[str, str], logins: str, seconds: float) -> str:
    """What the person at the keyboard reads when everything is up."""
    address = f"http://127.0.0.1:{env['PORT']}"
    return f"""
{colour("1;32", f"Minping 民评 is ready: {address}")}   ({seconds:.0f} s; Ctrl-C stops everything)

  Try  {address}/                report a problem, rate a service (as a resident, no login)
       {address}/chat            the same by talking
       {address}/account/login   then answer it as a department, and look at the scores as an official
       {simulator(env)}
                                      the same from WeChat, played in a second terminal

{textwrap.indent(logins, "  ")}
  (every account: .venv/bin/flask --app app demo logins --all)

  Logs: {Path(env["MINPING_VAR"]) / "log"}
"""


def _wait(names: list[str], env: dict[str, str]) -> None:
    started = time.monotonic()
    logins = demo_logins(env)
    waiting = health_checks(names, env)
    told = started
    while waiting:
        waiting = {name: check for name, check in waiting.items() if not check()}
        now = time.monotonic()
        if waiting and now - started > PATIENCE_S:
            say("", f"{', '.join(waiting)} did not answer within {PATIENCE_S:.0f} s; see var/log. Stopping.")
            os.kill(os.getpid(), signal.SIGTERM)
            return
        if waiting and now - told >= TICK_S:
            told = now
            say("", f"waiting for {', '.join(waiting)} ({now - started:.0f} s)")
        time.sleep(0.3)
    print(banner(env, logins, time.monotonic() - started), flush=True)
    if "worker" in names:
        publish_open_data(env)


def publish_open_data(env: dict[str, str]) -> None:
    """Publish the months that are due, which the worker would do at night: a city that is new here has some.

    It takes a minute or two of one core for a fresh demo city, so it comes last and yields to everything.
    """
    command = ["nice", "-n", "19", str(WEB.folder / "bin" / "flask"), "--app", "app", "open-data", "publish"]
    with (Path(env["MINPING_VAR"]) / "log" / "open-data.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, cwd=ROOT
        )
    atexit.register(process.kill)


def announce_when_ready(names: list[str], env: dict[str, str]) -> None:
    """Start the waiting in a background thread; it stops the supervisor if a process never gets ready.

    Call it when the supervisor has forked all of ``names``: a fork that inherits a pipe of the command for the logins
    keeps it open for ever, and the banner never comes.
    """
    threading.Thread(target=_wait, args=(names, env), daemon=True).start()
