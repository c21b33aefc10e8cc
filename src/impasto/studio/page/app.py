"""The addresses of the studio."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import mimetypes
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route, Router

from impasto.errors import ImpastoError, OptionError
from impasto.image import read_picture, scaled
from impasto.studio.door.asgi import Patience, Refused
from impasto.studio.door.clients import COOKIE, WRONG, Users
from impasto.studio.door.door import UNTOLD
from impasto.studio.door.uploads import Uploads
from impasto.studio.downloads import exported, file_name
from impasto.studio.job import Job, failure
from impasto.studio.job_files import picture_of
from impasto.studio.looks import jpeg, look_of
from impasto.studio.page.api import Api, place_of
from impasto.studio.page.facts import curves, has_film, job_facts, start_facts
from impasto.studio.studio import Client, Studio

JSON_BYTES: Final = 1_000_000
LOGIN_BYTES: Final = 16_000  # of a form with a name and a password: anybody may send one
_FOR_EVER: Final = {"Cache-Control": "private, max-age=86400, immutable"}
_NEVER: Final = {"Cache-Control": "no-store"}
_SIDES: Final = (16, 4096)


def app_of(studio: Studio, users: Users) -> Router:
    """The page and the interface for programs, as an ASGI app."""
    return Router([*_Pages(users).routes, *_Data(studio).routes])


class _Pages:
    """The files of the page, and the way in."""

    def __init__(self, users: Users) -> None:
        self._users = users
        folder = resources.files("impasto.studio.page") / "static"
        self._files = {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", functools.partial(self._file, name="index.html")),
            Route("/favicon.ico", functools.partial(self._file, name="icon.svg")),
            Route("/login", functools.partial(self._file, name="login.html")),
            Route("/login", self._log_in, methods=["POST"]),
            Route("/logout", self._log_out, methods=["POST"]),
            Route("/static/{name}", self._file),
        ]

    async def _file(self, request: Request, name: str = "") -> Response:
        name = name or request.path_params["name"]
        if name not in self._files:
            raise Refused(404, "there is nothing here")
        content = self._files[name]
        tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        head = {"ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=head)
        return Response(content, media_type=mimetypes.guess_type(name)[0], headers=head)

    async def _log_in(self, request: Request) -> Response:
        body = await Patience(request.scope, request.receive, LOGIN_BYTES, 30.0).all()
        given = parse_qs(body.decode("utf-8", "replace"))
        name, password = (given.get(each, [""])[0] for each in ("username", "password"))
        if not await self._users.log_in(request.scope, name, password):
            page = self._files["login.html"].replace(b"<!--told-->", WRONG.capitalize().encode())
            return Response(page, status_code=401, media_type="text/html")
        answer = RedirectResponse("/", status_code=303)
        secure = request.url.scheme == "https"
        answer.set_cookie(
            COOKIE, self._users.mark(name), max_age=30 * 86400, httponly=True, samesite="strict",
            secure=secure,
        )  # fmt: skip
        return answer

    async def _log_out(self, _: Request) -> Response:
        answer = RedirectResponse("/login", status_code=303)
        answer.delete_cookie(COOKIE)
        return answer


class _Data:
    """Everything that is no file of the page."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._api = Api(studio)
        self._uploads = Uploads(studio.intake.arriving, studio.limits)

    @property
    def routes(self) -> list[BaseRoute]:
        asked = {
            "start": self._start, "picture": self._picture, "look": self._look,
            "veil": self._veil, "shown/{job}": self._shown, "result/{job}/{form}": self._result,
        }  # fmt: skip
        return [
            Route("/api/jobs", self._quick(self._jobs)),
            Route("/api/job/{job}", self._quick(self._job)),
            Route("/api/upload", self._upload, methods=["POST"]),
            *(Route(f"/api/{path}", self._slow(give)) for path, give in asked.items()),
            *(
                Route(f"/api/{name}", self._action(do), methods=["POST"])
                for name, do in self._api.actions.items()
            ),
        ]

    def _quick(self, give: Callable[[Client, Request], Any]) -> Any:
        async def endpoint(request: Request) -> Response:
            return _told(lambda: give(_client(request), request))

        return endpoint

    def _slow(self, give: Callable[[Client, Request], Any]) -> Any:
        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(_told, lambda: give(_client(request), request))

        return endpoint

    def _action(self, do: Callable[[Client, Any], Any]) -> Any:
        async def endpoint(request: Request) -> Response:
            patience = self._studio.limits.patience
            body = await Patience(request.scope, request.receive, JSON_BYTES, patience).all()
            values, client = _values(request, body), _client(request)

            def told() -> Any:
                done = do(client, values)
                return job_facts(self._studio, done) if isinstance(done, Job) else done

            return await run_in_threadpool(_told, told)

        return endpoint

    async def _upload(self, request: Request) -> Response:
        client, kind = _client(request), request.query_params.get("as", "picture")
        owner = client.user
        files = await self._uploads.taken(request.scope, request.receive, owner)

        def taken() -> Any:
            try:
                return [self._api.taken(client, path, name, kind) for path, name in files]
            except BaseException:
                for path, _ in files:
                    path.unlink(missing_ok=True)
                raise

        return await run_in_threadpool(_told, taken)

    def _start(self, client: Client, _: Request) -> Any:
        return start_facts(self._studio, client)

    def _jobs(self, client: Client, request: Request) -> Any:
        since = request.query_params.get("since", "")
        version, jobs, whole = self._studio.shelf.news(client.user, since)
        told = [job_facts(self._studio, job) for job in jobs]
        return {"version": version, "jobs": told, "whole": whole}

    def _job(self, client: Client, request: Request) -> Any:
        job = self._studio.job(client, request.path_params["job"])
        told = job_facts(self._studio, job) | {"film": has_film(self._studio, job)}
        return told | (
            {"curves": curves(self._studio, job)} if "curves" in request.query_params else {}
        )

    def _picture(self, client: Client, request: Request) -> Response:
        name = request.query_params.get("name", "")
        picture = self._studio.small(client, name, _side(request))
        return Response(jpeg(picture), media_type="image/jpeg", headers=_FOR_EVER)

    def _look(self, client: Client, request: Request) -> Response:
        given = request.query_params
        styles = [each.rpartition("~") for each in given.getlist("style")]
        look = look_of(
            {
                "styles": {key: _number("style", share) for key, _, share in styles},
                "colors": given.get("colors", "none"),
                **{
                    name: _number(name, given[name])
                    for name in ("strength", "scale", "faces")
                    if name in given
                },
            }
        )
        name, place = given.get("photo", ""), place_of(given)
        picture = self._studio.look(client, name, look, _side(request), place)
        return Response(jpeg(picture), media_type="image/jpeg", headers=_FOR_EVER)

    def _veil(self, client: Client, request: Request) -> Response:
        given = request.query_params
        veil = self._studio.veil(client, given.get("photo", ""), place_of(given))
        file = io.BytesIO()
        veil.pil().save(file, "PNG", compress_level=1)
        return Response(file.getvalue(), media_type="image/png", headers=_FOR_EVER)

    def _shown(self, client: Client, request: Request) -> Response:
        job, view, _ = self._studio.view(client, request.path_params["job"])
        path = picture_of(job, self._studio.shelf.folder(job.id), view)
        if path is None:
            raise Refused(404, "there is no picture of it yet")
        side = _side(request)
        if path.suffix == ".jpg" and side >= 1024:
            return Response(path.read_bytes(), media_type="image/jpeg", headers=_FOR_EVER)
        picture = read_picture(path, longer=side)
        small = scaled(picture, min(side, max(picture.width, picture.height)))
        return Response(jpeg(small, 92), media_type="image/jpeg", headers=_FOR_EVER)

    def _result(self, client: Client, request: Request) -> Response:
        name, form = request.path_params["job"], request.path_params["form"]
        path: Path = exported(self._studio, client, name, form)
        how = "inline" if "inline" in request.query_params else "attachment"
        title = file_name(self._studio.job(client, name), form)
        return FileResponse(
            path, filename=title, content_disposition_type=how, headers=dict(_NEVER)
        )


