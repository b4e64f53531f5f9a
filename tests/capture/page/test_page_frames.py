"""The browser's frame codec, run in node, against the golden bytes that Python's is tested on."""

from __future__ import annotations

from typing import Any

from capture.frames.arkit import ARKIT_NAMES
from tests.capture.frames.golden import TABLE, forbidden_packet, golden_bytes
from tests.node import run_module

CODEC = "const { encodeFrame, decodeFrame, PacketError } = await import(PAGE + '/frames/packet.js');\n"


def test_the_page_encodes_each_frame_to_the_golden_bytes() -> None:
    encode = "console.log(JSON.stringify(argument.map((f) => Buffer.from(encodeFrame(f)).toString('hex'))));"
    hexes = run_module(CODEC + encode, list(TABLE["frames"].values()))
    assert [bytes.fromhex(text) for text in hexes] == [golden_bytes(name) for name in TABLE["frames"]]


def test_the_page_decodes_the_golden_bytes_to_each_frame() -> None:
    decode = """
        const plain = (key, value) => (value instanceof Float32Array ? Array.from(value) : value);
        const bytes = (hex) => Uint8Array.from(Buffer.from(hex, 'hex')).buffer;
        console.log(JSON.stringify(argument.map((hex) => decodeFrame(bytes(hex))), plain));
    """
    frames = run_module(CODEC + decode, [golden_bytes(name).hex() for name in TABLE["frames"]])
    assert frames == list(TABLE["frames"].values())


def test_the_page_refuses_every_forbidden_packet_in_the_same_words_as_python() -> None:
    decode = """
        const messages = argument.map((hex) => {
          try { decodeFrame(Uint8Array.from(Buffer.from(hex, 'hex')).buffer); return 'accepted'; }
          catch (error) { if (!(error instanceof PacketError)) throw error; return error.message; }
        });
        console.log(JSON.stringify(messages));
    """
    cases: list[dict[str, Any]] = TABLE["forbidden"]
    messages = run_module(CODEC + decode, [forbidden_packet(case).hex() for case in cases])
    for case, message in zip(cases, messages, strict=True):
        assert message.startswith(case["message"]), case["name"]


def test_the_page_and_python_know_the_same_expressions_in_the_same_order() -> None:
    names = run_module("console.log(JSON.stringify((await import(PAGE + '/frames/arkit.js')).ARKIT_NAMES));")
    assert tuple(names) == ARKIT_NAMES


def test_the_page_sorts_mediapipe_scores_into_the_canonical_order() -> None:
    scores = [{"categoryName": "_neutral", "score": 1}, {"categoryName": "jawOpen", "score": 0.5}]
    sort = "const { arkitScores } = await import(PAGE + '/frames/arkit.js');"
    sort += "console.log(JSON.stringify(Array.from(arkitScores(argument))));"
    got = run_module(sort, scores)
    assert got == [0.5 if name == "jawOpen" else 0 for name in ARKIT_NAMES]
