"""A real Chromium before a real server on loopback, with the small town behind it and axe-core beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
# A page comes at once; on a machine that does ten other things, it comes all the same.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    """The driver, started once per worker."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright_driver: Playwright, chromium_path: str) -> Iterator[Browser]:
    """The system's Chromium, headless."""
    # Where there is no GPU, a program that plays one would draw every page.
    browser = playwright_driver.chromium.launch(
        executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"]
    )
    yield browser
    browser.close()


@pytest.fixture
def live_app(app: Flask, copied_app: Callable[..., Flask]) -> Flask:
    """The town's application as in production: with CSRF tokens and without loud errors."""
    return copied_app(WTF_CSRF_ENABLED=True, PROPAGATE_EXCEPTIONS=False)


def _closing(app: WSGIApplication) -> WSGIApplication:
    """Close every answer: werkzeug's server leaves a file open when the browser goes away in the midst of it."""

    def closing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        answer = app(environ, start_response)
        try:
            yield from answer
        finally:
            if hasattr(answer, "close"):
                answer.close()

    return closing


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Run the application on a free port of loopback, with threads as under gunicorn; its address."""
    server = make_server("127.0.0.1", 0, _closing(app), threaded=True)
    app.config["PUBLIC_URL"] = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield app.config["PUBLIC_URL"]
    finally:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()


@pytest.fixture
def live_server(live_app: Flask) -> Iterator[str]:
    """Address of the running application."""
    with serving(live_app) as address:
        yield address


class Visitor:
    """A page with its own cookies; every problem that the browser reports fails the test."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on(
            "console", lambda m: self.problems.append(m.text) if "Content Security Policy" in m.text else None
        )
        page.on(
            "response", lambda r: self.problems.append(f"{r.status} {r.url}") if r.status >= 500 else None
        )

    def go(self, path: str) -> Page:
        """Open a path of the application."""
        self.page.goto(self.base + path)
        return self.page

    def check(self) -> None:
        """No violation found by axe-core, nothing wider than the screen, nothing reported by the browser."""
        # After a click the next page may still be without its style sheets.
        self.page.wait_for_load_state("load")
        found = Axe().run(self.page)
        assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"
        width = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0, f"{self.page.url} is {width} px wider than the screen"
        assert self.problems == []


@pytest.fixture
def open_browser(chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """``open_browser(address)`` opens a phone-sized page; keyword arguments go to Chromium's context."""
    contexts = []

    def open_page(base: str, **options: object) -> Visitor:
        context = chromium.new_context(
            **{"viewport": PHONE, "locale": "zh-CN", "reduced_motion": "reduce", **options}
        )  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        return Visitor(context.new_page(), base)

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def visit(open_browser: Callable[..., Visitor], live_server: str) -> Callable[..., Visitor]:
    """``visit()`` opens a page of the running application (``viewport``, ``locale`` … as in Chromium's context)."""
    return partial(open_browser, live_server)
