"""Drivers: PINs, tags, hours, budgets."""

from fastapi import APIRouter

from . import files, pages, tags

# Files and tags first: their addresses would be taken for a driver's.
ROUTERS: tuple[APIRouter, ...] = (files.router, tags.router, pages.router)
