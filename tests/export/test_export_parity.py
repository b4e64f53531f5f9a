"""What is claimed of the graphs, and of refusing models that compute something else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import softdeca
from export.box_iteration import box_iteration
from export.coarse_weights import StoredArray
from export.export_error import ParityError
from export.exported_graph import ExportedGraph, folded_driver, network_of
from export.exported_model import ExportedModel
from export.mirrored_decoder import mirrored_basis
from export.model_metadata import model_metadata
from export.parity import compare, refuse_beyond_bound
from export.parity_frames import ParityPlan, parity_cases
from landmark_driver.bounded_latent import BoundedLatent
from landmark_driver.latent_networks import WEIGHT_UNIT
from tests.export.exported_default import default_character, default_graph, needs

SHORT = ParityPlan(every=40, tissues=3, frames=6)


def in_pytorch(graph: ExportedGraph) -> ExportedModel:
    """The graph itself as a model, before any converter."""
    import torch

    def compute(function):
        def call(inputs):
            with torch.no_grad():
                answer = function.module(*(torch.from_numpy(inputs[name]) for name in function.inputs))
            return {name: tensor.numpy() for name, tensor in answer.items()}

        return call

    functions = {function.name: compute(function) for function in (graph.run, graph.specialise)}
    return ExportedModel(Path("graph"), model_metadata(graph, default_character()), functions, "", ())


@pytest.mark.parametrize("network", ["sparse", "soft"])
@pytest.mark.parametrize(("precision", "bound_mm"), [("fp32", 0.001), ("fp16", 0.02), ("int8", 0.1)])
def test_the_graph_computes_what_the_driver_computes(network, precision, bound_mm: float) -> None:
    model = in_pytorch(default_graph(network, precision))
    parity = compare(model, parity_cases(default_character(), network, SHORT))
    assert 0 < parity.mean_error_mm <= parity.max_abs_error_mm < bound_mm


def test_a_model_of_another_tissue_is_refused() -> None:
    """Parity sees what `specialise` does: with it left out, random tissues are millimetres off."""
    model = in_pytorch(default_graph("sparse", "fp32"))
    ignored = {"tissue_state": np.zeros((140, 193), np.float32)}
    model = replace(model, functions=model.functions | {"specialise": lambda inputs: ignored})
    parity = compare(model, parity_cases(default_character(), "sparse", SHORT))
    with pytest.raises(
        ParityError, match=r"Expected vertices within 0.001 mm .* 'head.tflite' is not written"
    ):
        refuse_beyond_bound(parity, "fp32", "head.tflite")


def test_numbers_that_are_none_are_refused() -> None:
    model = in_pytorch(default_graph("sparse", "fp32"))
    broken = {"vertices_m": np.full((5526, 3), np.nan)}
    model = replace(model, functions=model.functions | {"run": lambda inputs: broken})
    parity = compare(model, parity_cases(default_character(), "sparse", SHORT))
    with pytest.raises(ParityError, match="got nan mm"):
        refuse_beyond_bound(parity, "int8", "head.tflite")


def test_a_wrong_model_is_status_1_and_leaves_no_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    needs("torch", "litert_torch", "ai_edge_litert")
    import export.export_model as export_model_module

    def wrong_graph(*arguments):
        graph = default_graph("soft", "fp32")
        return replace(graph, precision="fp32") if arguments[2] == "fp32" else graph

    monkeypatch.setattr(export_model_module, "exported_graph", wrong_graph)
    monkeypatch.setattr("export.parity.BOUND_MM", {"fp32": 1e-9})
    out = tmp_path / "head.tflite"
    with pytest.raises(SystemExit) as ended:
        softdeca.main(["export", "default", "--format", "tflite", "--out", str(out), "--network", "soft"])
    assert ended.value.code == 1
    assert "Expected vertices within 1e-09 mm of the driver's" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_forty_rounds_bound_a_latent_as_the_exact_solver_does() -> None:
    """For latents far out of their bounds, to a ten-thousandth of a weight."""
    covariance = folded_driver(default_character()).posterior.covariance
    precision = np.linalg.inv(covariance[:52, :52])
    exact, rounds = BoundedLatent(covariance, 52), box_iteration((precision + precision.T) / 2)
    rng = np.random.default_rng(0)
    for latent in rng.normal(0.5, 1.5, (200, len(covariance))):
        wanted = exact(latent)[:52] * WEIGHT_UNIT
        np.testing.assert_allclose(rounds(WEIGHT_UNIT * latent[:52]), wanted, atol=1e-4)


def test_half_a_head_tells_the_other_half() -> None:
    """Both halves of every component come back within a micrometre, odd vertices of the shapes included."""
    network = network_of(default_character())
    basis = network.head.basis.reshape(192, -1, 3)[:, :4562].astype(float)
    halved = mirrored_basis(basis, network.weights.arrays["code_mean"].reshape(-1, 3))
    assert halved is not None
    assert halved.even.size + halved.odd.size < 0.51 * basis.size
    np.testing.assert_allclose(whole(halved), basis, atol=1e-6)


def test_a_basis_without_mirror_image_is_not_halved() -> None:
    network = network_of(default_character())
    basis = network.head.basis.reshape(192, -1, 3)[:, :4562].astype(float)
    symmetric = network.weights.arrays["code_mean"].reshape(-1, 3)
    basis[60, :100] = 0.0
    assert mirrored_basis(basis, symmetric) is None
    assert mirrored_basis(basis, symmetric + 0.01) is None


def test_a_stored_array_is_the_same_when_turned() -> None:
    values = np.arange(-6, 6, dtype=np.int8).reshape(3, 4)
    for scale in (np.array([0.5], np.float32), np.array([0.5, 1.0, 2.0], np.float32)):
        array = StoredArray(values, scale)
        np.testing.assert_array_equal(array.transposed.array, array.array.T)


def whole(halved) -> np.ndarray:
    """The basis that a halved one stands for, latent by latent."""
    import torch

    from export.decoder_graph import MirroredDecoder
    from export.tiered_product import Tiers

    latents = np.random.default_rng(0).normal(size=(1000, 192))
    decoder = MirroredDecoder(halved, np.zeros((4562, 3)), latents, Tiers(half=1000), Tiers(half=1000))
    for module in decoder.modules():
        for buffer in module.buffers(recurse=False):
            buffer.data = buffer.double() if buffer.dtype == torch.float32 else buffer
    with torch.no_grad():
        return np.stack([decoder(row[None]).numpy() for row in torch.eye(192, dtype=torch.float64)])
