import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from firmware_bench.measure.bench_error import ReportError
from firmware_bench.report.bench_report import FILE_NAME, read_report
from firmware_bench.report.compare_runs import compare_runs
from firmware_bench.report.device_profiles import projections
from firmware_bench.report.report_html import comparison_html, report_html
from firmware_bench.report.report_markdown import report_markdown
from firmware_bench.report.svg_plots import Bar, Line, bars, intervals, lines
from firmware_bench.report.write_reports import check_report_folder, write_comparison, write_reports
from tests.firmware_bench.report.reports import report_of

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/bench_report.schema.json").read_text(encoding="utf-8"))
CONTRACT = (
    "model",
    "device",
    "threads",
    "runtime",
    "p50_ms",
    "p90_ms",
    "p95_ms",
    "p99_ms",
    "runs",
    "init_ms",
)


def full_report():
    report = report_of(0)
    return replace(
        report,
        sustained=tuple({"minutes": n / 2, "p50_ms": 1 + n / 10} for n in range(5)),
        projections=projections(report.main),
        problems=("network (litert): not installed",),
        budget_ms=10.0,
        budgeted="driver (numpy)",
        within_budget=True,
    )


def test_a_report_has_the_fields_of_the_contract_and_each_row_too() -> None:
    values = full_report().to_json()
    for one in (values, *values["rows"]):
        assert set(CONTRACT) | {"macs", "bytes"} <= set(one)
    assert (values["model"], values["runtime"], values["p50_ms"]) == (
        "network",
        "numpy",
        values["rows"][2]["p50_ms"],
    )


def test_a_report_follows_its_schema_and_a_wrong_one_does_not() -> None:
    values = json.loads(json.dumps(full_report().to_json()))
    jsonschema.validate(values, SCHEMA)
    for wrong in ({"p50_ms": "fast"}, {"rows": [{}]}, {"format": "else"}, {"unknown": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(values | wrong, SCHEMA)


def test_a_report_survives_the_round_trip(tmp_path: Path) -> None:
    report = full_report()
    write_reports(report, tmp_path)
    again = read_report(tmp_path)
    assert again.to_json() == report.to_json()
    assert read_report(tmp_path / FILE_NAME).to_json() == report.to_json()
    assert compare_runs(report, again).changed == ()


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": "softdeca-bench", "version": 99}', "\xff"])
def test_another_file_is_not_a_report(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, encoding="latin-1")
    with pytest.raises(
        ReportError, match=r"Expected a report of softdeca bench, got '.*a\.json', which is none"
    ):
        read_report(tmp_path / "a.json")


def test_a_report_without_its_main_row_is_not_a_report(tmp_path: Path) -> None:
    values = full_report().to_json() | {"model": "another"}
    (tmp_path / "a.json").write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(ReportError, match="got none of"):
        read_report(tmp_path / "a.json")


def test_a_report_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="Make one with 'softdeca bench --report DIR'"):
        read_report(tmp_path)


def test_a_file_where_the_folder_should_be_is_refused_before_measuring(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ReportError, match="Expected a folder for the report, got the file"):
        check_report_folder(tmp_path / "taken")
    check_report_folder(tmp_path / "new" / "deep")
    assert (tmp_path / "new" / "deep").is_dir()


def test_markdown_has_a_line_a_row_and_says_what_was_not_measured() -> None:
    text = report_markdown(full_report())
    for row in full_report().rows:
        assert f"| {row.name} |" in text
    assert "Not measured: network (litert): not installed" in text
    assert "Budget: driver (numpy) is within 10 ms (p95)." in text
    assert "computed, not measured" in text


def test_the_page_is_whole_by_itself_and_draws_every_plot(tmp_path: Path) -> None:
    page = report_html(full_report())
    assert page.count("<svg") == 5
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    for piece in page.split("<svg")[1:]:
        ElementTree.fromstring("<svg" + piece.partition("</svg>")[0] + "</svg>")
    comparison = compare_runs(report_of(0), report_of(100, slowdown_ms=2))
    write_comparison(comparison, tmp_path)
    assert "slower" in (tmp_path / "compare.html").read_text(encoding="utf-8")
    assert comparison_html(comparison).count("<circle") == 4


def test_names_from_outside_cannot_write_into_the_page() -> None:
    report = replace(report_of(0), character="<script>alert(1)</script>")
    assert "<script" not in report_html(report)
    assert "<b>" not in bars([Bar("<b>", 1.0)], "ms")


def test_empty_plots_are_nothing_and_constant_ones_are_drawn() -> None:
    assert bars([], "ms") == lines([], "a", "b") == intervals([]) == ""
    for drawn in (
        bars([Bar("a", 1.0)], "ms", logarithmic=True),
        lines([Line("a", ((1.0, 0.0), (1.0, 0.0)))], "x", "y"),
        intervals([("a", 1.0, 1.0, 1.0)]),
    ):
        ElementTree.fromstring(drawn)
