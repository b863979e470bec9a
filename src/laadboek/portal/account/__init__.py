"""One's own account: profile, e-mail address, password, browsers; and which account is looked at (C8)."""

from . import browsers, email, password, profile

ROUTERS = (profile.router, email.router, password.router, browsers.router)
