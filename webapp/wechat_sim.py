"""The console of WeChat's twin (``flask wechat-sim``): what one types is delivered, what comes back is shown."""

from __future__ import annotations

import re
import shutil
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

import click
from flask import current_app

from webapp.gateways.wechat.cipher import MessageCipher
from webapp.gateways.wechat.twin import Sent, Twin
from webapp.gateways.wechat.twin_push import Account, Manner, Outcome, Person

PROMPT = "你> "
HELP = """\
Type words to say them; a line that begins with // says a slash.
  /image FILE                   send a picture          /voice TEXT       speak (without TEXT: not understood)
  /location LAT LON [LABEL]     send a position         /menu, /click KEY the account's menu
  /scan CODE                    scan a service's code   /subscribe [CODE], /unsubscribe
  /wait [SECONDS]               until a message comes   /expire           end the access tokens
  /help, /quit"""


@dataclass(frozen=True)
class Wishes:
    """How to talk: see the options of ``flask wechat-sim``."""

    url: str
    aes: bool
    openid: str
    delay: float
    copies: int
    lines: TextIO


_HINTS = {
    "status 403": ": the application has another WECHAT_TOKEN (the same MINPING_VAR?), or another clock",
    "status 404": ": the application has no WECHAT_TOKEN, or this is not its address",
    "ConnectError": ": nothing listens there; start the application with make run",
}


class Mistake(Exception):
    """What was typed cannot be done; says why."""


def run(wishes: Wishes) -> int:
    """Talk until the lines end; returns the exit status, 1 if a delivery failed or a line could not be done."""
    config = current_app.config
    if not config["WECHAT_TOKEN"]:
        raise click.ClickException("WECHAT_TOKEN is not set, so the application does not listen to WeChat")
    if wishes.aes and not config["WECHAT_AES_KEY"]:
        raise click.ClickException("--aes needs WECHAT_AES_KEY, here and for the application")
    cipher = MessageCipher(config["WECHAT_AES_KEY"], config["WECHAT_APP_ID"]) if wishes.aes else None
    with _twin() as twin:
        person = Person(
            twin, Account(wishes.url, config["WECHAT_TOKEN"], cipher), wishes.openid,
            Manner(wishes.delay, wishes.copies),
        )  # fmt: skip
        # Whoever talked before this console was opened still may be written to.
        twin.did(wishes.openid)
        return Console(person, wishes.lines, config["CITY_NAME"]).talk()


def _twin() -> Twin:
    config = current_app.config
    address = urlsplit(config["WECHAT_API_URL"])
    if address.hostname not in ("127.0.0.1", "localhost") or not address.port:
        raise click.ClickException(
            f"WECHAT_API_URL is {config['WECHAT_API_URL']}; the twin can stand in for WeChat on this machine only: "
            "set WECHAT_API_URL=http://127.0.0.1:9001 for the application and for this command"
        )
    templates = {config["WECHAT_TEMPLATE_ID"]} - {""}
    try:
        return Twin(config["WECHAT_APP_ID"], config["WECHAT_APP_SECRET"], address.port, templates)
    except OSError as error:
        raise click.ClickException(
            f"port {address.port} cannot be used ({error.strerror}); is another wechat-sim running?"
        ) from error


