"""Who may do what in an account: members, invitations, tokens of the API."""

from fastapi import APIRouter

from . import invitation, pages, tokens

ROUTERS: tuple[APIRouter, ...] = (pages.router, invitation.router, tokens.router)
