"""The Procfile says how a process is started; the containers must start it in the same way."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from honcho.environ import parse_procfile

from tools.settings import settings

ROOT = Path(__file__).resolve().parents[2]
PROCFILE: dict[str, str] = parse_procfile((ROOT / "Procfile").read_text()).processes
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())


@pytest.mark.parametrize("name", sorted(PROCFILE))
def test_compose_starts_each_process_as_make_run_does(name: str) -> None:
    shell, flag, line = COMPOSE["services"][name]["command"]
    assert (shell, flag) == ("sh", "-c")
    # Compose writes $$ for a dollar that the shell shall see.
    assert line.replace("$$", "$") == PROCFILE[name]


def test_the_images_start_what_the_procfile_says() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    commands = [json.loads(found)[2] for found in re.findall(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)]
    assert commands == [PROCFILE["web"], PROCFILE["rasa"]]


@pytest.mark.parametrize("name", sorted(PROCFILE))
def test_every_variable_of_a_command_is_set_for_its_container(name: str) -> None:
    service = COMPOSE["services"][name]
    target = service["build"]["target"]
    image_env = _image_variables(target)
    needed = set(re.findall(r"\$(\w+)", PROCFILE[name]))
    assert needed <= image_env | set(service["environment"])


def _image_variables(target: str) -> set[str]:
    stage = re.split(r"^FROM base AS ", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    text = next(part for part in stage if part.startswith(target + "\n")).replace("\\\n", " ")
    lines = re.findall(r"^ENV (.*)$", text, re.MULTILINE)
    return {name for line in lines for name in re.findall(r"(\w+)=", line)}


def test_pages_come_first_when_the_processor_is_short() -> None:
    assert {name for name, line in PROCFILE.items() if "exec nice -n 10 " not in line} == {"web"}


def test_rasa_is_reachable_from_inside_only() -> None:
    assert "ports" not in COMPOSE["services"]["rasa"]
    assert COMPOSE["services"]["rasa"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert "--enable-api" not in PROCFILE["rasa"]


def test_what_rasas_endpoints_ask_for_is_set_on_one_machine_and_in_containers() -> None:
    """Rasa refuses to start when a variable of endpoints.yml is missing."""
    needed = set(re.findall(r"\$\{(\w+)\}", (ROOT / "bot/endpoints.yml").read_text()))
    assert needed
    assert needed <= set(settings())
    assert needed <= set(COMPOSE["services"]["rasa"]["environment"]) | _image_variables("bot")
