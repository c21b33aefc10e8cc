"""Who asks, errors as one line, and uploads as they arrive."""

from __future__ import annotations

import functools
import html
from abc import ABCMeta
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import gradio as gr
from gradio.component_meta import ComponentMeta
from gradio.components.base import server
from gradio.utils import get_upload_folder

from impasto.image import Picture, read_picture, scaled
from impasto.samples import samples
from impasto.studio.intake import Upload
from impasto.studio.job import failure
from impasto.studio.studio import Client, Studio

Function = TypeVar("Function", bound=Callable[..., Any])
Choice = TypeVar("Choice")

HIDDEN: Final[dict[str, Any]] = {
    "api_visibility": "private", "show_progress": "hidden", "queue": False,
}  # fmt: skip
"""Of events that are the page's own and say by themselves what they do.

None waits in Gradio's queue: that closes a page's stream of answers as soon as nothing is pending,
and an event that is accepted in this moment never gets its answer. Each is a request with an answer
of its own; answers.js brings those in order and shows errors. A second press while the first has no
answer yet does nothing, which is right for orders."""

EVERY: Final = HIDDEN | {"trigger_mode": "multiple"}
"""The same, of presses that all count."""

LAST: Final = HIDDEN | {"trigger_mode": "always_last"}
"""The same, of values that are moved: the newest counts, and goes out when the one before it has
arrived."""

_STROKES: Final = 16
"""Clients whose strokes are kept until they paint."""

PREVIEW: Final = 900
"""Longer side in pixels of an upload as it is shown again."""


@dataclass(frozen=True)
class Arrived:
    """A file that a browser has uploaded: where it lies, and what it was called there."""

    path: Path
    name: str

    @property
    def owner(self) -> str:
        """Whose it is: everybody's uploads lie in a folder of their own."""
        return self.path.parent.name


def told(function: Function) -> Function:
    """Let whatever goes wrong in a handler appear in the page as one line."""

    @functools.wraps(function)
    def asked(*given: Any, **named: Any) -> Any:
        try:
            return function(*given, **named)
        except gr.Error:
            raise
        except Exception as error:
            raise gr.Error(failure(error), print_exception=False) from None

    return asked  # type: ignore[return-value]


class _Quiet(ComponentMeta):  # type: ignore[misc]
    """Makes a kind of component without the stub that Gradio writes beside its source.

    What a kind does cannot be set on one component: Gradio makes components anew for a session as
    soon as an event may change them, and the new ones would do what Gradio's do.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> _Quiet:
        return ABCMeta.__new__(cls, name, bases, {"is_template": True, **attributes})


def held() -> gr.Textbox:
    """A value that presses leave behind and later ones go by; it is in the page and cannot be seen.

    answers.js lets a press wait for one that is still on its way.
    """
    return gr.Textbox("", visible=False, elem_classes="held")


def held_upload(studio: Studio) -> gr.Textbox:
    """The same for a picture or film that has been taken in: its name, that nobody can guess."""

    class Held(gr.Textbox, metaclass=_Quiet):  # type: ignore[misc]
        def preprocess(self, payload: Any) -> Any:
            upload = studio.intake.again(str(payload)) if payload else None
            if payload and upload is None:
                raise gr.Error("The upload is no longer here, give it again", print_exception=False)
            return upload

        def postprocess(self, value: Any) -> Any:
            return value and value.path.name

    return Held("", visible=False, elem_classes="held")


def client_of(request: gr.Request | None, browser: str = "") -> Client:
    """Who sends a request: the user that has logged in, and the browser's own mark."""
    user = getattr(request, "username", None) if request is not None else None
    return Client(str(user or ""), browser)


def drop_zone(label: str, **look: Any) -> gr.Image:
    """A place to drop a picture on, whose file is read by our reader alone.

    Gradio would open it with Pillow: 16 bits would become 8, and HEIC be refused.
    """
    return only_uploads(gr.Image)(label=label, sources=["upload", "clipboard"], **look)


