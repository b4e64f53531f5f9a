"""What the server offers to a phone that drives alone: the puppet, for the paired one, and a page to keep."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from capture.phone.offline_page import SCRIPT, service_worker
from capture.phone.phone_app import PAGE
from capture.phone.phone_server import PhoneServer
from tests.capture.phone.fake_phone import SocketPhone, trusting


class Offering:
    """A running server that offers `puppet`."""

    def __init__(self, folder: Path, puppet: bytes | None, network: Path | None = None) -> None:
        self.made = 0
        self._puppet = puppet
        model = folder / "model.task"
        model.write_bytes(b"model bytes")
        self.server = PhoneServer(
            lambda frame: None,
            port=0,
            config_dir=folder / "config",
            model_path=model,
            host="127.0.0.1",
            addresses=["127.0.0.1"],
            puppet=self._make,
            model=lambda: network,
        )
        self.authority = str(folder / "config/certificates/authority.crt")
        self.server.start()

    def _make(self) -> bytes | None:
        self.made += 1
        return self._puppet

    def session(self) -> str:
        phone = SocketPhone(self.server.port, self.authority)
        session = phone.pair(self.server.url)
        phone.close()
        return session

    def get(self, path: str, session: str = "") -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.server.port, context=trusting(self.authority), timeout=20
        )
        connection.request("GET", path, headers={"Authorization": f"Bearer {session}"} if session else {})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), body


@pytest.fixture
def offering(tmp_path: Path) -> Iterator[Offering]:
    offering = Offering(tmp_path, b"plain bytes of a head" * 1000)
    yield offering
    offering.server.stop()


def test_the_paired_phone_gets_the_puppet_compressed_and_it_is_made_once(offering: Offering) -> None:
    session = offering.session()
    assert offering.made == 0
    for _ in range(2):
        status, headers, body = offering.get("/puppet.safetensors", session)
        assert (status, headers["content-encoding"]) == (200, "gzip")
        assert gzip.decompress(body) == b"plain bytes of a head" * 1000
    assert offering.made == 1


@pytest.mark.parametrize("session", ["", "a guess"])
def test_nobody_else_gets_the_puppet(offering: Offering, session: str) -> None:
    offering.session()
    status, _, body = offering.get("/puppet.safetensors", session)
    assert status == 401
    assert json.loads(body)[0]["code"] == "session_unknown"
    assert offering.made == 0


def test_a_head_without_a_puppet_is_said_in_words(tmp_path: Path) -> None:
    offering = Offering(tmp_path, None)
    try:
        status, _, body = offering.get("/puppet.safetensors", offering.session())
        assert status == 404
        assert body.decode() == "This head moves by blendshapes only: the desktop drives it."
    finally:
        offering.server.stop()


def test_the_paired_phone_gets_the_exported_model_once_it_is_made(tmp_path: Path) -> None:
    network = tmp_path / "head.tflite"
    offering = Offering(tmp_path, b"a head", network)
    try:
        session = offering.session()
        assert offering.get("/puppet.tflite")[0] == 401
        status, headers, _ = offering.get("/puppet.tflite", session)
        assert (status, headers["retry-after"]) == (202, "5")
        network.write_bytes(b"the bytes of a model")
        status, _, body = offering.get("/puppet.tflite", session)
        assert (status, body) == (200, b"the bytes of a model")
    finally:
        offering.server.stop()


def test_where_no_model_can_be_made_the_page_gets_nothing_and_no_error(offering: Offering) -> None:
    status, _, body = offering.get("/puppet.tflite", offering.session())
    assert (status, body) == (204, b"")


def test_all_that_the_service_worker_keeps_is_there(offering: Offering) -> None:
    status, headers, body = offering.get("/service_worker.js")
    assert (status, headers["content-type"].partition(";")[0]) == (200, "text/javascript")
    told = json.loads(body.decode().partition("\n")[0].removeprefix("const PAGE = ").removesuffix(";"))
    assert {"/", "/main.js", "/three/three.module.js", "/puppet/face_driver.js"} < set(told["files"])
    scripts = [
        path for path in PAGE.rglob("*.js") if "node_modules" not in path.parts and path.name != SCRIPT
    ]
    assert {f"/{path.relative_to(PAGE).as_posix()}" for path in scripts} < set(told["files"])
    assert "/puppet.safetensors" not in told["files"] and "/service_worker.js" not in told["files"]
    for file in told["files"]:
        assert offering.get(file)[0] == 200, file


def test_the_page_can_be_installed(offering: Offering) -> None:
    status, headers, body = offering.get("/manifest.webmanifest")
    assert (status, headers["content-type"]) == (200, "application/manifest+json")
    manifest = json.loads(body)
    assert manifest["display"] == "standalone" and manifest["scope"] == "/"
    for icon in manifest["icons"]:
        assert offering.get(icon["src"])[1]["content-type"].startswith(icon["type"])


def test_a_changed_file_makes_a_new_service_worker(tmp_path: Path) -> None:
    script, part = tmp_path / "service_worker.js", tmp_path / "part.js"
    script.write_text("// the script\n")
    part.write_text("one")
    before = service_worker(script, {"/part.js": part})
    assert service_worker(script, {"/part.js": part}) == before
    assert before.endswith("// the script\n")
    part.write_text("two")
    assert service_worker(script, {"/part.js": part}) != before
