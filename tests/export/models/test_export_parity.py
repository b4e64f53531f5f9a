"""What is claimed of the graphs, and of refusing models that compute something else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from export.export_error import ParityError
from export.formats.exported_model import ExportedModel
from export.formats.model_metadata import model_metadata
from export.graph.box_iteration import box_iteration
from export.graph.decoder_graph import MirroredDecoder
from export.graph.exported_driver import exported_driver
from export.graph.exported_graph import ExportedGraph
from export.graph.frame_network import posterior_of
from export.models.parity import compare, refuse_beyond_bound
from export.models.parity_frames import ParityPlan, parity_cases
from export.quantization.coarse_weights import StoredArray
from export.quantization.tiered_product import Tiers
from landmark_driver.network.bounded_latent import BoundedLatent
from landmark_driver.network.film_network import WEIGHT_UNIT
from landmark_driver.network.latent_decoder import HalvedDecoder
from landmark_driver.network.vertex_stages import decoder_of
from landmark_driver.tissue.tissue_parameters import (
    BONE_SCALE,
    BONES,
    GRAVITY,
    GRAVITY_M_S2,
    LEARNED,
    REGIONS,
)
from softdeca.cli import main
from tests.export.models.exported_default import default_character, default_graph, needs

SHORT = ParityPlan(every=40, tissues=3, frames=6)


def in_pytorch(graph: ExportedGraph) -> ExportedModel:
    """The graph itself as a model, before any converter."""

    def compute(function):
        def call(inputs):
            with torch.no_grad():
                answer = function.module(*(torch.from_numpy(inputs[name]) for name in function.inputs))
            return {name: tensor.numpy() for name, tensor in answer.items()}

        return call

    functions = {function.name: compute(function) for function in (graph.run, graph.specialise)}
    return ExportedModel(Path("graph"), model_metadata(graph, default_character()), functions, "", ())


@pytest.mark.parametrize("network", ["sparse", "soft"])
@pytest.mark.parametrize(
    ("precision", "bound_mm"), [("fp32", 0.001), ("fp16", 0.02), ("int8", 0.1), ("palettised", 0.1)]
)
def test_the_graph_computes_what_the_driver_computes(network, precision, bound_mm: float) -> None:
    model = in_pytorch(default_graph(network, precision))
    parity = compare(model, parity_cases(default_character(), network, SHORT))
    assert 0 < parity.mean_error_mm <= parity.max_abs_error_mm < bound_mm


def test_a_models_description_has_the_ranges_that_networks_learned() -> None:
    tissue = model_metadata(default_graph("sparse", "fp32"), default_character())["tissue"]
    assert tissue["regions"] == list(REGIONS)
    assert tissue["parameters"] == [
        {"name": row.name, "low": row.trained[0], "high": row.trained[1], "usual": row.default}
        for row in LEARNED
    ]
    low, high = BONE_SCALE.trained
    assert tissue["bones"] == [{"name": bone, "low": low, "high": high, "usual": 1.0} for bone in BONES]
    assert tissue["gravity_m_s2"] == {"largest": GRAVITY.trained[1], "usual": list(GRAVITY_M_S2)}


def test_a_model_of_another_tissue_is_refused() -> None:
    """Parity sees what `specialise` does: with it left out, random tissues are millimetres off."""
    model = in_pytorch(default_graph("sparse", "fp32"))
    ignored = {"tissue_state": np.zeros(model.ports("specialise", "outputs")[0]["shape"], np.float32)}
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
    import export.models.export_model as export_model_module

    def wrong_graph(*arguments):
        graph = default_graph("soft", "fp32")
        return replace(graph, precision="fp32") if arguments[2] == "fp32" else graph

    monkeypatch.setattr(export_model_module, "exported_graph", wrong_graph)
    monkeypatch.setattr("export.models.parity.BOUND_MM", {"fp32": 1e-9})
    out = tmp_path / "head.tflite"
    with pytest.raises(SystemExit) as ended:
        main(["export", "default", "--format", "tflite", "--out", str(out), "--network", "soft"])
    assert ended.value.code == 1
    assert "Expected vertices within 1e-09 mm of the driver's" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_rounds_bound_a_latent_as_the_exact_solver_does() -> None:
    """For latents far out of their bounds, to a ten-thousandth of a weight."""
    whole = posterior_of(exported_driver(default_character()).program).whole
    assert whole is not None
    exact = BoundedLatent.of(whole.covariance, 52)
    rounds = box_iteration(exact.precision)
    rng = np.random.default_rng(0)
    for latent in rng.normal(0.5, 1.5, (200, len(whole.covariance))):
        wanted = exact(latent)[:52] * WEIGHT_UNIT
        np.testing.assert_allclose(rounds(WEIGHT_UNIT * latent[:52]), wanted, atol=1e-4)


@pytest.mark.parametrize("tiers", [None, Tiers(half=1000)])
def test_the_graph_of_half_a_basis_is_the_drivers_decoder(tiers: Tiers | None) -> None:
    """Latent by latent, the lopsided vertices of a head's own shapes included."""
    stage = decoder_of(exported_driver(default_character()).program)
    decoder = stage.decoder
    assert isinstance(decoder, HalvedDecoder) and decoder.halves.correction.size > 0
    latents = np.eye(len(stage.basis.matrix))
    random = np.random.default_rng(0).normal(size=(1000, len(latents)))
    graph = MirroredDecoder(decoder.halves, np.zeros((4562, 3)), random, tiers, tiers)
    with torch.no_grad():
        shown = np.stack([graph(row[None]).numpy().ravel() for row in torch.eye(len(latents))])
    wanted = np.stack([decoder(row) for row in latents.astype(np.float32)])
    np.testing.assert_allclose(shown, wanted, atol=1e-7 if tiers is None else 3e-5)


def test_a_stored_array_is_the_same_when_turned() -> None:
    values = np.arange(-6, 6, dtype=np.int8).reshape(3, 4)
    for scale in (np.array([0.5], np.float32), np.array([0.5, 1.0, 2.0], np.float32)):
        array = StoredArray(values, scale)
        np.testing.assert_array_equal(array.transposed.array, array.array.T)