def _client(request: Request) -> Client:
    return Client(str(request.scope["user"]))


def _told(give: Callable[[], Any]) -> Response:
    """The answer to a request, whatever goes wrong."""
    try:
        found = give()
        return found if isinstance(found, Response) else JSONResponse(found, headers=_NEVER)
    except ImpastoError as error:
        return _wrong(400, failure(error))
    except Refused as refusal:
        return _wrong(refusal.status, str(refusal))
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError):
        return _wrong(400, UNTOLD)
    except OSError as error:
        return _wrong(507, failure(error))


def _wrong(status: int, line: str) -> JSONResponse:
    return JSONResponse({"error": line}, status_code=status, headers=_NEVER)


def _values(request: Request, body: bytes) -> Any:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused(415, "expected a body of the type application/json")
    try:
        found = json.loads(body, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise Refused(400, "expected JSON, and it is none or nothing that can be used") from None
    if not isinstance(found, dict):
        raise Refused(400, 'expected a JSON object such as {"job": "..."}')
    return found


def _refused(constant: str) -> None:
    raise ValueError(constant)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise OptionError(name, "a number", text) from None


def _side(request: Request) -> int:
    side = int(_number("side", request.query_params.get("side", "1024")))
    return min(max(side, _SIDES[0]), _SIDES[1])
