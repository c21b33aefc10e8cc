"""What stands before the page, with a page of three lines behind it."""

import asyncio
import json
import os
import stat

import pytest

pytest.importorskip("python_multipart", reason="pip install 'impasto[studio]'")

from impasto.errors import OptionError
from impasto.studio.door.asgi import Refused
from impasto.studio.door.clients import Hosts, Logins, read_logins
from impasto.studio.door.door import Door, Ways
from impasto.studio.door.hidden_paths import Places
from impasto.studio.door.uploads import Uploads
from impasto.studio.room import Limits, Room

WAYS = Ways(
    open=(r"GET /", r"GET /file=.+", r"POST /run", r"POST /login"),
    login="/login",
    upload="/upload",
    file="/file=",
)


class House:
    """A door, and a page that tells what it has been asked."""

    def __init__(self, folder, user="", **limits):
        self.folder = folder
        self.served = folder / "page"
        self.room = Room(self.served / "uploads", limits.get("uploads_megabytes", 1))
        self.limits = Limits(**{"patience": 5, "megabytes": 1, "film_megabytes": 1, **limits})
        self.seen = []
        self.answer = 200, b"text/html", f"<p>{folder}/page/x.png</p>".encode()
        self.door = Door(
            self.page,
            WAYS,
            Hosts("127.0.0.1"),
            Places(folder, self.served),
            Uploads(self.room, self.limits),
            self.limits,
            lambda scope: user,
        )

    async def page(self, scope, receive, send):
        body = (await receive())["body"] if scope["method"] == "POST" else b""
        self.seen.append((scope["path"], body))
        status, kind, text = self.answer
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]}
        )
        await send({"type": "http.response.body", "body": text})

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

    def run(self, value):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.ask("POST", "/run", body)

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
        ({"x_gradio_server": "http://evil.example"}, 403),
        ({"x_forwarded_host": "localhost:7860"}, 200),
        ({"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors"}, 403),
        ({"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}, 200),
    ],
)
def test_pages_of_others_may_not_use_it(house, headers, status):
    assert house.ask("POST", "/run", b"{}", **headers)[0] == status
    assert len(house.seen) == (status == 200)


@pytest.mark.parametrize(
    "body",
    [
        b"[", b"[]", b"5", b"null", b'{"data": 5}', b'{"data": "x"}', b'{"data": [NaN]}',
        b'{"data": [1e999]}', b'{"data": ["\\ud800"]}', b'{"a": ' + b"9" * 5000 + b"}",
        b'{"data": ' + b"[" * 100_000, b"[" * 70 + b"]" * 70, b"\xff\xfe",
        b'{"data": ' + b"[" * 70 + b"]" * 70 + b"}",
    ],
)  # fmt: skip
def test_what_is_no_json_of_a_page_is_refused_in_one_line(house, body):
    status, _, text = house.run(body)
    assert (status, house.seen) == (400, [])
    assert "\n" not in json.loads(text)["error"]


def test_other_bodies_and_large_ones_are_refused(house):
    assert house.ask("POST", "/run", b"a=1", content_type="text/plain")[0] == 415
    assert house.run(b'{"a": "' + b"x" * 1_100_000 + b'"}')[0] == 413
    assert house.ask("POST", "/run", content_length="99999999999999999999999")[0] == 413
    assert house.ask("PUT", "/run")[0] == 404
    assert house.ask("GET", "/proxy=https://example.org/")[0] == 404
    assert house.seen == []


@pytest.mark.parametrize(
    "path",
    [
        "https://example.org/x.png", "http://127.0.0.1:1/x", "ftp://x/y", "file:///etc/passwd",
        "data:image/png;base64,AAAA", "/etc/passwd", "../secret", "/studio/secret",
        "/studio/page/../secret", "/studio/page/a/../../secret", "/studio/pagex/y", 5, ["x"],
    ],
)  # fmt: skip
def test_no_path_and_no_address_reaches_any_component(house, path):
    for value in ({"path": path}, {"x": [{"meta": {"_type": "gradio.FileData"}, "path": path}]}):
        assert house.run({"data": [0, value]})[0] == 403
    assert house.seen == []


