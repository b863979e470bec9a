"""Activating OCPP (C4, manual 4.3): platforms, tests and links."""

from fastapi import APIRouter

from . import forms, lists, trials

# `lists` is last: its buttons take whatever name is left.
ROUTERS: tuple[APIRouter, ...] = (forms.router, trials.router, lists.router)
