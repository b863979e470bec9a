"""What went wrong, for whoever asked: a page, a toast, or problem+json (RFC 9457). One code, three forms."""

from http import HTTPStatus
from urllib.parse import urlencode

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..bus import NobodyAnswers
from ..reasons import Reason, Refused
from ..store.errors import StoreError, StoreFull
from . import rendering, security_headers
from .desk import NotFresh, NotSignedIn, desk_of
from .limits import MIB, body_most
from .visitor import UNKNOWN_ZONE, Visitor, anybody, language_of
from .words.speech import Speech

# Every other refusal is a conflict with how things are, 409; but `….unknown` is 404 and `….bad_…` is 422. An object of
# another account is unknown, never forbidden.
STATUS = {
    "site.unknown_field": 422,
    "site.out_of_range": 422,
    "site.no_circuit": 422,
    "site.unknown_source": 422,
    "site.circuit_twice": 422,
    "contract.no_price": 422,
    "contract.not_chosen": 422,
    "location.empty_field": 422,
    "location.unanswered": 422,
    "location.no_fuse": 422,
    "form.out_of_range": 422,
    "form.no_file": 422,
    "form.no_text": 422,
    "settings_pin.not_same": 422,
    "contract.no_feed_in_price": 422,
    "contract.feed_in_needs_dynamic": 422,
    "notice.no_secret": 422,
    "notice.forbidden_address": 422,
    "link.no_drivers": 422,
    "link.drivers_without_rule": 422,
    "link.report_cannot_decide": 422,
    "link.decides_needs_all": 422,
    "link.which_charger": 422,
    "link.incomplete": 422,
    "link.profile_needs_tls": 422,
    "link.profile_needs_key": 422,
    "link.unknown_driver": 422,
    "link.forbidden_address": 422,
    "link.forbidden_form": 422,
    "link.forbidden_port": 422,
    "link.uri_with_user": 422,
    "link.uri_with_query": 422,
    "link.uri_with_charge_box_id": 422,
    "link.uri_without_slash": 422,
    "link.key_of_other_host": 422,
    "activation.no_agreement": 422,
    "activation.no_terms": 422,
    "link_test.busy": 429,
    "link_test.too_many": 429,
    "setting.unknown": 422,
    "key.not_of_link": 422,
    "energy.out_of_range": 422,
    "time.unreadable": 422,
    "time.out_of_range": 422,
    "id_tag.bad": 422,
    "sheet.unreadable": 422,
    "sheet.empty": 422,
    "sheet.too_long": 422,
    "sheet.heading_twice": 422,
    "id_tag.own_parent": 422,
    "operation.unknown_action": 422,
    "operation.secret": 422,
    "operator.wrong_token": 401,
    "platform.away": 503,
    "page.method": 405,
    "page.foreign_origin": 403,
    "page.too_large": 413,
    "api.not_json": 415,
    "api.too_many": 429,
    "token.wrong": 401,
    "token.not_for_this": 403,
    "token.scope_missing": 422,
    "right.missing": 403,
    "operator.needed": 403,
    "period.unknown": 422,
    "period.no_date": 422,
    "kind.unknown": 422,
    "role.unknown": 422,
    "dialect.unknown": 422,
    "mode.unknown": 422,
    "language.unknown": 422,
    "pin.not_digits": 422,
    "sign_in.wait": 429,
    "sign_in.busy": 503,
    "provider.away": 503,
    "sign_in.not_fresh": 403,
    "registration.closed": 403,
    "mail.wait": 429,
    "account.no_email": 422,
    "account.no_name": 422,
    "account.no_time_zone": 422,
    "email.same": 422,
    "charger.away": 503,
    "charger.no_live_value": 503,
    "portal.starting": 503,
    "portal.broke": 500,
    "store.full": 507,
    "store.broken": 503,
}
API = "/api/"


def status_of(reason: Reason) -> int:
    """By its code, or by how its code is made."""
    found = STATUS.get(reason.code)
    if found is not None:
        return found
    what = reason.code.rpartition(".")[2]
    return 404 if what == "unknown" else 422 if what.startswith("bad_") else 409


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
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}  # RFC 9110 §15.5.2
    if "wait_s" in reason.params and status == 429:
        headers["Retry-After"] = str(reason.params["wait_s"])
    return Response(msgspec.json.encode(body), status, headers, media_type="application/problem+json")


async def answer(request: Request, reason: Reason, status: int | None = None) -> Response:
    """The same refusal as the API, a button or a browser window understands it."""
    visitor = await anybody(request)
    status = status or status_of(reason)
    if request.url.path.startswith(API):
        return problem(visitor.speech, reason, status)
    if rendering.is_fragment(request):
        return rendering.toast(visitor, request, visitor.speech.sentence(reason), status=status)
    return rendering.page("error.html", visitor, request, {"reason": reason}, status=status)


async def answer_refusal(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    return await answer(request, refused.reason)


async def answer_not_signed_in(request: Request, _: Exception) -> Response:
    visitor = Visitor(Speech(language_of(request), UNKNOWN_ZONE))
    if request.url.path.startswith(API):
        return problem(visitor.speech, NotSignedIn.why, 401)
    if rendering.is_fragment(request):
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    address = "/sign-in"
    if request.method == "GET" and request.url.path != "/":
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        address += "?" + urlencode({"next": asked})
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


async def answer_not_fresh(request: Request, _: Exception) -> Response:
    """Ask who it is once more, then on to what they wanted; a form that was sent is filled in again on its page."""
    if request.url.path.startswith(API):
        return await answer(request, NotFresh.why)
    asked = request.url if request.method == "GET" else URL(request.headers.get("referer", "/account"))
    address = "/sign-in/again?" + urlencode({"next": asked.path + (f"?{asked.query}" if asked.query else "")})
    if rendering.is_fragment(request):
        return Response(status_code=403, headers={"HX-Redirect": address})
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


async def answer_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "page.unknown", 405: "page.method", 413: "page.too_large"}.get(error.status_code, "page.bad_form")
    params: dict[str, str | int] = {"most_mib": body_most(request.url.path) // MIB} if error.status_code == 413 else {}
    return await answer(request, Reason(code, params), error.status_code)


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
    return answer_without_store(request, reason)


async def answer_our_mistake(request: Request, _: Exception) -> Response:
    """The server logs the traceback; here only the person is answered."""
    response = answer_without_store(request, Reason("portal.broke"))
    response.headers.update(security_headers.headers(desk_of(request).settings.https))  # outside the gate
    return response


def answer_without_store(request: Request, reason: Reason) -> Response:
    """In the browser's language, because nobody is looked up."""
    visitor, status = Visitor(Speech(language_of(request), UNKNOWN_ZONE)), status_of(reason)
    if request.url.path.startswith(API):
        return problem(visitor.speech, reason, status)
    if rendering.is_fragment(request):
        return rendering.toast(visitor, request, visitor.speech.sentence(reason), status=status)
    return rendering.page("error.html", visitor, request, {"reason": reason}, status=status)


def install(app: Starlette) -> None:
    app.add_exception_handler(Refused, answer_refusal)
    app.add_exception_handler(NotSignedIn, answer_not_signed_in)
    app.add_exception_handler(NotFresh, answer_not_fresh)
    app.add_exception_handler(HTTPException, answer_http_error)
    app.add_exception_handler(RequestValidationError, answer_bad_form)
    app.add_exception_handler(NobodyAnswers, answer_nobody)
    app.add_exception_handler(StoreError, answer_store_error)
    app.add_exception_handler(Exception, answer_our_mistake)
