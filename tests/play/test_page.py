"""The page of `chainrule play` in a real browser: writing, mending, dragging, stepping, asking, training, sharing."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from play_page import APPLE, MNIST, ROOT, SPIRAL, numbers, write
from playwright.sync_api import Page, expect

import chainrule

pytest.importorskip("starlette", reason="starlette is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")

Open: TypeAlias = Callable[..., Page]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a server without a file."""
    command = [sys.executable, "-m", "chainrule", "play", "--no-browser"]
    folder = tmp_path_factory.mktemp("folder")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        yield found[0]
        process.terminate()


@pytest.fixture
def opened(address: str, open_page: Open) -> Open:
    """The page once its engine has answered; `fragment` goes behind its address."""

    def made(fragment: str = "", **options: Any) -> Page:
        page = open_page(address + fragment, **options)
        page.wait_for_selector("body.ready")
        return page

    return made


def test_apple_from_an_empty_page(opened: Open, barriers: Callable[[Page], str]) -> None:
    page = opened()
    expect(page.locator("#empty h2")).to_be_visible()
    assert barriers(page) == ""
    write(page, APPLE)
    expect(page.locator("#count")).to_have_text("10 / 10")
    program = chainrule.compile(APPLE)
    assert numbers(page, "gradient") == pytest.approx(sorted(map(float, program.grad("total").values())))
    assert numbers(page, "value") == pytest.approx([1.1, 2, 100, 200, 220])
    page.click("#first")
    assert numbers(page, "gradient") == []
    for _ in range(6):
        page.click("#next")
    assert page.locator("#name .spoken").text_content() == "d total/d subtotal"
    page.click("#previous")
    page.click("#previous")
    assert page.locator("#phase").text_content() == "forward"
    page.click("#v0-n3")
    expect(page.locator(".cm-lit")).to_have_text("subtotal = price * count")
    assert barriers(page) == ""


def test_a_fault_and_its_fix(opened: Open) -> None:
    page = opened()
    write(page, APPLE.replace("price * count", "prise * count"))
    expect(page.locator(".fault .plain")).to_contain_text("nothing here is called `prise`")
    expect(page.locator(".cm-lintRange-error")).to_have_text("prise")
    page.click(".fix")
    expect(page.locator(".fault")).to_have_count(0)
    expect(page.locator("#count")).to_have_text("10 / 10")


def test_an_input_is_dragged(opened: Open) -> None:
    page = opened()
    write(page, APPLE)
    slider = page.get_by_label("price, by slider")
    slider.fill("150")
    expect(page.locator("#drawing text.value", has_text="330")).to_be_visible()
    wanted = chainrule.compile(APPLE).grad("total", {"price": 150})
    assert numbers(page, "gradient") == pytest.approx(sorted(map(float, wanted.values())))
    page.click("#reset")
    expect(page.locator("#drawing text.value", has_text="330")).to_have_count(0)


def test_questions(opened: Open) -> None:
    page = opened()
    write(page, APPLE)
    expect(page.locator("#count")).to_have_text("10 / 10")
    page.check("#quiz")
    page.click("#first")
    page.click("#next")
    page.click("#reveal")
    for _ in range(2):
        page.click("#next")
    told = page.evaluate("[...document.querySelectorAll('#drawing title')].map((each) => each.textContent).join()")
    assert not re.search(r"\b(200|220|2\.2|110)\b", told)
    page.fill("#answer", "7")
    page.press("#answer", "Enter")
    expect(page.locator("#verdict")).to_contain_text("not yet")
    page.fill("#answer", "200")
    page.press("#answer", "Enter")
    expect(page.locator("#question")).to_be_hidden()
    assert 200 in numbers(page, "value")


def test_a_spiral_is_trained(opened: Open, barriers: Callable[[Page], str]) -> None:
    page = opened()
    write(page, SPIRAL)
    page.click("#tab-training")
    expect(page.locator("#train")).to_be_enabled()
    page.click("#train-epoch")
    surface = page.locator("#surface")
    expect(surface).to_be_visible()
    expect(page.locator("#train")).to_have_text("Go on")
    early = surface.evaluate("(each) => each.toDataURL()")
    page.click("#train")
    expect(page.locator("#notice")).to_contain_text("training finished", timeout=60_000)
    accuracy = re.search(r"train\.accuracy ([\d.]+)", page.locator("#metrics-said").text_content() or "")
    assert accuracy is not None
    assert float(accuracy[1]) >= 0.95
    assert surface.evaluate("(each) => each.toDataURL()") != early
    assert page.locator("#activations > div").count() >= 2
    assert barriers(page) == ""


