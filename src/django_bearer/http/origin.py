"""Who is a browser: whoever sends Origin or Sec-Fetch-Site, which script in a page cannot leave out of a POST."""

from __future__ import annotations

from collections.abc import Mapping


def is_browser(meta: Mapping[str, object]) -> bool:
    """Whether a page in a browser sent this. Node's fetch sends Sec-Fetch-Mode alone, and is none."""
    return "HTTP_ORIGIN" in meta or "HTTP_SEC_FETCH_SITE" in meta
