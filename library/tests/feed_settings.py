"""The settings of another project of tests, named by BEARER_TEST_SETTINGS, in feed mode."""

from __future__ import annotations

import os
from importlib import import_module

_project = import_module(os.environ["BEARER_TEST_SETTINGS"])
globals().update({name: value for name, value in vars(_project).items() if name.isupper()})
INSTALLED_APPS = [*_project.INSTALLED_APPS, "tests.feed_project"]
BEARER = {**_project.BEARER, "REVOCATION": "feed", "REVOCATION_DELAY": 60}
