import pytest

from firmware_bench.measure.bench_error import BudgetError
from firmware_bench.run_bench import parse_budget


@pytest.mark.parametrize(("text", "ms"), [("10ms", 10.0), ("800us", 0.8), ("0.01s", 10.0), (" 2.5ms ", 2.5)])
def test_a_budget_is_a_number_with_its_unit(text: str, ms: float) -> None:
    assert parse_budget(text) == pytest.approx(ms)


@pytest.mark.parametrize("text", ["10", "ms", "-3ms", "0ms", "10 m", "1e3ms", "nanms"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BudgetError, match=r"Expected a budget with its unit, got .*10ms or 800us"):
        parse_budget(text)
