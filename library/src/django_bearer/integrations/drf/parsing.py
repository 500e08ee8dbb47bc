"""Parsers as strict and as capped as the plain endpoints' own."""

from __future__ import annotations

from typing import Any

from rest_framework.parsers import BaseParser

from ...endpoints.base import FORM, parse, parse_form, read_capped
from ...errors import HTTPRefusal
from .exceptions import as_api_exception


class CappedJSONParser(BaseParser):
    """Reads at most `MAX_BODY` bytes and takes one strict JSON object.

    It reads the request itself: REST framework hands over a stream, which is no request once authentication read it.
    """

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            raw = read_capped(parser_context["request"]._request)
            return parse(raw) if raw else {}
        except HTTPRefusal as error:
            raise as_api_exception(error) from None


class CappedFormParser(BaseParser):
    """Reads at most `MAX_BODY` bytes and takes one form, no name twice."""

    media_type = FORM

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return parse_form(read_capped(parser_context["request"]._request))
        except HTTPRefusal as error:
            raise as_api_exception(error) from None
