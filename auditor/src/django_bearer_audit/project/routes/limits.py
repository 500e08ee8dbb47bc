"""Whether code counts attempts: the evidence of a rate limit that a project wrote itself."""

from __future__ import annotations

import ast
import re

from django_bearer_audit.project.walking import walk

_COUNTS = re.compile(
    r"rate_?limit|ratelimit|throttl|attempts|too_many|TOO_MANY|lock_?out|locked|cooldown|retry_after|recaptcha|hcaptcha|turnstile"
    r"|(check|increment|enforce|apply|over|exceeds?|reached)_\w*limits?$|(daily|hourly|request|resend)_limit"
    r"|captcha|(token|leaky)_?bucket|(authorize|allow|check|count|register|record)_\w*attempt",
    re.I,
)


def limits(function: ast.AST) -> bool:
    """Whether code counts attempts: a rate limit of its own."""
    for node in walk(function):
        match node:
            case ast.Constant(value=429):
                return True
            case ast.Attribute(attr=name) | ast.Name(id=name) if _COUNTS.search(name):
                return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id="cache"), attr="incr" | "add" | "get_or_set")):
                return True
            case _:
                pass
    return False