def test_own_rows_and_a_prediction(opened: Open) -> None:
    page = opened()
    rows = "\n".join(f"{n / 10},{n / 5 + 1}" for n in range(40))
    page.set_input_files("#csv", {"name": "own.csv", "mimeType": "text/csv", "buffer": f"x,y\n{rows}\n".encode()})
    expect(page.locator("#files code")).to_have_text("own.csv")
    expect(page.locator(".cm-content")).to_contain_text("own.csv")
    page.click("#tab-training")
    page.click("#train")
    expect(page.locator("#notice")).to_contain_text(re.compile("training (finished|stopped) after"), timeout=60_000)
    page.click("#tab-rows")
    page.fill("#predict-rows", "x\n1\n2\n")
    page.click("#predict")
    expect(page.locator("#predicted tbody tr")).to_have_count(2)


def test_a_picture_without_numbers_is_folded_by_its_frames(opened: Open, barriers: Callable[[Page], str]) -> None:
    page = opened()
    write(page, MNIST.replace("mnist5k", "nonesuch"))
    expect(page.locator(".fault .plain")).to_contain_text("nonesuch")
    folded = page.locator("#pictures svg").get_by_role("button", name=re.compile("^open fc2"))
    opened_ = page.locator("#pictures svg").get_by_role("button", name=re.compile("^fold fc2"))
    page.select_option("#depth", "all folded")
    expect(folded).to_have_attribute("aria-expanded", "false")
    folded.focus()
    page.keyboard.press("Enter")
    expect(opened_).to_be_focused()
    assert page.locator("#pictures svg [aria-expanded=true]").count() == 1
    assert barriers(page) == ""
    opened_.locator(".label").click()
    expect(folded).to_be_visible()


def test_words_have_the_colours_of_the_grammar(opened: Open) -> None:
    page = opened()
    write(page, "input x = 2 # two\noutput tanh = exp(x) ; y = x -> nonesuch")
    expect(page.locator(".cm-operation")).to_have_text("exp")
    expect(page.locator(".cm-keyword")).to_have_text(["input", "output"])
    expect(page.locator(".cm-comment")).to_have_text("# two")
    page.keyboard.press("Home")
    page.keyboard.type("0 = 1 ; exp(")
    expect(page.locator(".cm-operation").first).to_have_text("exp")


def test_a_link_holds_the_spec(opened: Open) -> None:
    page = opened()
    write(page, APPLE)
    expect(page.locator("#count")).to_have_text("10 / 10")
    page.click("#share")
    expect(page).to_have_url(re.compile("#spec="))
    other = opened(page.evaluate("location.hash"))
    expect(other.locator("#count")).to_have_text("10 / 10")
    assert numbers(other, "value") == numbers(page, "value")


@pytest.mark.parametrize(
    "look", [{"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 780}}], ids=["dark", "phone"]
)
def test_in_the_dark_and_on_a_phone(opened: Open, barriers: Callable[[Page], str], look: dict[str, Any]) -> None:
    page = opened(**look)
    write(page, APPLE)
    for tab in ("Picture", "Steps & training") if "viewport" in look else ():
        page.get_by_role("tab", name=tab).click()
        assert barriers(page) == ""
    expect(page.locator("#count")).to_have_text("10 / 10")
    assert barriers(page) == ""


def test_own_script_and_style_are_small() -> None:
    built = ROOT / "play" / "page" / "built"
    assert sum((built / name).stat().st_size for name in ("play.js", "play.css")) <= 500_000


def test_what_is_built_is_what_its_sources_make(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("there is no program npm on this machine")
    page = tmp_path / "play" / "page"
    shutil.copytree(ROOT / "play" / "page", page, ignore=shutil.ignore_patterns("node_modules", "built"))
    shutil.copytree(ROOT / "views" / "page", tmp_path / "views" / "page", ignore=shutil.ignore_patterns("built"))
    for command in ("npm ci --ignore-scripts --no-audit --no-fund", "npm run build", "npm run check"):
        said = subprocess.run(command.split(), cwd=page, check=False, capture_output=True, text=True)
        assert said.returncode == 0, said.stdout + said.stderr
    for place in ("play/page/built", "views/page/built"):
        made = {each.name: each.read_bytes() for each in (tmp_path / place).iterdir()}
        assert made == {each.name: each.read_bytes() for each in (ROOT / place).iterdir()}
