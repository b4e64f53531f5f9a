"""The process beside the live one: it answers the newest request, says why it cannot, and ends with its parent."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.hypernetwork.data.sample_generator import MovedHead
from landmark_driver.hypernetwork.data.simulated_tissue import SimulationPhysics
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.solved_edits.kept_solves import CLOSE
from landmark_driver.solved_edits.resting_process import RestingProcess
from landmark_driver.solved_edits.resting_worker import given_way
from landmark_driver.tissue.tissue_setting import default_setting

pytest.importorskip("numba")

QUICK = "tests.landmark_driver.solved_edits.quick_worker"
ROOT = Path(__file__).parents[3]
NEUTRAL = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)


def edited(**values: float):
    return default_setting().with_values({f"all.{name}": value for name, value in values.items()})


@pytest.fixture
def quick():
    process = RestingProcess(NEUTRAL, QUICK)
    yield process
    process.stop()


def ask(process: RestingProcess, setting):
    answers: queue.Queue = queue.Queue()
    said = process.request(setting, lambda solved, text: answers.put((solved, text)))
    return said, *answers.get(timeout=60)


def test_the_answer_is_of_the_setting_that_was_requested(quick):
    for volume in (1.2, 0.8):
        setting = edited(volume=volume)
        said, solved, text = ask(quick, setting)
        assert said.startswith("resting head: the network's") and text.startswith("resting head: simulated")
        assert solved.setting is setting and np.allclose(solved.rest, volume * NEUTRAL, atol=1e-5)


def test_the_resting_head_comes_first_and_then_with_it_how_it_gives_way(quick):
    answers: queue.Queue = queue.Queue()
    quick.request(edited(volume=1.2), lambda solved, text: answers.put((solved, text)))
    (first, said), (second, again) = answers.get(timeout=60), answers.get(timeout=60)
    assert first.compliance is None and said == again
    assert np.array_equal(second.rest, first.rest)
    assert np.allclose(second.compliance[2], 3 * first.rest)


class _Falling:
    """A generator of heads that fall along gravity, and counts them."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, weights: np.ndarray, setting) -> MovedHead:
        self.made += 1
        return MovedHead(np.tile(1e-3 * setting.gravity, (5, 1)))


def test_the_way_a_head_gives_way_is_a_difference_and_stops_for_a_newer_request():
    generate, setting = _Falling(), edited(volume=1.2)
    rest = generate(np.zeros(52), setting).displacement
    found = given_way(generate, setting, rest)
    assert found is not None and np.allclose(found, 1e-3 * np.eye(3)[:, None], atol=1e-8)
    assert given_way(generate, setting, rest, lambda: generate.made >= 6) is None and generate.made == 6


def test_a_solve_without_an_answer_says_why(quick):
    _, solved, text = ask(quick, edited(stiffness=2.0))
    assert solved is None and text.endswith("the simulator found none (too stiff)")
    assert ask(quick, edited(volume=1.2))[1] is not None


def test_a_process_that_dies_is_said_and_later_requests_do_not_wait(quick):
    _, solved, text = ask(quick, edited(stiffness=4.0))
    assert solved is None and text.endswith("the simulator's process has ended")
    assert quick.request(edited(volume=1.2), lambda solved, text: None).endswith("has ended")


def test_the_default_setting_needs_no_process(quick):
    assert quick.request(default_setting(), lambda solved, text: None) == ""
    assert quick.process is None


def test_stop_ends_the_process(quick):
    ask(quick, edited(volume=1.2))
    quick.stop()
    assert quick.process.poll() is not None


def test_the_process_ends_when_its_parent_is_killed():
    program = (
        "import sys, time; import numpy as np\n"
        "from landmark_driver.solved_edits.resting_process import RestingProcess\n"
        "from landmark_driver.tissue.tissue_setting import default_setting\n"
        f"process = RestingProcess(np.zeros((7, 3)), {QUICK!r})\n"
        "process.request(default_setting().with_values({'all.volume': 1.2}), lambda solved, text: None)\n"
        "print(process.process.pid, flush=True); time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for _ in range(600):
        if not _runs(child):
            return
        time.sleep(0.1)
    raise AssertionError("the solver's process outlives its parent")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not (state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z")
    except ProcessLookupError:
        return False


@pytest.mark.slow
def test_the_processs_resting_head_is_the_training_datas():
    identities = load_identities()
    neutral, setting = identities.mean().vertices, edited(volume=1.3)
    process = RestingProcess(neutral)
    answers: queue.Queue = queue.Queue()
    process.request(setting, lambda solved, text: answers.put((solved, text)))
    solved, text = answers.get(timeout=600)
    process.stop()
    assert solved is not None, text
    tissue = SimulationPhysics(identities, solving=CLOSE)(
        IdentityHead(identities.topology, neutral, np.zeros(0))
    )
    true = tissue(np.zeros(52), setting).displacement
    assert np.abs(true).max() > 1e-3 and np.abs(solved.rest - true).max() < 1e-4
