"""The addresses of the page, as Gradio has them; whatever else it would answer is closed."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

import gradio as gr

from impasto.studio.door.asgi import Scope, header
from impasto.studio.door.door import UNTOLD, Ways
from impasto.studio.job import failure

logger = logging.getLogger("impasto")

_API: Final = "/gradio_api"

WAYS: Final = Ways(
    open=(
        r"(?:GET|HEAD) /(?:config|theme\.css|favicon\.ico|robots\.txt|manifest\.json|logout)?/?",
        r"(?:GET|HEAD) /(?:assets|static|svelte|pwa_icon)/.+",
        rf"(?:GET|HEAD) {_API}/file=.+",
        rf"GET {_API}/(?:info|user|login_check|app_id|startup-events|theme\.css|openapi\.json)/?",
        rf"GET {_API}/(?:heartbeat/\w+|queue/data|queue/status|call/(?:v2/)?\w+/\w+)",
        rf"POST {_API}/(?:(?:run|api|call|call/v2)/\w+/?|queue/join|cancel|reset)",
        rf"POST {_API}/component_server/?",
        r"POST /login/?",
    ),
    login="/login",
    upload=f"{_API}/upload",
    file=f"{_API}/file=",
)


def guard(blocks: gr.Blocks) -> None:
    """Let a page refuse in one line whatever a request holds.

    Gradio's components take for granted that a request holds what their own scripts send.
    """
    setattr(blocks, "preprocess_data", _told(blocks.preprocess_data, _wrong))  # noqa: B010
    setattr(blocks, "process_api", _told(blocks.process_api, _failed))  # noqa: B010


def _told(work: Any, words: Callable[[BaseException], str]) -> Any:
    @functools.wraps(work)
    async def asked(*given: Any, **named: Any) -> Any:
        try:
            return await work(*given, **named)
        except gr.Error as error:
            error.print_exception = False  # its client is told, and nobody else can do anything
            raise
        except Exception as error:
            raise gr.Error(words(error), print_exception=False) from None

    return asked


def _wrong(_: BaseException) -> str:
    return "a value of the request is of the wrong type"


def _failed(error: BaseException) -> str:
    """Handlers tell their own errors; Gradio raises these when it takes a request apart."""
    if isinstance(error, (TypeError, ValueError, LookupError, AttributeError)):
        logger.info("a request of the studio failed", exc_info=error)
        return UNTOLD
    return failure(error)


def user_of(app: Any, scope: Scope) -> str | None:
    """Who sends a request to Gradio's application: "" where there are no users."""
    if app.auth is None:
        return ""
    try:
        cookies = SimpleCookie(header(scope, "cookie"))
    except CookieError:
        return None
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    tokens = [cookies[name].value for name in names if name in cookies]
    return next((app.tokens[token] for token in tokens if token in app.tokens), None)
