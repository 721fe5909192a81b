"""What a step costs where devices share its rows."""

import pytest

import chainrule
from chainrule.views.stages.devices_plan import DevicesPlan, Rates, devices_plan

NET = """
dim N
input x: [N, 40]
input t: [N, 8]
param W: [40, 8] = he()
param b: [8] = zeros()
loss = mean((affine(x, W, b) - t) ** 2)
train { minimize = loss ; optimizer = adam() ; steps = 1 ; precision = float32 }
"""


def plan(devices: int, rows: int = 64, rates: Rates = Rates()) -> DevicesPlan:  # noqa: B008  # it is frozen
    found = devices_plan(chainrule.compile(NET).spec, devices, rates, {"N": rows})
    assert found is not None
    return found


def test_gradients_and_the_loss_are_summed_over_devices() -> None:
    found = plan(4)
    by_name = {each.node: each.bytes for each in found.collectives}
    assert by_name["d_W"] == 40 * 8 * 4
    assert by_name["d_b"] == 8 * 4
    assert found.sent == 2 * 3 / 4 * found.summed
    assert found.kept == 3 * 4 * (40 * 8 + 8)  # adam keeps two numbers for each


def test_devices_take_their_rows_alone() -> None:
    one, four = plan(1), plan(4)
    assert one.sent == one.sending == 0
    update = plan(4, rows=4).flops  # hardly any rows: what does not hang on them is computed by each
    assert four.flops - update == pytest.approx((one.flops - update) / 4, rel=0.1)
    assert four.kept == one.kept
    assert four.largest < one.largest


def test_rates_are_given_by_name() -> None:
    given = Rates.of("network=1e9, flops = 1e12")
    assert (given.network, given.flops, given.memory) == (1e9, 1e12, Rates().memory)
    assert plan(2, rates=given).sending > plan(2).sending
    for text in ("speed=1", "network", "network=fast", "network=0", "network=inf", "network=nan", ""):
        with pytest.raises(ValueError, match=r"none of|no number|more than 0"):
            Rates.of(text)


def test_each_further_sum_takes_the_time_that_is_said() -> None:
    at_once, apart = plan(4), plan(4, rates=Rates(collective=1e-3))
    assert len(at_once.collectives) == 3  # the loss and two gradients
    assert apart.sending - at_once.sending == pytest.approx(2e-3)
    assert plan(1, rates=Rates(collective=1e-3)).sending == 0
    assert "0.001 s a further sum" in apart.text()
    assert "further" not in at_once.text()
    rates = apart.document()["rates"]
    assert isinstance(rates, dict)
    assert rates["collective"] == 1e-3


def test_what_does_not_train_has_no_plan() -> None:
    program = chainrule.compile("input x = 1\noutput y = 2 * x\n")
    assert devices_plan(program.spec, 2, Rates(), {}) is None
    fixed = chainrule.compile(NET, set={"N": "64"})
    with pytest.raises(ValueError, match="no dim counts the rows"):
        devices_plan(fixed.spec, 2, Rates(), fixed.dims)
