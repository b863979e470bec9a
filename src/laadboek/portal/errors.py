"""What went wrong, for whoever asked: a page, a toast, or problem+json (RFC 9457). One code, three forms."""

from http import HTTPStatus
from urllib.parse import urlencode

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..bus import NobodyAnswers
from ..reasons import Reason, Refused
from ..store.errors import StoreError, StoreFull
from . import pages, security_headers
from .desk import NotSignedIn, desk_of
from .speech import Speech
from .visitor import UNKNOWN_ZONE, Visitor, anybody, language_of

# Every other refusal is a conflict with how things are: 409. An object of another account is unknown, never forbidden.
STATUS = {
    "session.unknown": 404,
    "charger.unknown": 404,
    "charge_point.unknown": 404,
    "link.unknown": 404,
    "id_tag.unknown": 404,
    "transaction.unknown": 404,
    "operation.unknown": 404,
    "notice_channel.unknown": 404,
    "site.unknown": 404,
    "site.bad_name": 422,
    "site.unknown_field": 422,
    "site.bad_value": 422,
    "site.bad_contract": 422,
    "site.bad_place": 422,
    "site.bad_rotation": 422,
    "site.out_of_range": 422,
    "site.bad_safe_current": 422,
    "site.bad_fuse": 422,
    "site.bad_parent": 422,
    "site.no_circuit": 422,
    "site.unknown_source": 422,
    "site.circuit_twice": 422,
    "notice.bad_kind": 422,
    "notice.bad_language": 422,
    "notice.bad_address": 422,
    "notice.no_secret": 422,
    "notice.forbidden_address": 422,
    "charge_point.bad_id": 422,
    "charge_point.bad_key": 422,
    "link.bad_role": 422,
    "link.bad_rule": 422,
    "link.no_drivers": 422,
    "link.drivers_without_rule": 422,
    "link.report_cannot_decide": 422,
    "link.decides_needs_all": 422,
    "link.bad_fixed_tag": 422,
    "link.which_charger": 422,
    "link.incomplete": 422,
    "link.bad_choice": 422,
    "link.bad_profile": 422,
    "link.bad_root": 422,
    "link.profile_needs_tls": 422,
    "link.profile_needs_key": 422,
    "link.unknown_driver": 422,
    "link.bad_uri": 422,
    "link.forbidden_address": 422,
    "link.forbidden_form": 422,
    "link.forbidden_port": 422,
    "link.uri_with_user": 422,
    "link.uri_with_query": 422,
    "link.bad_charge_box_id": 422,
    "link.bad_user_name": 422,
    "link.bad_key": 422,
    "setting.unknown": 422,
    "setting.bad_value": 422,
    "key.not_of_link": 422,
    "key.bad_value": 422,
    "energy.out_of_range": 422,
    "time.unreadable": 422,
    "time.out_of_range": 422,
    "id_tag.bad": 422,
    "id_tag.own_parent": 422,
    "operation.unknown_action": 422,
    "operation.bad_payload": 422,
    "operation.secret": 422,
    "page.bad_request": 422,
    "page.bad_cursor": 422,
    "operator.wrong_token": 401,
    "platform.away": 503,
    "page.unknown": 404,
    "button.unknown": 404,
    "page.method": 405,
    "page.foreign_origin": 403,
    "page.bad_form": 422,
    "period.unknown": 422,
    "period.no_date": 422,
    "kind.unknown": 422,
    "dialect.unknown": 422,
    "mode.unknown": 422,
    "language.unknown": 422,
    "pin.not_digits": 422,
    "sign_in.wait": 429,
    "sign_in.busy": 503,
    "charger.away": 503,
    "charger.no_live_value": 503,
    "portal.starting": 503,
    "portal.broke": 500,
    "store.full": 507,
    "store.broken": 503,
}
API = "/api/"


def status_of(reason: Reason) -> int:
    return STATUS.get(reason.code, 409)


def problem(speech: Speech, reason: Reason, status: int | None = None) -> Response:
    """RFC 9457: `code` and `params` are stable, `title` is in the reader's language."""
    status = status or status_of(reason)
    body = {
        "type": f"urn:laadboek:{reason.code}",
        "status": status,
        "title": speech.sentence(reason),
        "code": reason.code,
        "params": reason.params,
    }
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None  # RFC 9110 §15.5.2
    return Response(msgspec.json.encode(body), status, headers, media_type="application/problem+json")


async def answer(request: Request, reason: Reason, status: int | None = None) -> Response:
    """The same refusal as the API, a button or a browser window understands it."""
    visitor = await anybody(request)
    status = status or status_of(reason)
    if request.url.path.startswith(API):
        return problem(visitor.speech, reason, status)
    if pages.is_fragment(request):
        return pages.toast(visitor, request, visitor.speech.sentence(reason), status=status)
    return pages.page("error.html", visitor, request, {"reason": reason}, status=status)


async def answer_refusal(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    return await answer(request, refused.reason)


async def answer_not_signed_in(request: Request, _: Exception) -> Response:
    visitor = Visitor(Speech(language_of(request), UNKNOWN_ZONE))
    if request.url.path.startswith(API):
        return problem(visitor.speech, NotSignedIn.why, 401)
    if pages.is_fragment(request):
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    address = "/sign-in"
    if request.method == "GET" and request.url.path != "/":
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        address += "?" + urlencode({"next": asked})
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


async def answer_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "page.unknown", 405: "page.method"}.get(error.status_code, "page.bad_form")
    return await answer(request, Reason(code), error.status_code)


async def answer_bad_form(request: Request, error: Exception) -> Response:
    """Says which field, never what was in it: that may be a key."""
    if not request.url.path.startswith(API):
        return await answer(request, Reason("page.bad_form"))
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
    return await answer(request, Reason("page.bad_request", {"field": where, "detail": first["msg"]}))


async def answer_nobody(request: Request, error: Exception) -> Response:
    of_platform = str(error).startswith("platform.")
    return await answer(request, Reason("platform.away" if of_platform else "charger.away"))


async def answer_store_error(request: Request, error: Exception) -> Response:
    """The write was rolled back. No visitor is looked up: that would need the store."""
    reason = Reason("store.full" if isinstance(error, StoreFull) else "store.broken")
    return _without_store(request, reason)


async def answer_our_mistake(request: Request, _: Exception) -> Response:
    """The server logs the traceback; here only the person is answered."""
    response = _without_store(request, Reason("portal.broke"))
    response.headers.update(security_headers.headers(desk_of(request).settings.https))  # outside the gate
    return response


def _without_store(request: Request, reason: Reason) -> Response:
    visitor, status = Visitor(Speech(language_of(request), UNKNOWN_ZONE)), status_of(reason)
    if request.url.path.startswith(API):
        return problem(visitor.speech, reason, status)
    if pages.is_fragment(request):
        return pages.toast(visitor, request, visitor.speech.sentence(reason), status=status)
    return pages.page("error.html", visitor, request, {"reason": reason}, status=status)


def install(app: Starlette) -> None:
    app.add_exception_handler(Refused, answer_refusal)
    app.add_exception_handler(NotSignedIn, answer_not_signed_in)
    app.add_exception_handler(HTTPException, answer_http_error)
    app.add_exception_handler(RequestValidationError, answer_bad_form)
    app.add_exception_handler(NobodyAnswers, answer_nobody)
    app.add_exception_handler(StoreError, answer_store_error)
    app.add_exception_handler(Exception, answer_our_mistake)
