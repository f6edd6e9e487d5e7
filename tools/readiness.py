"""Wait in the background until every process answers, then print the address, the demo logins and what to try."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

from tools.environments import ROOT, WEB
from tools.progress import TICK_S, colour, say

PATIENCE_S = 180.0


def health_urls(names: list[str], env: dict[str, str]) -> dict[str, str]:
    """Process name → the address that answers 200 when it is ready (the worker has none)."""
    urls = {
        "web": f"http://127.0.0.1:{env['PORT']}/readyz",
        "rasa": f"http://127.0.0.1:{env['RASA_PORT']}/",
        "actions": f"http://127.0.0.1:{env['ACTIONS_PORT']}/health",
    }
    return {name: url for name, url in urls.items() if name in names}


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
    """Whether the Celery worker answers a ping."""
    command = [
        str(WEB.folder / "bin" / "celery"),
        "--app",
        "webapp.jobs",
        "inspect",
        "ping",
        "--timeout",
        "2",
    ]
    return subprocess.run(command, capture_output=True, env=env, cwd=ROOT).returncode == 0


def demo_logins(env: dict[str, str]) -> str:
    """What ``flask demo logins`` prints; "" if it cannot."""
    command = [str(WEB.folder / "bin" / "flask"), "--app", "app", "demo", "logins"]
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=ROOT)
    return done.stdout.rstrip() if done.returncode == 0 else ""


def banner(env: dict[str, str], logins: str, seconds: float) -> str:
    """What the person at the keyboard reads when everything is up."""
    address = f"http://127.0.0.1:{env['PORT']}"
    return f"""
{colour("1;32", f"Minping 民评 is ready: {address}")}   ({seconds:.0f} s; Ctrl-C stops everything)

  Try  {address}/            report a problem, rate a service (as a resident, no login)
       {address}/chat        the same by talking
       {address}/login       then answer it as a department, and look at the scores as an official
{logins}

  Logs: var/log/{{web,worker,rasa,actions}}.log
"""


def _wait(names: list[str], env: dict[str, str]) -> None:
    started = time.monotonic()
    logins = demo_logins(env)
    waiting = health_urls(names, env)
    told = started
    while waiting:
        waiting = {name: url for name, url in waiting.items() if not answers(url)}
        now = time.monotonic()
        if waiting and now - started > PATIENCE_S:
            say("", f"{', '.join(waiting)} did not answer within {PATIENCE_S:.0f} s; see var/log. Stopping.")
            os.kill(os.getpid(), signal.SIGTERM)
            return
        if waiting and now - told >= TICK_S:
            told = now
            say("", f"waiting for {', '.join(waiting)} ({now - started:.0f} s)")
        time.sleep(0.3)
    if "worker" in names and not worker_ready(env):
        say("", "the worker does not answer; what it should send or sweep will wait. See var/log/worker.log")
    print(banner(env, logins, time.monotonic() - started), flush=True)


def announce_when_ready(names: list[str], env: dict[str, str]) -> None:
    """Start the waiting in a background thread; it stops the supervisor if a process never gets ready."""
    threading.Thread(target=_wait, args=(names, env), daemon=True).start()
