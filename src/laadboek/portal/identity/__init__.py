"""Other ways of signing in: providers, passkeys, one-time codes; and the browsers that are signed in."""

from . import arriving, codes, methods, newcomer, passkeys, with_provider

ROUTERS = (with_provider.router, arriving.router, newcomer.router, passkeys.router, codes.router, methods.router)