class Console:
    """Shows a conversation; messages that come by themselves are put above the line being typed."""

    def __init__(self, person: Person, lines: TextIO, city: str) -> None:
        self.person, self.lines, self.city = person, lines, city
        self.keyboard = lines is sys.stdin and sys.stdin.isatty()
        self.problems = 0
        self.typing = False
        self.seen = 0
        self.screen = threading.Lock()
        person.twin.on_message = self._arrived
        self.commands: dict[str, Callable[[str], Outcome | None]] = {
            "image": self._image, "voice": person.speak, "location": self._location, "scan": person.scan,
            "click": person.click, "subscribe": person.subscribe, "unsubscribe": lambda _: person.unsubscribe(),
            "menu": self._menu, "wait": self._wait, "expire": lambda _: person.twin.end_tokens(),
            "help": lambda _: self._tell(HELP),
        }  # fmt: skip

    def talk(self) -> int:
        """Take the lines one after the other; returns the exit status."""
        account = self.person.account
        self._tell(
            f"You are {self.person.openid} on WeChat, talking to {account.url} "
            f"({'safe mode' if account.cipher else 'plain mode'}).\n"
            f"This console answers as WeChat at {self.person.twin.url}. "
            "Type words, or /help; /quit or Ctrl-D leaves."
        )
        for line in self._typed():
            if line == "/quit":
                break
            if line and not line.startswith("#"):
                self._do(line)
        return int(self.problems > 0)

    def _typed(self) -> Iterator[str]:
        if not self.keyboard:
            for line in self.lines:
                text = line.strip()
                if text:
                    click.echo(f"\n{PROMPT}{text}")
                yield text
            return
        with suppress(ImportError):
            import readline  # noqa: F401 - gives input() editing and history
        with suppress(EOFError, KeyboardInterrupt):
            while True:
                self.typing = True
                text = input(f"\n{PROMPT}").strip()
                self.typing = False
                yield text
        click.echo()

    def _do(self, line: str) -> None:
        try:
            outcome = self._done(line)
        except Mistake as mistake:
            self.problems += 1
            self._tell(str(mistake))
            return
        if outcome is None:
            return
        again = f", {outcome.deliveries} deliveries" if outcome.deliveries > 1 else ""
        timing = f"{outcome.seconds:.1f} s{again}"
        if outcome.problem:
            self.problems += 1
            why = outcome.problem + _HINTS.get(outcome.problem, "")
            self._tell(f"WeChat would say that the account is out of order ({timing}): {why}")
        elif outcome.text:
            self._bubble(outcome.text, timing)
        else:
            self._tell(f"(no reply, {timing})")

    def _done(self, line: str) -> Outcome | None:
        if not line.startswith("/") or line.startswith("//"):
            self.seen = len(self.person.twin.sent)
            return self.person.say(line.removeprefix("/"))
        name, _, rest = line[1:].partition(" ")
        command = self.commands.get(name)
        if command is None:
            raise Mistake(f"there is no /{name}; /help lists what there is")
        if name != "wait":
            self.seen = len(self.person.twin.sent)
        return command(rest.strip())

    def _image(self, name: str) -> Outcome:
        try:
            return self.person.picture(Path(name).expanduser().read_bytes())
        except OSError as error:
            raise Mistake(f"{name or 'no file'}: {error.strerror}") from None

    def _location(self, rest: str) -> Outcome:
        parts = re.split(r"[\s,，]+", rest, maxsplit=2)
        try:
            latitude, longitude = float(parts[0]), float(parts[1])
        except (ValueError, IndexError):
            raise Mistake("as in: /location 23.1291 113.2644 幸福路12号") from None
        return self.person.locate(latitude, longitude, parts[2] if len(parts) > 2 else "")

    def _menu(self, _rest: str) -> None:
        if self.person.twin.menu is None:
            raise Mistake(
                "the account has set no menu here; run flask wechat menu while this console is open"
            )
        for button in self.person.twin.menu["button"]:
            self._tell(_item(button))
            for inner in button.get("sub_button", []):
                self._tell(f"  {_item(inner)}")

    def _wait(self, rest: str) -> None:
        try:
            seconds = float(rest or 15)
        except ValueError:
            raise Mistake("as in: /wait 10") from None
        until = time.monotonic() + seconds
        while len(self.person.twin.sent) <= self.seen:
            if time.monotonic() > until:
                raise Mistake(f"no message came within {seconds:g} s")
            time.sleep(0.05)
        # Let it be shown whole before the next line.
        with self.screen:
            self.seen += 1

    def _arrived(self, sent: Sent) -> None:
        how = "customer-service message" if sent.kind == "custom" else "template message"
        self._bubble(sent.text, how if sent.openid == self.person.openid else f"{how} to {sent.openid}")

    def _bubble(self, text: str, remark: str) -> None:
        head = click.style(self.city, fg="green", bold=True) + click.style(f" · {remark}", dim=True)
        bar = click.style("│ ", fg="green")
        lines = text.splitlines() if not self.keyboard else list(_wrapped(text))
        self._tell("\n".join([f"  {head}", *(f"  {bar}{line}" for line in lines)]))

    def _tell(self, text: str) -> None:
        with self.screen:
            if not self.typing:
                click.echo(text)
                return
            # Somebody is typing: put this above, and their words back below.
            import readline

            sys.stdout.write("\r\033[K")
            click.echo(text)
            sys.stdout.write(f"\n{PROMPT}{readline.get_line_buffer()}")
            sys.stdout.flush()


def _item(button: dict[str, str]) -> str:
    key, url = button.get("key"), button.get("url")
    return button["name"] + (f"  /click {key}" if key else f"  {url}" if url else "")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _wrapped(text: str) -> Iterator[str]:
    """Lines that fit the terminal; Latin words, numbers and addresses stay whole."""
    room = max(20, min(shutil.get_terminal_size().columns - 6, 76))
    for line in text.splitlines():
        row = ""
        for piece in re.findall(r"[!-~]+|.", line):
            if row and _width(row) + _width(piece) > room:
                yield row
                row = ""
            row += piece
        yield row
