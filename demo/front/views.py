"""Views that serve the pages under a strict content security policy. None reads a token but the timeline's."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_POST
from django.views.i18n import JavaScriptCatalog, set_language

from demo import setup
from demo.front import attack_run, mailbox
from demo.front import seen as requests_seen
from demo.front import timeline as events
from demo.front.not_built import SCRIPT
from django_bearer import public
from django_bearer.http import csp
from django_bearer.integrations.django import bearer_required

FILES = Path(__file__).parent / "files"
CLIENT = Path(__file__).parents[2] / "client-js" / "dist"
SCRIPTS = {
    "client.js": CLIENT / "index.js",
    "index.js": CLIENT / "index.js",
    "allauth.js": CLIENT / "allauth.js",
    "enrolment.js": CLIENT / "enrolment.js",
    "handover.js": CLIENT / "handover.js",
    **{path.name: path for path in FILES.glob("*.js")},
}
PAGES = {
    "": "home",
    "sign-up/": "sign_up",
    "back/": "back",
    "account/": "account",
    "go-on/": "go_on",
    "recover/": "recover",
    "undo/": "undo",
}
"""Where each page is, and its template."""
MAX_URL = 1000


@public
def page(request: HttpRequest, name: str) -> HttpResponse:
    """A page."""
    return _shown(request, name, password=setup.current().password)


@public
def attacks(request: HttpRequest) -> HttpResponse:
    """The attack demo as cards, without outcomes before it runs."""
    from demo.attacks.sections import SECTIONS

    numbers = itertools.count(1)
    sections = [
        {"title": section.TITLE, "steps": [(next(numbers), step) for step in section.STEPS]} for section in SECTIONS
    ]
    return _shown(request, "attacks", sections=sections, count=next(numbers) - 1)


@bearer_required
@require_POST
def run_attacks(request: HttpRequest) -> HttpResponse:
    """Begin the attack demo, if it does not run."""
    return JsonResponse({"began": attack_run.start()}, status=202)


@bearer_required
def attack_results(request: HttpRequest) -> HttpResponse:
    """The outcomes so far."""
    running = attack_run.is_running()
    return JsonResponse({"running": running, "results": attack_run.results(_number(request))})


@public
def mails(request: HttpRequest) -> HttpResponse:
    """The mails that the demo would have sent."""
    return _shown(request, "mails", mails=list(mailbox.received))


def _shown(request: HttpRequest, name: str, **more: Any) -> HttpResponse:
    if f"https://{request.get_host()}" != settings.URL:
        return redirect(settings.URL + request.get_full_path())  # elsewhere, the page could sign nobody in
    response = render(request, f"front/{name}.html", {"languages": settings.LANGUAGES, "page": name, **more})
    response["Content-Security-Policy"] = csp.header(csp.strict(frame_src=[settings.ELSEWHERE]))
    return response


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language that somebody chose, in a cookie, and go back to the page."""
    return set_language(request)


@public
def texts(request: HttpRequest) -> HttpResponse:
    """`gettext` for the scripts, with the texts in the language of the request."""
    return _forgetful(JavaScriptCatalog.as_view(packages=["demo.front"])(request))


@public
def seen(request: HttpRequest) -> HttpResponse:
    """What the server saw. Only a demo may show that: the failed check would help an attacker."""
    return JsonResponse({"seen": requests_seen.after(_number(request))})


@bearer_required
def timeline(request: HttpRequest) -> HttpResponse:
    """What happened to the tokens of the user who asks."""
    return JsonResponse({"events": events.of(request.user, _number(request))})


@bearer_required
@require_POST
def theft(request: HttpRequest) -> HttpResponse:
    """Begin a theft that the timeline shows."""
    return JsonResponse({"began": events.steal(request.user)}, status=202)


@bearer_required
@require_POST
def picture(request: HttpRequest) -> HttpResponse:
    """A QR code of an `otpauth:` URL or of a handover, drawn here: the secret goes to nobody else."""
    url = json.loads(request.body or b"{}").get("url", "")
    if not (isinstance(url, str) and url.startswith(("otpauth://", f"{settings.GO_ON}#")) and len(url) < MAX_URL):
        return JsonResponse({"code": "invalid_request"}, status=400)
    return JsonResponse({"svg": get_adapter().build_totp_svg(url)})


def _number(request: HttpRequest) -> int:
    text = request.GET.get("after", "0")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


@public
def script(request: HttpRequest, name: str) -> HttpResponse:
    """One of the pages' scripts. If the client is not built, a script that says so on the page."""
    if name not in SCRIPTS:
        raise Http404(name)
    path = SCRIPTS[name]
    content = path.read_bytes() if path.exists() else SCRIPT
    return _forgetful(HttpResponse(content, content_type="text/javascript; charset=utf-8"))


@public
def style(request: HttpRequest) -> HttpResponse:
    """The pages' style sheet."""
    return HttpResponse((FILES / "page.css").read_bytes(), content_type="text/css; charset=utf-8")


@public
@xframe_options_exempt
def elsewhere(request: HttpRequest) -> HttpResponse:
    """The attacker's page. Open it by another host name than the demo's, so that it is another site."""
    response = HttpResponse((FILES / "elsewhere.html").read_bytes())
    response["Content-Security-Policy"] = f"frame-ancestors {settings.URL} 'self'"
    return _forgetful(response)


def _forgetful(response: HttpResponse) -> HttpResponse:
    """Prevent that the browser requires HTTPS for every other server on localhost."""
    response["Strict-Transport-Security"] = "max-age=0"
    return response
