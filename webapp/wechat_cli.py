"""``flask wechat``: menu, QR codes and health of the official account; ``flask wechat-sim``: talk to it from here."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TextIO

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from webapp.gateways.wechat.client import WechatError

wechat_group = AppGroup("wechat", help="The WeChat official account.")


@wechat_group.command("menu")
@click.option("--show", is_flag=True, help="Print the menu as JSON; change nothing.")
def menu(show: bool) -> None:
    """Give the account its menu."""
    from webapp.services import wechat_setup

    if show:
        click.echo(json.dumps(wechat_setup.menu(), ensure_ascii=False, indent=2))
        return
    try:
        wechat_setup.create_menu()
    except WechatError as error:
        raise _failed(error) from error
    click.echo("the menu is set; phones show it within five minutes")


@wechat_group.command("qr")
@click.argument("service_codes", nargs=-1, metavar="[SERVICE_CODE]...")
@click.option("--all", "everything", is_flag=True, help="A code for every service.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the PNG files."
)
def qr(service_codes: tuple[str, ...], everything: bool, out: Path) -> None:
    """Make QR codes that let people rate a service at once; one PNG each, named by its code."""
    from webapp.services import wechat_setup

    if bool(service_codes) == everything:
        raise click.UsageError("give service codes, or --all")
    out.mkdir(parents=True, exist_ok=True)
    try:
        wanted = wechat_setup.services(service_codes)
        for code, png in wechat_setup.qr_codes(wanted):
            (out / f"{code}.png").write_bytes(png)
            click.echo(str(out / f"{code}.png"))
    except LookupError as error:
        raise click.ClickException(str(error)) from error
    except WechatError as error:
        raise _failed(error) from error


@wechat_group.command("status")
def status() -> None:
    """Say what is configured, whether WeChat accepts us, and what waits; exit 1 when something is wrong."""
    from webapp.services import wechat_setup

    health = wechat_setup.health()
    click.echo(f"receives: {'yes, at /wechat' if health.receives else 'no, WECHAT_TOKEN is not set'}")
    if not health.sends:
        click.echo(
            "sends:    no, WECHAT_APP_ID or WECHAT_APP_SECRET is not set: late answers wait for people's next word"
        )
    else:
        good = f"yes, {current_app.config['WECHAT_API_URL']} gave a token"
        click.echo(f"sends:    {_reason(health.problem) if health.problem else good}")
    for path, (left, limit) in health.quotas.items():
        click.echo(f"today:    {left} of {limit} calls left for {path}")
    click.echo(
        f"people:   {health.followers} followers, {health.queued} messages queued, {health.given_up} given up"
    )
    raise SystemExit(not health.receives or bool(health.problem))


def _failed(error: WechatError) -> click.ClickException:
    return click.ClickException(_reason(str(error)))


def _reason(problem: str) -> str:
    hints = {
        "NoRight 48001": "the account has no right to this interface (is it verified?)",
        "NoRight 40164": "this machine's address is not on the account's list (mp.weixin.qq.com, IP whitelist)",
        "NoRight 40125": "WECHAT_APP_SECRET is wrong",
        "NoRight 40013": "WECHAT_APP_ID is wrong",
        "NoRight no app id or secret": "WECHAT_APP_ID and WECHAT_APP_SECRET must be set",
        "Busy ConnectError": f"nothing answers at {current_app.config['WECHAT_API_URL']}"
        " (the twin answers while flask wechat-sim runs)",
    }
    return f"no, {hints.get(problem, 'see the list of return codes')} ({problem})"


@click.command("wechat-sim")
@click.option("--url", help="Where to deliver.  [default: PUBLIC_URL/wechat]")
@click.option("--aes", is_flag=True, help="Deliver in safe mode (needs WECHAT_AES_KEY).")
@click.option("--openid", default="oSimulated", show_default=True, help="Who is talking.")
@click.option("--delay", default=0.0, help="Seconds between signing and delivering.")
@click.option(
    "--duplicate", default=1, type=click.IntRange(1, 10), help="Deliveries of each message at once."
)
@click.option(
    "--script", type=click.File("r", encoding="utf-8"), help="Lines to say, instead of the keyboard."
)
@with_appcontext
def wechat_sim(
    url: str | None, aes: bool, openid: str, delay: float, duplicate: int, script: TextIO | None
) -> None:
    """Play WeChat: talk to the running application from this terminal as a follower of its account.

    Serves WECHAT_API_URL meanwhile, so customer-service and template messages arrive here too. Reads lines from the
    keyboard, a --script or a pipe; /help lists what one can do besides typing.
    """
    from webapp.wechat_sim import Wishes, run

    wishes = Wishes(
        url or f"{current_app.config['PUBLIC_URL']}/wechat",
        aes,
        openid,
        delay,
        duplicate,
        script or sys.stdin,
    )
    raise SystemExit(run(wishes))
