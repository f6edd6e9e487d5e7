"""Create the two virtual environments from their locks, and skip what is already there.

``python -m tools.environments web|dev|bot`` needs Python 3.11, venv and pip; ``uv`` makes it faster where it is present.
A stamp beside each environment holds the hash of the lock it was made from.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.progress import Failed, run_step

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Environment:
    """One virtual environment: where it lives, its lock, and what the installer needs to be told."""

    name: str
    folder: Path
    lock: Path
    exact_python: bool = False  # Rasa 3.6 runs on Python 3.11 and nothing newer

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        return self.folder / f"minping-{self.name}.stamp"

    def key(self) -> str:
        return hashlib.sha256(self.lock.read_bytes()).hexdigest()

    def is_ready(self) -> bool:
        return self.python.exists() and self.stamp.exists() and self.stamp.read_text() == self.key()


WEB = Environment("web", ROOT / ".venv", ROOT / "requirements/web.txt")
DEV = Environment("dev", ROOT / ".venv", ROOT / "requirements/dev.txt")
BOT = Environment("bot", ROOT / "bot/.venv", ROOT / "bot/requirements.lock.txt", exact_python=True)


def find_python(environment: Environment) -> str:
    """The interpreter to build ``environment`` with. Raises ``Failed`` with what to install."""
    if not environment.exact_python:
        return sys.executable
    if sys.version_info[:2] == (3, 11):
        return sys.executable
    if found := shutil.which("python3.11"):
        return found
    if uv := shutil.which("uv"):
        found = subprocess.run([uv, "python", "find", "3.11"], capture_output=True, text=True)
        if found.returncode == 0:
            return found.stdout.strip()
    raise Failed(
        "The bot needs Python 3.11 exactly (Rasa 3.6), and there is none here. Install python3.11 with its venv,\n"
        "or `uv python install 3.11`; or run without the bot: make run WITHOUT_BOT=1"
    )


def install_command(environment: Environment) -> list[str]:
    """The installer's command line: uv if there is one, else the environment's pip."""
    lock = ["--require-hashes", "--no-deps", "-r", str(environment.lock)]
    if uv := shutil.which("uv"):
        # --no-config: bot/pyproject.toml's overrides made the lock and would be applied to it once more.
        return [uv, "pip", "install", "--no-config", "--python", str(environment.python), *lock]
    # --ignore-requires-python: Rasa declares < 3.11, and runs on it (bot/pyproject.toml).
    relax = ["--ignore-requires-python"] if environment.exact_python else []
    return [str(environment.python), "-m", "pip", "install", "--progress-bar", "off", *relax, *lock]


def ensure(environment: Environment) -> bool:
    """Create or update ``environment``; True if anything had to be done. Raises ``Failed``."""
    if environment.is_ready():
        return False
    python = find_python(environment)
    # The dev environment is the web environment with more in it: they share one folder and agree in every version.
    # pip comes last: an environment without it was interrupted while being made.
    if not (environment.python.exists() and (environment.folder / "bin" / "pip").exists()):
        folder = str(environment.folder.relative_to(ROOT))
        run_step(environment.name, f"creating {folder}", [python, "-m", "venv", str(environment.folder)])
    packages = sum(1 for line in environment.lock.read_text().splitlines() if line[:1].isalnum())
    run_step(environment.name, f"installing {packages} packages", install_command(environment))
    environment.stamp.write_text(environment.key())
    return True


if __name__ == "__main__":
    try:
        for name in sys.argv[1:]:
            ensure({"web": WEB, "dev": DEV, "bot": BOT}[name])
    except Failed as failure:
        sys.exit(str(failure))
