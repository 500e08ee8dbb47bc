"""Snippets, each with effects that must be seen (`+`) and others that must not (`-`): every word, in one effect."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from django_bearer_audit.project import Project
from django_bearer_audit.project.effects import Effect
from django_bearer_audit.project.effects.value import Rows, Value
from django_bearer_audit.project.imports import Definition

FOLDER = Path(__file__).parent / "effects"
HEAD = """
import hashlib, hmac, secrets, random, time, os, uuid, jwt, requests, logging
from celery import shared_task
from django import forms
from django.conf import settings
from django.contrib.auth import aauthenticate, authenticate, get_user_model, login, logout
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.db import models
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.generic import FormView
from ninja import Schema
from rest_framework import generics, serializers
from rest_framework.response import Response
from rest_framework.views import APIView
"""


class Snippet(NamedTuple):
    name: str
    code: str
    seen: tuple[str, ...]
    unseen: tuple[str, ...]


def snippets() -> Iterator[Snippet]:
    for file in sorted(FOLDER.glob("*.txt")):
        for block in re.split(r"^## ", file.read_text(), flags=re.M)[1:]:
            name, *lines = block.splitlines()
            code = [line for line in lines if not line.startswith(("+ ", "- "))]
            seen = tuple(line[2:] for line in lines if line.startswith("+ "))
            unseen = tuple(line[2:] for line in lines if line.startswith("- "))
            yield Snippet(f"{file.stem}: {name}", "\n".join(code), seen, unseen)


EVERY = list(snippets())


def test_there_are_enough_of_them() -> None:
    assert len(EVERY) >= 150
    assert all(snippet.seen or snippet.unseen for snippet in EVERY)


@pytest.mark.parametrize("snippet", EVERY, ids=lambda snippet: snippet.name)
def test_what_a_snippet_does(snippet: Snippet, tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(HEAD + snippet.code)
    told = [_told(effect) for effect in _effects(Project(tmp_path))]
    for wanted in snippet.seen:
        assert any(all(word in line for word in wanted.split()) for line in told), (wanted, told)
    for unwanted in snippet.unseen:
        assert not any(all(word in line for word in unwanted.split()) for line in told), (unwanted, told)


def _effects(project: Project) -> tuple[Effect, ...]:
    """Of `view` or `View`, as a request reaches it; else of `f`, for any arguments."""
    module = project.python.module("code.py")
    assert module is not None
    for node in module.tree.body:
        match node:
            case ast.FunctionDef(name="view") | ast.AsyncFunctionDef(name="view"):
                return project.effects.of_view(module, node, None)
            case ast.ClassDef(name="View"):
                view = Definition(module, node, "code.View")
                method = project.classes.method(view, "post")
                code = method.node if method is not None else node
                return project.effects.of_view(module, code, view)
            case ast.FunctionDef(name="f"):
                return project.effects.of(module, node).effects
            case _:
                pass
    raise AssertionError("no entry")


def _told(effect: Effect) -> str:
    given = "given" if effect.given else ""
    return f"{effect.act.name} {effect.by} {effect.name} {given} {_of(effect.value)} {_of(effect.other)}"


def _of(value: Value) -> str:
    model = value.what.model if isinstance(value.what, Rows) else ""
    sources = " ".join(f"{source.kind.name}:{source.name}" for source in sorted(value.sources))
    return f"{model} {sources} {' '.join(sorted(done.how.name for done in value.done))}"
