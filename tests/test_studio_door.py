"""What stands before the page, with a page of three lines behind it."""

import asyncio
import base64
import json
import os
import stat
from pathlib import Path

import pytest

pytest.importorskip("python_multipart", reason="pip install 'impasto[studio]'")

from impasto.errors import OptionError
from impasto.studio.door.asgi import Patience, Refused
from impasto.studio.door.clients import Hosts, Logins, Users, read_logins
from impasto.studio.door.door import Door
from impasto.studio.door.uploads import Uploads
from impasto.studio.room import Limits, Room


class House:
    """A door, and a page of three lines behind it that takes uploads and other bodies."""

    def __init__(self, folder, users=None, **limits):
        self.room = Room(folder / "arriving", limits.get("uploads_megabytes", 1))
        self.limits = Limits(**{"patience": 5, "megabytes": 1, "film_megabytes": 1, **limits})
        self.uploads = Uploads(self.room, self.limits)
        self.seen = []
        self.users = Users(users or {}, "secret")
        self.door = Door(self.page, Hosts("127.0.0.1"), self.users)

    async def page(self, scope, receive, send):
        if scope["path"] == "/upload":
            text = json.dumps(
                [str(p) for p, _ in await self.uploads.taken(scope, receive, scope["user"])]
            )
        else:
            body = await Patience(scope, receive, 1e6, self.limits.patience).all()
            text = f"{scope['user']} {len(body)}"
        if scope["path"] == "/broken":
            raise ZeroDivisionError("secret")
        self.seen.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": text.encode()})

    def ask(self, method, path, body=b"", pieces=None, **headers):
        """Status, headers and text of the answer."""
        given = {"host": "127.0.0.1:7860", "content_type": "application/json", **headers}
        named = [(key.replace("_", "-").encode(), value.encode()) for key, value in given.items()]
        scope = {"type": "http", "method": method, "path": path, "headers": named}
        coming = [*(pieces or [(body, False)])]
        sent = []

        async def receive():
            if not coming:
                await asyncio.Event().wait()  # nothing comes any more
            piece, more = coming.pop(0)
            return {"type": "http.request", "body": piece, "more_body": more}

        async def send(message):
            sent.append(message)

        asyncio.run(self.door({**scope, "client": ("10.0.0.9", 1)}, receive, send))
        text = b"".join(each.get("body", b"") for each in sent)
        return sent[0]["status"], dict(sent[0]["headers"]), text.decode()

    def upload(self, *files, boundary="xyz", **headers):
        body = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="files"{name}\r\n\r\n'.encode()
            + content
            + b"\r\n"
            for name, content in files
        )
        kind = f"multipart/form-data; boundary={boundary}"
        body += b"--xyz--\r\n"
        headers |= {"content_type": kind, "content_length": str(len(body))}
        return self.ask("POST", "/upload", body, **headers)

    def kept(self):
        return [path for path in self.room.folder.rglob("*") if path.is_file()]


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def named(name):
    return f'; filename="{name}"'


@pytest.mark.parametrize(
    ("bound", "names", "host", "let_in"),
    [
        ("127.0.0.1", (), "127.0.0.1:7860", True),
        ("127.0.0.1", (), "LOCALHOST:7860", True),
        ("127.0.0.1", (), "[::1]:7860", True),
        ("127.0.0.1", (), "evil.example:7860", False),
        ("127.0.0.1", (), "localhost.evil.example", False),
        ("127.0.0.1", (), "evil@localhost", False),
        ("127.0.0.1", (), "192.168.1.4", False),
        ("127.0.0.1", (), "", False),
        ("0.0.0.0", (), "192.168.1.4:7860", True),
        ("0.0.0.0", (), "evil.example", False),
        ("192.168.1.4", (), "192.168.1.4:7860", True),
        ("192.168.1.4", (), "192.168.1.5:7860", False),
        ("127.0.0.1", ("Studio.example.org",), "studio.example.org", True),
    ],
)
def test_the_studio_answers_to_its_own_names(bound, names, host, let_in):
    scope = {"headers": [(b"host", host.encode())]}
    if let_in:
        Hosts(bound, names).check(scope)
        return
    with pytest.raises(Refused, match="does not answer to that name"):
        Hosts(bound, names).check(scope)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://127.0.0.1:7860"}, 200),
        ({"origin": "http://127.0.0.1:80"}, 403),
        ({"origin": "http://localhost:7860"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"x_forwarded_host": "evil.example"}, 403),
        ({"x_forwarded_host": "localhost:7860"}, 200),
        ({"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors"}, 403),
        ({"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}, 200),
    ],
)
def test_pages_of_others_may_not_use_it(house, headers, status):
    assert house.ask("POST", "/run", b"{}", **headers)[0] == status
    assert len(house.seen) == (status == 200)


def test_large_bodies_are_refused(house):
    assert house.ask("POST", "/run", b"x" * 1_100_000)[0] == 413
    assert house.ask("POST", "/run", content_length="99999999999999999999999")[0] == 413
    assert house.seen == []


def test_answers_protect_and_tell_nothing_of_an_error(house):
    _, headers, text = house.ask("GET", "/")
    assert text == " 0"
    assert b"default-src 'none'; script-src 'self';" in headers[b"content-security-policy"]
    status, _, text = house.ask("GET", "/broken")
    assert (status, "unexpected" in json.loads(text)["error"]) == (500, True)


def test_a_body_that_does_not_come_on_is_dropped(tmp_path):
    house = House(tmp_path, patience=0.05)
    assert house.ask("POST", "/run", pieces=[(b"{", True)])[0] == 408
    assert house.seen == []


