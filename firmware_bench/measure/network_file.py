"""The per-frame network as one file that JavaScript and C read: a line of JSON, then float32 arrays.

    {"format": "softdeca-bench-network", "version": 1, "arrays": {name: {"shape": [...], "offset": bytes}}, ...}\\n

The JSON is padded with spaces to a multiple of 16 bytes; offsets count from its end, arrays are row by row and
little-endian. `input` is an example and `expected` what NumPy makes of it, so that every reader can check itself.
A whole decoder has one row of all coordinates for each latent; a halved one, which only NumPy reads, is stored as
`landmark_driver/network/mirrored_basis.py` describes it.
"""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from capture.output_file import written_whole
from firmware_bench.measure.bench_error import ReportError
from firmware_bench.measure.folded_network import FoldedNetwork, example_input
from landmark_driver.network.latent_decoder import HalvedDecoder, LatentDecoder, WholeDecoder
from landmark_driver.network.mirrored_basis import MirroredBasis

FORMAT, VERSION = "softdeca-bench-network", 1
_ALIGNMENT = 16
_PLAIN = ("gain", "offset", "out", "out_bias", "decoder_offset")


def network_bytes(network: FoldedNetwork, model: str) -> bytes:
    """The file."""
    example = example_input(network)
    arrays = _named(network) | {"input": example, "expected": network(example)}
    described, offset = {}, 0
    for name, array in arrays.items():
        described[name] = {"shape": list(array.shape), "offset": offset}
        offset += 4 * array.size
    header: dict[str, Any] = {"format": FORMAT, "version": VERSION, "model": model}
    header |= {
        "layers": len(network.hidden),
        "macs": network.macs,
        "bytes": network.bytes,
        "arrays": described,
    }
    line = json.dumps(header).encode()
    line += b" " * (-(len(line) + 1) % _ALIGNMENT) + b"\n"
    return line + b"".join(np.ascontiguousarray(array, "<f4").tobytes() for array in arrays.values())


def write_network(network: FoldedNetwork, model: str, path: Path) -> None:
    with written_whole(path) as unfinished:
        unfinished.write_bytes(network_bytes(network, model))


def read_network(path: Path) -> FoldedNetwork:
    """The network back. Raises ReportError for any other file."""
    data = path.read_bytes()
    line, newline, rest = data.partition(b"\n")
    try:
        header = json.loads(line)
        assert newline and (header["format"], header["version"]) == (FORMAT, VERSION)
        arrays = {name: _array(rest, **where) for name, where in header["arrays"].items()}
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise ReportError(
            f"Expected a network of the bench, got '{path}', which is none. Let softdeca bench write it again."
        ) from error
    hidden = tuple((arrays[f"weight_{n}"], arrays[f"bias_{n}"]) for n in range(header["layers"]))
    return FoldedNetwork(hidden=hidden, decoder=_decoder(arrays), **{name: arrays[name] for name in _PLAIN})


def _named(network: FoldedNetwork) -> dict[str, np.ndarray]:
    arrays = {name: getattr(network, name) for name in _PLAIN} | _decoder_arrays(network.decoder)
    for number, (weight, bias) in enumerate(network.hidden):
        arrays |= {f"weight_{number}": weight, f"bias_{number}": bias}
    return arrays


def _decoder_arrays(decoder: LatentDecoder) -> dict[str, np.ndarray]:
    if isinstance(decoder, WholeDecoder):
        return {"decoder": decoder.basis}
    halves = {f"halves.{name}": np.asarray(value) for name, value in vars(decoder.halves).items()}
    return halves | {"places": decoder.places}


def _decoder(arrays: dict[str, np.ndarray]) -> LatentDecoder:
    if "decoder" in arrays:
        return WholeDecoder(arrays["decoder"])
    halves: dict[str, Any] = {
        item.name: arrays[f"halves.{item.name}"].astype(_kind(item.name))[()]
        for item in fields(MirroredBasis)
    }
    return HalvedDecoder(MirroredBasis(**halves), arrays["places"].astype(int))


def _kind(name: str) -> type:
    return np.float32 if name in MirroredBasis.MATRICES else int


def _array(data: bytes, shape: list[int], offset: int) -> np.ndarray:
    count = int(np.prod(shape))
    return np.frombuffer(data, "<f4", count, offset).reshape(shape).astype(np.float32)
