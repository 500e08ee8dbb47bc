"""A JSON parser as strict and as capped as the plain endpoints' own."""

from __future__ import annotations

from typing import Any

from rest_framework.parsers import BaseParser

from ...endpoints.door import parse, read_capped
from ...errors import Refused
from .authentication import as_api_exception


class CappedJSONParser(BaseParser):
    """Reads at most `MAX_BODY` bytes and takes one strict JSON object."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            raw = read_capped(stream)
            return parse(raw) if raw else {}
        except Refused as error:
            raise as_api_exception(error) from None