def test_uploads_are_private_and_not_to_be_guessed(house):
    status, _, text = house.upload(
        (named("../my lake.PNG"), b"pixels"), ("", b"no file"), (named("x.html\\"), b"")
    )
    paths = [Path(each) for each in json.loads(text)]
    assert (status, len(paths)) == (200, 2)
    assert (paths[0].parent, paths[0].suffix) == (house.room.folder, ".png")
    assert "lake" not in paths[0].name
    assert [path.read_bytes() for path in paths] == [b"pixels", b""]
    assert stat.S_IMODE(paths[0].stat().st_mode) == 0o600
    assert stat.S_IMODE(paths[0].parent.stat().st_mode) == 0o700
    again = json.loads(house.upload((named("../my lake.PNG"), b"pixels"))[2])
    assert again[0] != str(paths[0])


def test_uploads_have_a_quota_and_are_swept(house):
    for _ in range(2):
        assert house.upload((named("a.png"), b"x" * 400_000))[0] == 200
    status, _, text = house.upload((named("a.png"), b"x" * 400_000))
    assert (status, json.loads(text)["error"]) == (
        413, "your uploads fill the 1 MB there are for them",
    )  # fmt: skip
    files = house.kept()
    assert len(files) == 2
    os.utime(files[0], (1, 1))
    assert house.upload((named("a.png"), b"x" * 400_000))[0] == 200
    assert not files[0].exists()
    house.room.sweep(hours=-1)
    assert house.kept() == []


USERS = {"anna": "apple", "bert": "birch"}


def basic(name, password):
    return {"authorization": f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"}


def test_another_has_room_where_one_has_none(tmp_path):
    house = House(tmp_path, USERS)
    for name, password in USERS.items():
        assert house.upload((named("a"), b"x" * 900_000), **basic(name, password))[0] == 200


def test_what_is_no_upload_leaves_nothing(house):
    assert house.ask("POST", "/upload", b"{}")[0] == 415
    assert house.upload(("", b"no file"))[0] == 400
    assert house.upload(*[(named("a"), b"x")] * 17)[0] == 413
    assert house.upload((named("a"), b"x" * 1_200_000))[0] == 413
    cut = b'--xyz\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nx'
    kind = "multipart/form-data; boundary=xyz"
    broken = house.ask("POST", "/upload", cut, content_type=kind)
    assert house.kept() == []
    assert broken[0] == 400
    assert House(house.room.folder, USERS).upload((named("a"), b"x"))[0] == 401


def test_who_has_not_logged_in_may_only_do_that(tmp_path):
    house = House(tmp_path, USERS)
    assert house.ask("POST", "/run", b"{}")[0] == 401
    status, headers, _ = house.ask("GET", "/")
    assert (status, headers[b"location"]) == (303, b"/login")
    assert house.seen == []
    assert house.ask("GET", "/login")[0] == 200


def test_a_browser_is_known_by_its_mark_and_a_program_by_its_password(tmp_path):
    house = House(tmp_path, USERS)
    mark = house.users.mark("anna")
    assert house.ask("GET", "/", cookie=f"a=b; impasto={mark}")[2] == "anna 0"
    assert house.ask("GET", "/", **basic("bert", "birch"))[2] == "bert 0"
    forged = [mark[:-1] + "0" * (mark[-1] != "0"), mark + "0", "", ".", "YW5uYQ==", "é"]
    forged += [Users(USERS, "another").mark("anna"), Users({"anna": "b"}, "secret").mark("anna")]
    for each in forged:
        assert house.ask("POST", "/run", cookie=f"impasto={each}")[0] == 401, each


def test_a_wrong_password_counts(tmp_path):
    house = House(tmp_path, USERS)
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    house.users._logins = Logins(sleep)
    for wrong in ("", "birch", "apples"):
        assert house.ask("POST", "/run", **basic("anna", wrong))[0] == 401
    assert house.ask("POST", "/run", **basic("carl", ""))[0] == 401
    assert house.ask("POST", "/run", authorization="Basic ?")[0] == 401
    assert waited == [0, 0.5, 1, 2]


def test_wrong_passwords_are_heard_later_and_later():
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    async def tries(*right):
        logins = Logins(sleep)
        for each in right:
            await logins.heard("10.0.0.1", lambda each=each: asyncio.sleep(0, each))
        await logins.heard("10.0.0.2", lambda: asyncio.sleep(0, False))

    asyncio.run(tries(*[False] * 8, True, False))
    assert waited == [0, 0.5, 1, 2, 4, 8, 16, 16, 16, 0, 0]


def test_many_tries_at_once_are_refused():
    async def tries():
        go = asyncio.Event()
        logins = Logins(lambda _: go.wait())
        first = [
            asyncio.ensure_future(logins.heard("a", lambda: asyncio.sleep(0, False)))
            for _ in range(4)
        ]
        await asyncio.sleep(0)
        with pytest.raises(Refused, match="too many tries at once"):
            await logins.heard("a", lambda: asyncio.sleep(0, False))
        go.set()
        await asyncio.gather(*first)

    asyncio.run(tries())


def test_logins_come_from_a_file(tmp_path):
    path = tmp_path / "logins"
    path.write_text("# ours\n\nanna:apple:pie\n bert :birch\n", encoding="utf-8")
    assert read_logins(path) == {"anna": "apple:pie", "bert": "birch"}
    for text in ("anna\n", "anna:\n", ":x\n", "anna:a\nanna:b\n", "# none\n", "\udcff"):
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(OptionError, match=r"^logins: expected"):
            read_logins(path)
    with pytest.raises(OptionError, match="No such file"):
        read_logins(tmp_path / "none")
