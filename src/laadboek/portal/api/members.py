"""The API's members of an account: who sees what, inviting, changing, removing, leaving (C8)."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request

from ...actions.people import invitations, members
from ...actions.people.invitations import Invited
from ...actions.people.members import Access
from ...rights import Right, Role
from ...store.connection import Connection
from ...store.invitations import InvitationRow
from ...store.memberships import MembershipRow
from ..desk import desk_of
from ..entrance.mailing import may_ask
from ..fresh import api_fresh
from ..policy import api
from ..visitor import Visitor
from .models import PROBLEMS, Answer, Body

router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["members"])
Reads = Annotated[Visitor, api(Right.ACCOUNT_READ)]
Writes = Annotated[Visitor, api_fresh(Right.ACCOUNT_WRITE)]
Signed = Annotated[Visitor, api(None)]


class AccessBody(Body):
    role: Role
    drivers: list[str] | None = Field(
        None,
        max_length=1000,
        description="Of an employer: ids of the drivers who agreed to show business sessions; null: every driver's",
    )


class InvitationBody(AccessBody):
    email: str = Field(max_length=300, description="Only whoever signs in with this address can join")
    language: str = Field("en", description="Of the letter: nl, en, fr or de")


class MemberAnswer(Answer):
    user_id: str
    name: str
    email: str
    role: Role
    drivers: list[str] | None = Field(description="Of an employer: whose business sessions it sees; null: everybody's")
    since: datetime


class MembersAnswer(Answer):
    """In the order in which they came."""

    members: list[MemberAnswer]


class InvitationAnswer(Answer):
    id: str
    email: str
    role: Role
    drivers: list[str] | None
    created_at: datetime
    expires_at: datetime


class InvitationsAnswer(Answer):
    """Those that can still be taken up."""

    invitations: list[InvitationAnswer]


@router.get("/members")
async def listed(request: Request, visitor: Reads) -> MembersAnswer:
    """Who sees this account, and in which role."""
    found = await desk_of(request).read(partial(members.my_members, actor=visitor.actor))
    return MembersAnswer(members=[member_answer(one) for one in found])


@router.put("/members/{user_id}")
async def change(request: Request, visitor: Writes, user_id: str, body: AccessBody) -> MemberAnswer:
    """Give a member another role; it holds from their next request on."""
    desk, access = desk_of(request), access_of(body)

    def job(db: Connection) -> MembershipRow:
        return members.change(db, visitor.actor, user_id, access, desk.clock.now())

    return member_answer(await desk.write("members", job))


@router.delete("/members/{user_id}", status_code=HTTPStatus.NO_CONTENT)
async def remove(request: Request, visitor: Writes, user_id: str) -> None:
    """Take a member's access away, with their tokens; files and notices are mailed to them no more."""
    desk = desk_of(request)
    await desk.write("members", partial(members.remove, actor=visitor.actor, user_id=user_id, now=desk.clock.now()))


@router.delete("/membership", status_code=HTTPStatus.NO_CONTENT)
async def leave(request: Request, visitor: Signed) -> None:
    """Leave the account that is shown; only an invitation brings back."""
    desk, signed_in = desk_of(request), visitor.signed_in
    assert signed_in is not None
    job = partial(members.leave, actor=visitor.actor, user_id=signed_in.user_id, now=desk.clock.now())
    await desk.write("members", job)


@router.get("/invitations")
async def invited(request: Request, visitor: Reads) -> InvitationsAnswer:
    """Invitations that wait. Their links are in the mails alone."""
    desk = desk_of(request)
    job = partial(invitations.open_invitations, actor=visitor.actor, now=desk.clock.now())
    return InvitationsAnswer(invitations=[invitation_answer(one) for one in await desk.read(job)])


@router.post("/invitations", status_code=HTTPStatus.CREATED)
async def invite(request: Request, visitor: Writes, body: InvitationBody) -> InvitationAnswer:
    """Invite somebody by e-mail. An earlier invitation of the same address no longer works."""
    desk = desk_of(request)
    may_ask(desk, request, body.email)
    wanted = Invited(email=body.email, access=access_of(body), language=body.language)
    inviter = visitor.name

    def job(db: Connection) -> InvitationRow:
        return invitations.invite(db, visitor.actor, wanted, desk.post, inviter, desk.clock.now())

    return invitation_answer(await desk.write("members", job))


@router.delete("/invitations/{invitation_id}", status_code=HTTPStatus.NO_CONTENT)
async def withdraw(request: Request, visitor: Writes, invitation_id: str) -> None:
    """The link in the mail opens nothing any more."""
    desk, actor = desk_of(request), visitor.actor
    job = partial(invitations.withdraw, actor=actor, invitation_id=invitation_id, now=desk.clock.now())
    await desk.write("members", job)


def access_of(body: AccessBody) -> Access:
    return Access(role=body.role, drivers=None if body.drivers is None else frozenset(body.drivers))


def member_answer(row: MembershipRow) -> MemberAnswer:
    return MemberAnswer(
        user_id=row.user_public_id,
        name=row.user_name,
        email=row.email,
        role=row.role,
        drivers=None if row.drivers is None else sorted(row.drivers),
        since=row.created_at,
    )


def invitation_answer(row: InvitationRow) -> InvitationAnswer:
    return InvitationAnswer(
        id=row.public_id,
        email=row.email,
        role=row.role,
        drivers=None if row.drivers is None else sorted(row.drivers),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
