"""Settings of a project that logs in through django-allauth, as docs/guide/passkeys.md prints them."""

from __future__ import annotations

import os as _os

from tests.settings import *  # noqa: F403
from tests.settings import BEARER as _BEARER
from tests.settings import INSTALLED_APPS as _APPS
from tests.settings import MIDDLEWARE as _MIDDLEWARE
from tools.support.new_project import ROOT as _ROOT
from tools.support.new_project import blocks as _blocks

ROOT_URLCONF = "tests.projects.through_allauth.urls"
GUIDE = _ROOT / "docs" / "guide" / "passkeys.md"
_CLIENTS = {
    **_BEARER["CLIENTS"],  # type: ignore[dict-item]
    "first-party": {"kind": ["browser", "native"], "origins": ["https://app.example.com"]},
}
_NAMES = {"INSTALLED_APPS": [*_APPS], "MIDDLEWARE": [*_MIDDLEWARE], "BEARER": {**_BEARER, "CLIENTS": _CLIENTS}}
SOCIAL = _ROOT / "docs" / "guide" / "social-login.md"
_os.environ.setdefault("COMPANY_SECRET", "the secret of the provider")
_NAMES["os"] = _os
for _guide in (GUIDE, SOCIAL):
    [_printed] = [block.code for block in _blocks(_guide) if block.path == "mysite/settings.py"]
    exec(_printed, _NAMES)  # the guide's own lines, so that all flows run in the project that it describes
globals().update({name: value for name, value in _NAMES.items() if name.isupper()})
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
