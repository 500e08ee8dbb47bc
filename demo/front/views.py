"""Views that serve the page's files under a strict content security policy. None reads a token."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_exempt

from django_bearer import public
from django_bearer.http import csp

FILES = Path(__file__).parent / "files"
CLIENT = Path(__file__).parents[2] / "client-js" / "dist" / "index.js"
SCRIPTS = {
    "client.js": CLIENT,
    "page.js": FILES / "page.js",
    "attacks.js": FILES / "attacks.js",
    "elsewhere.js": FILES / "elsewhere.js",
}
NOT_BUILT = b"document.getElementById('missing').hidden = false; export const createClient = null;"


@public
def page(request: HttpRequest) -> HttpResponse:
    """The page itself."""
    response = HttpResponse((FILES / "index.html").read_bytes())
    response["Content-Security-Policy"] = csp.header(csp.strict(frame_src=[settings.ELSEWHERE]))
    return response


@public
def script(request: HttpRequest, name: str) -> HttpResponse:
    """One of the page's scripts. If the client is not built, a script that says so on the page."""
    if name not in SCRIPTS:
        raise Http404(name)
    path = SCRIPTS[name]
    content = path.read_bytes() if path.exists() else NOT_BUILT
    return _forgetful(HttpResponse(content, content_type="text/javascript; charset=utf-8"))


@public
def style(request: HttpRequest) -> HttpResponse:
    """The page's style sheet."""
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
