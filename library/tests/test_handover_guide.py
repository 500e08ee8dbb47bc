"""The code in docs/guide/handover.md, run as it stands."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import RequestFactory

from django_bearer import authenticate_token, conf, errors, issue_session
from django_bearer.tokens import code_verifier
from tools.support.new_project import ROOT, blocks

GUIDE = ROOT / "docs" / "guide" / "handover.md"
VERIFIER = "v" * 43


def printed(word: str, **names: Any) -> SimpleNamespace:
    [code] = [block.code for block in blocks(GUIDE) if word in block.code]
    exec(code, names)
    return SimpleNamespace(**names)


@pytest.mark.django_db(transaction=True)
def test_the_guide(ann: Any, settings: Any) -> None:
    settings.BEARER = printed('BEARER["CLIENTS"]', BEARER=dict(settings.BEARER)).BEARER
    assert "bearer.E015" not in {one.id for one in run_checks(tags=["bearer"])}
    assert conf.current().clients["app"].handover_to == ("admin", "phone")
    views = printed("def hand_over")
    giver: Any = RequestFactory().post("/")
    giver.auth = authenticate_token(
        issue_session(ann, client_id="app", delivery=conf.clients.TokenDelivery.COOKIE).access_token
    )
    code = views.hand_over(giver).partition("#handover=")[2]
    receiver = RequestFactory().post("/")
    number = views.begin(receiver, code, code_verifier.challenge_of(VERIFIER))
    with pytest.raises(errors.HandoverPending):
        views.redeem(receiver, code, VERIFIER)
    views.let_in(giver, code, number)
    tokens = views.redeem(receiver, code, VERIFIER)
    assert authenticate_token(tokens.access_token).user == ann