def only_uploads(kind: Any) -> Any:
    """A kind of component that takes nothing but files that were uploaded."""
    return _kind(kind, preprocess=lambda _, payload: _arrived(payload))


def few_strokes(kind: Any) -> Any:
    """A kind of editor that keeps the strokes of a few clients, and of each a few layers.

    Gradio's keeps them in memory for whoever sends some, under any name and in any number.
    """

    def accept_blobs(self: Any, data: Any) -> Any:
        index = str(data.data.get("index") or "0")
        if not (data.files and (index == "null" or (index.isdecimal() and len(index) == 1))):
            raise gr.Error("expected a layer of the brush", print_exception=False)
        for name in [*self.blob_storage][:-_STROKES]:
            self.blob_storage.pop(name, None)
        return kind.accept_blobs(self, data)

    return _kind(kind, accept_blobs=server(accept_blobs))  # type: ignore[no-untyped-call]


def _kind(kind: Any, **attributes: Any) -> Any:
    return _Quiet(kind.__name__, (kind,), attributes)


def picked(event: gr.SelectData, among: Sequence[Choice]) -> Choice:
    """What has been pressed in a gallery."""
    if type(event.index) is not int or not 0 <= event.index < len(among):
        raise gr.Error("That picture is not here, choose another", print_exception=False)
    return among[event.index]


def upload_of(studio: Studio, arrived: Arrived | None) -> Upload | None:
    """A picture that has arrived, taken in; None where none has."""
    if arrived is None:
        return None
    return studio.intake.picture(arrived.path, arrived.name, arrived.owner)


def shown(path: Path, side: int = PREVIEW) -> Any:
    """A picture of ours as the page shows it: 8 bits, not larger than it appears."""
    return picture_shown(read_picture(path), side)


def strength_slider(source: str, **more: Any) -> gr.Slider:
    """How far trained networks go; ``source`` is what strength 0 leaves."""
    info = f"0 is the {source}, 1 the style, 2 twice as far"
    return gr.Slider(0, 2, value=1, step=0.05, label="Strength", info=info, buttons=[], **more)


def scale_slider(**more: Any) -> gr.Slider:
    """The size of the strokes of trained networks."""
    info = "Size of the strokes: 2 makes them twice as large"
    return gr.Slider(0.5, 3, value=1, step=0.1, label="Style scale", info=info, buttons=[], **more)


def sample_row(kind: str, name: str) -> gr.Gallery:
    """The samples of a kind, small, to be chosen from.

    Args:
        kind: ``content`` or ``style``.
        name: Of the element.
    """
    return gr.Gallery(
        [shown(each.path, 160) for each in samples(kind)],
        show_label=False, columns=8, height="auto", object_fit="cover", allow_preview=False,
        elem_id=name, elem_classes="samples", buttons=[], interactive=False,
    )  # fmt: skip


def picture_shown(picture: Picture, side: int = PREVIEW) -> Any:
    """A picture as the page shows it."""
    small = scaled(picture, min(side, max(picture.width, picture.height)))
    return small.levels(8)[..., :3]


def _arrived(payload: Any) -> Any:
    if payload is None:
        return None
    if isinstance(payload, list) or hasattr(payload, "root"):
        return [_arrived(each) for each in getattr(payload, "root", payload)]
    path = Path(payload.path or "").resolve()
    # Once more than Gradio does: what is named in a request has to be an upload.
    if not path.is_relative_to(Path(get_upload_folder()).resolve()) or not path.is_file():
        raise gr.Error("The upload did not arrive, give it again", print_exception=False)
    return Arrived(path, str(payload.orig_name or path.name))


def kept_as(title: str) -> str:
    """What to say of a picture that has been kept."""
    return f'<p class="hint">“{html.escape(title)}” is among your pictures now</p>'


def coded(text: str) -> str:
    """Plain words with what stands between backticks as code."""
    parts = html.escape(text).split("`")
    return "".join(
        f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts)
    )
