"""The lab's own page: what its API can do, from its OpenAPI description. No script, nothing from elsewhere."""

from html import escape

from fastapi import FastAPI
from starlette.responses import HTMLResponse

HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem }}
:root {{ color-scheme: light dark }}
h2 {{ font-size: 1rem; margin: 1.5rem 0 0 }} code {{ font-size: .95em; overflow-wrap: anywhere }} p {{ margin: 0 }}
</style><h1>{title}</h1><p style="white-space: pre-line">{description}</p>
<p>For programs: <a href="/openapi.json">openapi.json</a></p>"""


def page(app: FastAPI) -> HTMLResponse:
    described = app.openapi()
    head = HEAD.format(title=escape(app.title), description=escape(app.description.strip()))
    return HTMLResponse(head + "".join(operations(described["paths"])))


def operations(paths: dict[str, dict[str, dict[str, str]]]) -> list[str]:
    return [
        f"<h2><code>{escape(method.upper())} {escape(path)}</code></h2><p>{escape(said.get('description', ''))}</p>"
        for path, methods in paths.items()
        for method, said in methods.items()
    ]
