"""The bot's trained model: found by a hash of what it is trained from, trained when there is none.

``python -m tools.bot_model`` prints its path.
"""

from __future__ import annotations

import fcntl
import hashlib
from pathlib import Path

from tools.environments import BOT, ROOT
from tools.progress import run_step

BOT_DIR = ROOT / "bot"
SOURCES = ("config.yml", "domain.yml", "domain", "data", "components", "requirements.lock.txt")
# The language layer's numbers are features: other models of it need another model of the bot.
NLP_MODELS = ROOT / "nlp" / "models"
# Rasa writes to a company's server unless told not to; TensorFlow is only imported, never used.
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
}


def source_files() -> list[Path]:
    """Every file that the model depends on, sorted."""
    found: list[Path] = []
    for name in SOURCES:
        path = BOT_DIR / name
        candidates = path.rglob("*") if path.is_dir() else [path]
        found += [
            file for file in candidates if file.suffix in {".yml", ".py", ".txt", ".json"} and file.is_file()
        ]
    return sorted([*found, *NLP_MODELS.glob("*.json")])


def model_path() -> Path:
    """Where the model of the present sources is, or will be."""
    digest = hashlib.sha256()
    for file in source_files():
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return BOT_DIR / "models" / f"{digest.hexdigest()[:16]}.tar.gz"


def ensure_model() -> Path:
    """Train the bot unless the model of the present sources exists. Raises ``progress.Failed``."""
    model = model_path()
    model.parent.mkdir(exist_ok=True)
    with (model.parent / ".lock").open("w") as lock:
        # Two test processes, or a test beside `make run`, must not train the same model at once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not model.exists():
            name = model.name.removesuffix(".tar.gz")
            rasa = str(BOT.folder / "bin" / "rasa")
            domain = "domain" if (BOT_DIR / "domain").is_dir() else "domain.yml"
            command = [rasa, "train", "--domain", domain, "--out", "models", "--fixed-model-name", name]
            run_step("bot", "training the dialogue", command, env=QUIET, cwd=BOT_DIR)
    return model


if __name__ == "__main__":
    print(ensure_model())
