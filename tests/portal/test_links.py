"""A link that looks like a button is announced as the link that it is (WCAG 4.1.2)."""

import re

from laadboek.portal.rendering import HERE


def test_no_link_says_that_it_is_a_button() -> None:
    wrong = [
        f"{path.name}: {found}"
        for path in sorted((HERE / "templates").rglob("*.html"))
        for found in re.findall(r"<a\b[^>]*\brole=\"button\"[^>]*>", path.read_text())
    ]
    assert wrong == []
