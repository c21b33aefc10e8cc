"""The interface for programs: the page's actions as named endpoints.

They are Gradio's, so that its clients in Python and JavaScript speak to them; docs/studio.md has
an example. Every endpoint gives plain values or a file.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from impasto.errors import PictureError, RunError
from impasto.records import Wrong, parsed_record
from impasto.studio.downloads import exported
from impasto.studio.instant import read_small
from impasto.studio.job import Job
from impasto.studio.orders import keep_picture, order_film, order_painting
from impasto.studio.page.asking import client_of, only_uploads, told, upload_of
from impasto.studio.studio import Studio


def endpoints(studio: Studio) -> None:
    """Add the endpoints to the page that is being built; nothing of them can be seen."""
    with gr.Row(visible=False):
        programs = _Programs(studio)
        programs.pictures()
        programs.jobs()


class _Programs:
    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.answer = gr.JSON(label="job")
        self.file = gr.File(label="file")

    def pictures(self) -> None:
        file = only_uploads(gr.File)
        photo = file(label="photo")
        styles = file(label="styles", file_count="multiple")
        options = gr.Textbox(label="options", value="{}")
        style = gr.Textbox(label="style", value="")
        film = file(label="film")
        one = file(label="style_picture")
        self._endpoint("paint", self.paint, [photo, styles, options], self.answer)
        self._endpoint("estimate", self.estimate, [photo, options], self.answer)
        self._endpoint("instant", self.instant, [photo, style, one, options], self.file)
        self._endpoint("translate", self.translate, [photo, style], self.file)
        self._endpoint("film", self.film, [film, style, options], self.answer)

    def jobs(self) -> None:
        name = gr.Textbox(label="job", value="")
        text = gr.Textbox(label="action", value="")
        values = gr.Textbox(label="changes", value="{}")
        form = gr.Textbox(label="form", value="png")
        self._endpoint("job", self.job, [name], self.answer)
        self._endpoint("jobs", self.all, [], self.answer)
        self._endpoint("steer", self.steer, [name, text], self.answer)
        self._endpoint("change", self.change, [name, values], self.answer)
        self._endpoint("result", self.result, [name, form], self.file)

    @staticmethod
    def _endpoint(name: str, function: Any, inputs: list[Any], output: Any) -> None:
        gr.Button(name).click(
            told(function), inputs, output, api_name=name, queue=False, show_progress="hidden"
        )

    def paint(self, request: gr.Request, photo: Any, styles: Any, options: str) -> Any:
        """Let a photograph be painted; options as JSON: preset, size, steps, strength, ..."""
        content = upload_of(self.studio, photo)
        pictures = [
            self.studio.intake.picture(each.path, each.name, each.owner) for each in styles or ()
        ]
        if content is None or not pictures:
            raise PictureError("photo and styles: give a photograph and at least one style")
        job = order_painting(self.studio, client_of(request), content, pictures, _values(options))
        return self._told(request, job)

    def estimate(self, photo: Any, options: str) -> Any:
        """How long a painting would take, as a sentence."""
        from impasto.studio.changes import options_of
        from impasto.studio.orders import estimate

        content = upload_of(self.studio, photo)
        if content is None:
            raise PictureError("photo: give a photograph")
        recipe = options_of(_values(options), 1, self.studio.limits)
        return {"estimate": estimate(content.size, recipe)}

    def instant(
        self, request: gr.Request, photo: Any, style: str, picture: Any, options: str
    ) -> str:
        """A photograph in a learned style, a blend (name:0.6,name:0.4), or that of a picture."""
        from impasto.networks.blends import parsed

        content, manner = upload_of(self.studio, photo), upload_of(self.studio, picture)
        if content is None:
            raise PictureError("photo: give a photograph")
        seen, networks = read_small(content.path, self.studio.limits.side), self.studio.instant
        values = _values(options)
        if manner is not None:
            found = networks.in_styles(seen, {"style": manner.path}, {"style": 1.0}, **values)
        else:
            found = networks.blended(seen, parsed(style or ""), **values)
        title = f"{content.title} as {style or (manner and manner.title)}"
        client = client_of(request)
        job = keep_picture(self.studio, client, "instant", title, content, found)
        return str(exported(self.studio, client, job.id, "png"))

    def translate(self, request: gr.Request, photo: Any, way: str) -> str:
        """A picture through a translator, such as photo-to-van-gogh."""
        content = upload_of(self.studio, photo)
        if content is None:
            raise PictureError("photo: give a picture")
        seen = read_small(content.path, self.studio.limits.side)
        found, client = self.studio.instant.translated(seen, way), client_of(request)
        title = f"{content.title}, {way}"
        job = keep_picture(self.studio, client, "translate", title, content, found)
        return str(exported(self.studio, client, job.id, "png"))

    def film(self, request: gr.Request, film: Any, style: str, options: str) -> Any:
        """Let a film be painted in a learned style; options: start, end, size, strength, ..."""
        if film is None:
            raise PictureError("film: give a film")
        upload = self.studio.intake.film(film.path, film.name, film.owner)
        job = order_film(self.studio, client_of(request), upload, _values(options), style)
        return self._told(request, job)

    def job(self, request: gr.Request, name: str) -> Any:
        """What has become of a job: state, place, number of steps, losses."""
        return self._told(request, self.studio.job(client_of(request), name))

    def all(self, request: gr.Request) -> Any:
        """All jobs, the newest first."""
        return [self._told(request, job) for job in self.studio.jobs(client_of(request))]

    def steer(self, request: gr.Request, name: str, how: str) -> Any:
        """pause, go_on, keep, cancel or remove."""
        return self._told(request, self.studio.steer(client_of(request), name, how), gone=True)

    def change(self, request: gr.Request, name: str, values: str) -> Any:
        """Other options from the next step on, as JSON: strength, strokes, colors, weights."""
        client = client_of(request)
        self.studio.change(client, name, _values(values))
        return self._told(request, self.studio.job(client, name))

    def result(self, request: gr.Request, name: str, form: str) -> str:
        """A result as png, tiff, mp4, gif or manifest."""
        return str(exported(self.studio, client_of(request), name, form))

    def _told(self, request: gr.Request, job: Job, *, gone: bool = False) -> dict[str, Any]:
        named = ("kind", "title", "state", "number", "of", "seconds", "told", "changes")
        told_of = {"job": job.id} | {name: getattr(job, name) for name in named}
        try:
            _, view, place = self.studio.view(client_of(request), job.id)
        except Exception:
            if gone:  # it has just been removed
                return told_of
            raise
        losses = {name: values[-1] for name, values in (view.losses or {}).items() if values}
        return {**told_of, "place": place, "losses": losses}


def _values(text: str) -> dict[str, Any]:
    wrong = Wrong(RunError, 'expected a JSON object such as {"size": 512}')
    return parsed_record(text or "{}", dict[str, Any], "options", wrong)
