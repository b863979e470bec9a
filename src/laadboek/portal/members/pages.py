"""Members of the account: who they are, inviting somebody, changing a role, removing, leaving (C8)."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import APIRouter, Form
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.people import invitations, members
from ...actions.people.invitations import Invited
from ...actions.people.members import Access
from ...reasons import Refused
from ...rights import Right, Role
from ...store import drivers
from ...store.connection import Connection
from ...store.drivers import DriverRow
from ...store.invitations import InvitationRow
from ...store.memberships import MembershipRow
from .. import forms, rendering
from ..desk import desk_of
from ..entrance.mailing import may_ask
from ..errors import status_of
from ..fresh import page_fresh
from ..policy import page
from ..visitor import Visitor
from ..words import members as words

T = TypeVar("T")
router = APIRouter(prefix="/account/members", include_in_schema=False)
Comes = Annotated[Visitor, page(None)]  # everybody may see their own role, and leave
Owns = Annotated[Visitor, page_fresh(Right.ACCOUNT_WRITE)]
Text = Annotated[str, Form(max_length=300)]
Many = Annotated[list[str], Form(default_factory=list, max_length=200)]
HERE = "/account/members"
FIELDS = {
    "account.no_email": "email",
    "member.already": "email",
    "mail.wait": "email",
    "role.unknown": "role",
    "member.bad_drivers": "drivers",
    "member.bad_no_drivers": "drivers",
}


class Shown(Struct, frozen=True):
    """`names`: of drivers, by public id."""

    members: list[MembershipRow]
    invitations: list[InvitationRow]
    names: dict[str, str]


@router.get("")
async def members_page(request: Request, visitor: Comes) -> Response:
    desk, actor, signed_in = desk_of(request), visitor.actor, visitor.signed_in
    assert signed_in is not None

    def read(db: Connection) -> Shown:
        if not actor.may(Right.ACCOUNT_READ):
            return Shown([], [], {})
        found, now = members.my_members(db, actor), desk.clock.now()
        names = {one.public_id: one.name for one in drivers.of_account(db, actor.account_id)}
        return Shown(found, invitations.open_invitations(db, actor, now), names)

    values = {
        "shown": await desk.read(read),
        "words": words,
        "mine": signed_in,
        "at_home": signed_in.home_account_id == actor.account_id,
    }
    return rendering.page("members/members.html", visitor, request, values)


# --- inviting ---


@router.get("/invite")
async def invite_page(request: Request, visitor: Owns) -> Response:
    form = forms.Form({"role": Role.HOUSEHOLD.value, "who": "some", "language": visitor.speech.language})
    return await access_form(request, visitor, form, frozenset())


@router.post("/invite")
async def invite_form(
    request: Request, visitor: Owns, agreed: Many, email: Text, role: Text, language: Text = "", who: Text = "some"
) -> Response:
    """The mail is written in the same moment as the invitation."""
    desk, signed_in = desk_of(request), visitor.signed_in
    assert signed_in is not None
    form = forms.Form({"email": email, "role": role, "who": who, "language": language})

    def job(db: Connection) -> InvitationRow:
        invited = Invited(email=email, access=access_of(role, who, agreed), language=language)
        now = desk.clock.now()
        return invitations.invite(db, visitor.actor, invited, desk.post, signed_in.user_name, now)

    try:
        may_ask(desk, request, email)
    except Refused as refused:
        return await again(request, visitor, form, frozenset(agreed), refused)
    return await tried(request, visitor, job, form, frozenset(agreed))


@router.post("/invitations/{invitation_id}/withdraw")
async def withdraw_form(request: Request, visitor: Owns, invitation_id: str) -> Response:
    desk = desk_of(request)
    job = partial(invitations.withdraw, actor=visitor.actor, invitation_id=invitation_id, now=desk.clock.now())
    await desk.write("members", job)
    return RedirectResponse(HERE, HTTPStatus.SEE_OTHER)


# --- one member ---


@router.get("/{user_id}")
async def member_page(request: Request, visitor: Owns, user_id: str) -> Response:
    found = await desk_of(request).read(partial(members.one_member, actor=visitor.actor, user_id=user_id))
    form = forms.Form({"role": found.role.value, "who": "all" if found.drivers is None else "some"})
    return await access_form(request, visitor, form, found.drivers or frozenset(), found)


@router.post("/{user_id}")
async def member_form(
    request: Request, visitor: Owns, user_id: str, agreed: Many, role: Text, who: Text = "some"
) -> Response:
    desk = desk_of(request)
    found = await desk.read(partial(members.one_member, actor=visitor.actor, user_id=user_id))
    form = forms.Form({"role": role, "who": who})

    def job(db: Connection) -> MembershipRow:
        return members.change(db, visitor.actor, user_id, access_of(role, who, agreed), desk.clock.now())

    return await tried(request, visitor, job, form, frozenset(agreed), found)


@router.post("/{user_id}/remove")
async def remove_form(request: Request, visitor: Owns, user_id: str) -> Response:
    desk = desk_of(request)
    await desk.write("members", partial(members.remove, actor=visitor.actor, user_id=user_id, now=desk.clock.now()))
    return RedirectResponse(HERE, HTTPStatus.SEE_OTHER)


@router.post("/me/leave")
async def leave_form(request: Request, visitor: Comes) -> Response:
    """The next page is of the own account again."""
    desk, signed_in = desk_of(request), visitor.signed_in
    assert signed_in is not None
    job = partial(members.leave, actor=visitor.actor, user_id=signed_in.user_id, now=desk.clock.now())
    await desk.write("members", job)
    return RedirectResponse("/", HTTPStatus.SEE_OTHER)


# --- parts ---


def access_of(role: str, who: str, agreed: list[str]) -> Access:
    if role not in list(Role):
        raise Refused("role.unknown", role=role)
    return Access(role=Role(role), drivers=None if who == "all" else frozenset(agreed))


async def tried(
    request: Request,
    visitor: Visitor,
    job: Callable[[Connection], T],
    form: forms.Form,
    agreed: frozenset[str],
    found: MembershipRow | None = None,
) -> Response:
    """Done, and back to the list; or the form as it was typed, with what is wrong."""
    try:
        await desk_of(request).write("members", job)
    except Refused as refused:
        return await again(request, visitor, form, agreed, refused, found)
    return RedirectResponse(HERE, HTTPStatus.SEE_OTHER)


async def again(
    request: Request,
    visitor: Visitor,
    form: forms.Form,
    agreed: frozenset[str],
    refused: Refused,
    found: MembershipRow | None = None,
) -> Response:
    shown, status = form.refused(refused, FIELDS), status_of(refused.reason)
    return await access_form(request, visitor, shown, agreed, found, status=status)


async def access_form(
    request: Request,
    visitor: Visitor,
    form: forms.Form,
    agreed: frozenset[str],
    found: MembershipRow | None = None,
    *,
    status: int = 200,
) -> Response:
    """Of somebody new, or of a member that was `found`."""

    def read(db: Connection) -> list[DriverRow]:
        return drivers.of_account(db, visitor.actor.account_id)

    signed_in = visitor.signed_in
    assert signed_in is not None
    values = {
        "form": form,
        "agreed": agreed,
        "drivers": await desk_of(request).read(read),
        "member": found,
        "words": words,
        "oneself": found is not None and found.user_id == signed_in.user_id,
    }
    return rendering.page("members/access.html", visitor, request, values, status=status)
