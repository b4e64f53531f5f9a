"""What is installed, with packages that are missing on purpose."""

from __future__ import annotations

from pathlib import Path

from capture.extras import install_command
from capture.frames.capture_error import TrackingModelError
from capture.phone.page_packages import PACKAGE_FILES
from capture.softdeca_error import SoftdecaError
from softdeca.doctor.installation import (
    check_evaluator,
    check_extras,
    check_head,
    check_packages,
    check_page,
    check_tracking_model,
    drive_default_head,
    missing_modules,
    package_versions,
)


def test_versions_are_those_of_the_base_install_and_a_missing_package_is_a_problem() -> None:
    lines = ["numpy>=2", "no-such-package==1.*", 'torch==2.13.0; extra == "train"']
    versions = package_versions(lines)
    assert versions.keys() == {"numpy", "no-such-package"}
    assert versions["numpy"][0].isdigit() and versions["no-such-package"] == ""
    finding = check_packages(versions)
    assert finding.status == "problem" and finding.found.endswith("without no-such-package")
    assert finding.advice.endswith("-m pip install no-such-package")
    assert check_packages({"numpy": "2.0"}).status == "ok"
    assert all(package_versions().values())


def test_every_extra_is_named_and_a_missing_one_with_its_command() -> None:
    assert missing_modules().keys() == {"cluster", "export", "physics", "train"}
    finding = check_extras({"physics": ("numba",), "cluster": ()})
    assert finding.status == "note"
    assert finding.found == "installed: cluster; not installed: physics"
    assert finding.advice == f"physics: {install_command('physics')}"
    assert check_extras({"physics": ()}).status == "ok"


def test_a_page_without_its_packages_is_a_problem(tmp_path: Path) -> None:
    finding = check_page(tmp_path)
    count = len(PACKAGE_FILES)
    assert finding.status == "problem"
    assert finding.found == f"{count} of {count} files of the page's packages are missing"
    assert finding.advice == f"Install them: npm ci --prefix {tmp_path}"
    for name in PACKAGE_FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert check_page(tmp_path).status == "ok"


def test_a_missing_tracking_model_is_a_problem_with_its_remedy(tmp_path: Path) -> None:
    def missing() -> Path:
        raise TrackingModelError("Expected the model, got no file. Install it with 'pip install x'.")

    finding = check_tracking_model(missing)
    assert (finding.status, finding.found) == ("problem", "Expected the model, got no file")
    assert finding.advice == "Install it with 'pip install x'."
    assert check_tracking_model(lambda: tmp_path).found == str(tmp_path)


def test_a_head_that_does_not_move_is_a_problem_and_the_one_that_ships_moves() -> None:
    def broken() -> int:
        raise ImportError("no module")

    assert check_head(broken).found == "the head that ships does not move: ImportError: no module"
    assert check_head(broken).status == "problem"
    assert check_head(drive_default_head).found == "the head that ships moves 5526 vertices"


def test_the_evaluator_is_named_and_one_that_cannot_run_says_what_to_do() -> None:
    def missing() -> str:
        raise SoftdecaError("Expected the compiled frame at 'frame.so', got no file. Install it again.")

    assert check_evaluator("", lambda: "c", lambda: None).found == "the frame runs in C"
    asked = check_evaluator("numpy", lambda: "numpy", missing)
    assert (asked.status, asked.found) == ("ok", "the frame runs in NumPy, as the environment asks")
    without = check_evaluator("", lambda: "numpy", missing)
    assert without.status == "note" and without.advice == "Install it again."
    assert without.found.startswith("the frame runs in NumPy. Expected the compiled frame")
    forced = check_evaluator("c", missing, missing)
    assert (forced.status, forced.advice) == ("problem", "Install it again.")
