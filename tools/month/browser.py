"""A person's browser without JavaScript: cookies, pages, and forms filled in as they stand on the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import httpx


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, what stands in its fields, and what its lists and radio buttons offer."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)


class Page(HTMLParser):
    """The parts of a page that a visitor uses: forms, links, the cells of its table by column, marked places."""

    def __init__(self, html: str, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html, self.url = html, url
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.numbers: list[str] = []
        self.steps: list[str] = []
        self.cells: dict[str, list[str]] = {}
        self._cell = ""
        self._form: Form | None = None
        self._into: str | None = None
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        classes = found.get("class", "").split()
        if tag == "form":
            self._form = Form(found.get("action") or self.url)
            self.forms.append(self._form)
        elif tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "time" and "datetime" in found:
            self.steps.append(found["datetime"])
        elif "number" in classes:
            self.numbers.append("")
            self._into = "number"
        elif tag == "td":
            self._cell = found.get("data-label", "")
            self.cells.setdefault(self._cell, []).append("")
        if self._form is not None:
            self._take_field(self._form, tag, found)

    def _take_field(self, form: Form, tag: str, found: dict[str, str]) -> None:
        name = found.get("name", "")
        if tag == "input" and name:
            kind = found.get("type", "text")
            if kind in ("radio", "checkbox"):
                form.offered.setdefault(name, []).append(found.get("value", ""))
            if kind not in ("radio", "checkbox", "file", "submit") or "checked" in found:
                form.values[name] = found.get("value", "")
        elif tag in ("select", "textarea") and name:
            form.values.setdefault(name, "")
            self._select = name if tag == "select" else ""
            self._into = "textarea:" + name if tag == "textarea" else None
        elif tag == "option" and self._select:
            form.offered.setdefault(self._select, []).append(found.get("value", ""))
            if "selected" in found:
                form.values[self._select] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "td":
            self._cell = ""
        if tag in ("textarea", "dd", "span", "a", "p"):
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.cells[self._cell][-1] += data.strip()
        if self._into == "number":
            self.numbers[-1] += data.strip()
        elif self._into and self._form is not None:
            name = self._into.partition(":")[2]
            self._form.values[name] = self._form.values.get(name, "") + data

    def form(self, path_end: str, **having: str) -> Form | None:
        """The first form whose address ends so and whose fields hold these values."""
        for form in self.forms:
            path = urlsplit(form.action).path
            if path.endswith(path_end) and all(form.values.get(k) == v for k, v in having.items()):
                return form
        return None


class Refused(Exception):
    """The server did not take what was sent; carries its status and page."""

    def __init__(self, status: int, path: str, html: str) -> None:
        super().__init__(f"{status} at {path}")
        self.status, self.html = status, html


class Browser:
    """Cookies and pages of one person. Answers of 500 and above are errors of ours and stop the month."""

    def __init__(self, base: str) -> None:
        self.client = httpx.Client(base_url=base, follow_redirects=True, timeout=60)

    def close(self) -> None:
        self.client.close()

    def _page(self, answer: httpx.Response) -> Page:
        if answer.status_code >= 500:
            raise RuntimeError(f"{answer.status_code} at {answer.request.url}: {answer.text[:300]}")
        if answer.status_code >= 400:
            raise Refused(answer.status_code, str(answer.request.url), answer.text)
        return Page(answer.text, str(answer.url))

    def get(self, path: str) -> Page:
        """Open a page. Raises ``Refused``."""
        return self._page(self.client.get(path))

    def send(self, form: Form | None, **values: str) -> Page:
        """Send a form of a page, with these fields changed. Raises ``Refused``; ``LookupError`` without a form."""
        if form is None:
            raise LookupError("the page has no such form")
        return self._page(self.client.post(form.action, data={**form.values, **values}))

    def sign_in(self, username: str, password: str) -> Page:
        """Sign in as staff, unless this browser still is."""
        page = self.get("/account/login")
        form = page.form("/account/login")
        return self.send(form, username=username, password=password) if form else page


def query_of(link: str) -> dict[str, str]:
    """The query of an address, first values only."""
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
