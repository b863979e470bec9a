"""Coming in: registering, confirming an address, signing in and out, a lost password."""

from . import again, confirm, mails, register, reset, sign_in

ROUTERS = (sign_in.router, again.router, register.router, confirm.router, reset.router, mails.router)
