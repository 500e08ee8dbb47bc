"""A setting is read whatever binds it, and the auditor says where it cannot follow."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_bearer_audit.engine import audit
from django_bearer_audit.project import Project
from django_bearer_audit.project.values import show
from tests.hostile import write

SETTINGS = "import os, sys\nINSTALLED_APPS = []\nSECRET_KEY = os.environ['K']\n"
MANAGE = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"


def project(root: Path, text: str, **files: str) -> Path:
    named = {f"shop/{name}.py": said for name, said in files.items()}
    write(root, {"manage.py": MANAGE, "shop/settings.py": SETTINGS + text, **named})
    return root


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("match 1:\n    case 1:\n        DEBUG = True\n", "True"),
        ("match 1:\n    case 2:\n        DEBUG = False\n    case _:\n        DEBUG = True\n", "True"),
        ("match 1:\n    case 2 | 1:\n        DEBUG = True\n", "True"),
        ("match True:\n    case DEBUG:\n        pass\n", "True"),
        ("match 1:\n    case 1 if sys.platform:\n        DEBUG = True\n", "True or not set"),
        ("match 1:\n    case 1 if 1 == 2:\n        DEBUG = True\n", None),
        ("for DEBUG in [False, True]:\n    pass\n", "True"),
        ("for _ in [0]:\n    DEBUG = True\n", "True"),
        ("for _ in []:\n    DEBUG = True\n", None),
        ("for name, DEBUG in [('a', True)]:\n    pass\n", "True"),
        ("while True:\n    DEBUG = True\n    break\n", "True"),
        ("with open('x') as f:\n    DEBUG = True\n", "True"),
        ("with open('x') as DEBUG:\n    pass\n", "unknown"),
        ("try:\n    pass\nfinally:\n    DEBUG = True\n", "True"),
        ("(DEBUG := True)\n", "True"),
        ("assert (DEBUG := True)\n", "True"),
        ("print(DEBUG := True)\n", "True"),
        ("if (DEBUG := True):\n    pass\n", "True"),
        ("x = sys.platform and (DEBUG := True)\n", "not set or True"),
        ("[DEBUG := True for _ in [0]]\n", "not set or True"),
        ("*X, DEBUG = [1, 2, True]\n", "True"),
        ("DEBUG, *X = [True, 2, 3]\n", "True"),
        ("[DEBUG, [X]] = [True, [1]]\n", "True"),
        ("globals()['DEBUG'] = True\n", "True"),
        ("locals()['DE' 'BUG'] = True\n", "True"),
        ("vars().update(DEBUG=True)\n", "True"),
        ("globals().update({'DEBUG': True})\n", "True"),
        ("setattr(sys.modules[__name__], 'DEBUG', True)\n", "True"),
        ("sys.modules[__name__].DEBUG = True\n", "True"),
        ("import shop.settings\nshop.settings.DEBUG = True\n", "True"),
        ("def switch():\n    global DEBUG\n    DEBUG = True\nswitch()\n", "not set or True"),
        ("class Switch:\n    global DEBUG\n    DEBUG = True\n", "not set or True"),
        ("from .other import debug as DEBUG\n", "True"),
        ("from elsewhere import debug as DEBUG\n", "unknown"),
        ("import other as DEBUG\n", "unknown"),
    ],
)
def test_whatever_binds_a_setting(tmp_path: Path, text: str, told: str | None) -> None:
    [settings] = Project(project(tmp_path, text, other="debug = True\n")).settings
    held = settings.space.values.get("DEBUG")
    assert (show(held) if held is not None else None) == told
    assert audit(tmp_path).unread == ()


@pytest.mark.parametrize(
    "text", ["include('other.py')\n", "include(optional('other.py'), optional('none.py'))\n", "include('oth*.py')\n"]
)
def test_included_settings(tmp_path: Path, text: str) -> None:
    project(tmp_path, f"from split_settings.tools import include, optional\n{text}", other="DEBUG = True\n")
    [settings] = Project(tmp_path).settings
    assert show(settings.get("DEBUG")) == "True"
    assert audit(tmp_path).unread == ()


def test_an_entry_that_is_added_to(tmp_path: Path) -> None:
    [settings] = Project(project(tmp_path, "X = {'a': [1]}\nX['a'] += [2]\n")).settings
    assert show(settings.get("X", "a")) == "[1, 2]"


@pytest.mark.parametrize(
    "text",
    [
        "exec('DEBUG = True')\n",
        'eval("globals().update(DEBUG=True)")\n',
        "run = exec\n",
        "names = globals()\nnames['DEBUG'] = True\n",
        "globals()[''.join(['DE', 'BUG'])] = True\n",
        "globals().__setitem__('DEBUG', True)\n",
        "[globals().update(DEBUG=True) for _ in [0]]\n",
        "dict.update(globals(), DEBUG=True)\n",
        "def switch(names):\n    names['DEBUG'] = True\nswitch(globals())\n",
        "def switch():\n    globals()['DEBUG'] = True\nswitch()\n",
        "scope = globals\n",
        "sys.modules[__name__] = object()\n",
        "me = sys.modules[__name__]\nme.DEBUG = True\n",
        "setattr(sys.modules['shop.settings'], 'DEBUG', True)\n",
        "sys.modules[__name__].__dict__['DEBUG'] = True\n",
        "sys._getframe().f_globals['DEBUG'] = True\n",
        "def switch():\n    pass\nswitch.__globals__['DEBUG'] = True\n",
        "def __getattr__(name):\n    return True\n",
        "import builtins\nbuiltins.exec('DEBUG = True')\n",
        "from builtins import exec as run\nrun('DEBUG = True')\n",
        "import builtins\nbuiltins.globals()['DEBUG'] = True\n",
        "put = setattr\nput(sys.modules[__name__], 'DEBUG', True)\n",
        "from .other import *\n",
    ],
)
def test_what_cannot_be_followed_is_not_taken_for_nothing(tmp_path: Path, text: str) -> None:
    project(tmp_path, text, other="exec('DEBUG = True')\n")
    [place] = {each.path for each in audit(tmp_path).unread}
    assert place == ("shop/other.py" if "other" in text else "shop/settings.py")


@pytest.mark.parametrize(
    "text",
    [
        "if 'DEBUG' in globals():\n    pass\n",
        "X = globals().get('DEBUG')\n",
        "X = globals()['INSTALLED_APPS']\n",
        "X = [name for name in globals() if name.isupper()]\n",
        "for name in list(globals()):\n    pass\n",
        "if 'pytest' in sys.modules:\n    pass\n",
        "import django_heroku\ndjango_heroku.settings(locals())\n",
        "from split_settings.tools import include\ninclude('other.py', scope=globals())\n",
        "import logging\nlog = logging.getLogger(__name__)\n",
        "setattr(logging, 'raiseExceptions', False)\n",
    ],
)
def test_what_only_reads_is_no_gap(tmp_path: Path, text: str) -> None:
    project(tmp_path, text, other="X = 1\n")
    assert audit(tmp_path).unread == ()


@pytest.mark.parametrize(
    "text",
    [
        "from django.conf import settings\nsettings.DEBUG = True\n",
        "from django import conf\nconf.settings.DEBUG = True\n",
        "from django.conf import settings as s\ns.INSTALLED_APPS += ['other']\n",
        "from django.conf import settings\nsetattr(settings, 'DEBUG', True)\n",
        "from django.conf import settings\nfor name in ['DEBUG']:\n    setattr(settings, name, True)\n",
        "import shop.settings as s\ns.DEBUG = True\n",
        "from shop import settings\nsettings.DEBUG: bool = True\n",
    ],
)
def test_a_setting_that_other_code_changes(tmp_path: Path, text: str) -> None:
    project(tmp_path, "", apps=text)
    [(path, reason)] = {(each.path, each.reason) for each in audit(tmp_path).unread}
    assert path == "shop/apps.py"
    assert reason.endswith("changes a setting while the program runs")


@pytest.mark.parametrize(
    "text",
    [
        "from django.conf import settings\nif settings.DEBUG == True:\n    pass\n",
        "from shop import views\nviews.DEBUG = True\n",
        "from django.conf import settings\nsettings.COMPRESS_ENABLED = True\n",
        "class Own:\n    pass\nOwn.DEBUG = True\n",
        "from django.conf import settings\nsetattr(settings, '_cached', 1)\n",
    ],
)
def test_other_code_that_changes_none(tmp_path: Path, text: str) -> None:
    project(tmp_path, "", apps=text)
    assert audit(tmp_path).unread == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("os.environ['DJANGO_SETTINGS_' + 'MODULE'] = 'shop.other'\n", "it does not name"),
        ("from django.conf import settings\nsettings.configure(DEBUG=True)\n", "configured here"),
        (MANAGE, ""),
    ],
)
def test_a_server_whose_settings_are_not_seen(tmp_path: Path, text: str, said: str) -> None:
    starts = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
    project(tmp_path, "", wsgi=text + starts)
    unread = [(each.path, said in each.reason) for each in audit(tmp_path).unread]
    assert unread == ([("shop/wsgi.py", True)] if said else [])
    assert audit(tmp_path, settings_module="shop.settings").unread == ()
