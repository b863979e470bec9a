"""Somebody in a browser who does what the manual says, reading buttons and links in their own language."""

from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from laadboek.portal.words.speech import Speech

PATIENCE_MS = 60_000
PHONE, DESKTOP = {"width": 375, "height": 812}, {"width": 1280, "height": 860}


class Walker:
    """One person in one window. Whatever the browser complains about is kept."""

    def __init__(self, chromium: Browser, address: str, language: str, viewport: dict[str, int]) -> None:
        self.address, self.speech = address, Speech(language, "Europe/Amsterdam")
        self.context = chromium.new_context(viewport=viewport, locale=language)  # type: ignore[arg-type]
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self._complained(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _complained(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and "status of 422" not in text:  # a form that was not right yet
            self.complaints.append(text)

    def say(self, text: str, **values: str | int) -> str:
        return self.speech.say(text, **values)

    # --- what a person does ---

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)
        self._look()

    def press(self, text: str, within: Locator | None = None, **values: str | int) -> None:
        """The button with this name, in the language of the page."""
        (within or self.page).get_by_role("button", name=self.say(text, **values), exact=True).first.click()

    def follow(self, text: str) -> None:
        """The link with this name, whatever it looks like."""
        self.page.get_by_role("link", name=self.say(text), exact=True).first.click()
        self._look()

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.locator(f"[name={name}]:visible").first.fill(value)

    def choose(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.locator(f"select[name={name}]").select_option(value)

    def tick(self, *names: str) -> None:
        for name in names:
            self.page.locator(f"[name={name}]").check()

    def sees(self, text: str, **values: str | int) -> None:
        """Wait for it."""
        found = self.page.get_by_text(self.say(text, **values)).first
        expect(found, f"on {self.page.url}: {self.page.inner_text('body')}").to_be_visible(timeout=PATIENCE_MS)

    def arrives(self, path: str) -> None:
        """Wait for a page whose path begins so."""
        self.page.wait_for_url(lambda url: url.removeprefix(self.address).startswith(path))
        self._look()

    def _look(self) -> None:
        """Nothing may be cut off at the side."""
        self.page.wait_for_load_state("domcontentloaded")
        assert self.page.wait_for_function("document.documentElement").evaluate(
            "root => root.scrollWidth <= innerWidth"
        ), self.page.url

    def download(self, link: Locator) -> bytes:
        with self.page.expect_download() as waited:
            link.click()
        return waited.value.path().read_bytes()

    def evaluate(self, script: str) -> Any:
        return self.page.evaluate(script)
