"""Headers that every answer carries. A page that brings its own value for one keeps it."""

# Nothing from elsewhere, no inline script, no inline style; `data:` are the little pictures in the style sheet.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
}
YEAR_S = 31_536_000


def headers(https: bool) -> dict[str, str]:
    if not https:
        return dict(HEADERS)
    return HEADERS | {"Strict-Transport-Security": f"max-age={YEAR_S}; includeSubDomains"}