def test_uploads_reach_the_page_by_their_paths_and_addresses_are_dropped(house):
    house.run({"data": [{"path": "/studio/page/uploads/a.png", "url": "https://example.org/"}]})
    sent = json.loads(house.seen[0][1])["data"][0]
    assert sent == {"path": str(house.served / "uploads" / "a.png"), "url": None}
    assert house.ask("GET", "/file=/studio/page/a b.png")[0] == 200
    assert house.seen[1][0] == f"/file={house.served}/a b.png"
    (house.served / "link").symlink_to(house.folder / "secret")
    assert house.ask("GET", "/file=/studio/page/link")[0] == 403


def test_answers_tell_no_folder_of_this_machine(house):
    status, headers, text = house.ask("GET", "/")
    assert (status, text) == (200, "<p>/studio/page/x.png</p>")
    assert headers[b"content-length"] == str(len(text)).encode()
    assert b"default-src 'self'" in headers[b"content-security-policy"]
    house.answer = 500, b"text/plain", b"Internal Server Error"
    assert "not expected" in json.loads(house.ask("GET", "/")[2])["error"]


def test_a_body_that_does_not_come_on_is_dropped(tmp_path):
    house = House(tmp_path, patience=0.05)
    assert house.ask("POST", "/run", pieces=[(b"{", True)])[0] == 408
    assert house.seen == []


def test_uploads_are_private_and_not_to_be_guessed(house):
    status, _, text = house.upload(
        (named("../my lake.PNG"), b"pixels"), ("", b"no file"), (named("x.html\\"), b"")
    )
    names = json.loads(text)
    assert (status, len(names)) == (200, 2)
    assert names[0].startswith("/studio/page/uploads/")
    assert names[0].endswith(".png")
    assert "lake" not in names[0]
    paths = [house.served / name.removeprefix("/studio/page/") for name in names]
    assert [path.read_bytes() for path in paths] == [b"pixels", b""]
    assert stat.S_IMODE(paths[0].stat().st_mode) == 0o600
    assert stat.S_IMODE(paths[0].parent.stat().st_mode) == 0o700
    again = json.loads(house.upload((named("../my lake.PNG"), b"pixels"))[2])
    assert again[0] != names[0]


def test_uploads_have_a_quota_and_are_swept(house):
    for _ in range(2):
        assert house.upload((named("a.png"), b"x" * 400_000))[0] == 200
    status, _, text = house.upload((named("a.png"), b"x" * 400_000))
    assert (status, json.loads(text)["error"]) == (
        413, "your uploads fill the 1 MB there are for them",
    )  # fmt: skip
    files = [path for path in house.room.folder.rglob("*") if path.is_file()]
    assert len(files) == 2
    os.utime(files[0], (1, 1))
    assert house.upload((named("a.png"), b"x" * 400_000))[0] == 200
    assert not files[0].exists()
    house.room.sweep(hours=-1)
    assert [path for path in house.room.folder.rglob("*") if path.is_file()] == []


def test_another_has_room_where_one_has_none(tmp_path):
    assert House(tmp_path, user="anna").upload((named("a"), b"x" * 900_000))[0] == 200
    assert House(tmp_path, user="bert").upload((named("a"), b"x" * 900_000))[0] == 200


def test_what_is_no_upload_leaves_nothing(house):
    assert house.ask("POST", "/upload", b"{}")[0] == 415
    assert house.upload(("", b"no file"))[0] == 400
    assert house.upload(*[(named("a"), b"x")] * 17)[0] == 413
    assert house.upload((named("a"), b"x" * 1_200_000))[0] == 413
    cut = b'--xyz\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nx'
    kind = "multipart/form-data; boundary=xyz"
    broken = house.ask("POST", "/upload", cut, content_type=kind)
    assert [path for path in house.room.folder.rglob("*") if path.is_file()] == []
    assert broken[0] == 400
    assert House(house.folder, user=None).upload((named("a"), b"x"))[0] == 401


def test_who_has_not_logged_in_may_only_do_that(tmp_path):
    house = House(tmp_path, user=None)
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert house.run({"data": []})[0] == 401
    assert house.ask("POST", "/login", b"a" * 20_000, **form)[0] == 413
    assert house.seen == []
    assert house.ask("POST", "/login", b"username=a", **form)[0] == 200


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


def test_a_failed_login_counts(tmp_path, monkeypatch):
    house = House(tmp_path)
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    house.door._logins = Logins(sleep)
    house.answer = 400, b"application/json", b"{}"
    for _ in range(3):
        house.ask("POST", "/login", b"username=a", content_type="application/x-www-form-urlencoded")
    assert waited == [0, 0.5, 1]


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
