"""Exported C on small devices: flash and RAM on Cortex-M4 and M0, xor's training in an emulator and as wasm in node.

    python benchmarks/c_on_devices.py

It needs Debian's gcc-arm-none-eabi, libnewlib-arm-none-eabi and qemu-system-arm, and for wasm node and `pip install
ziglang`. Exits with 1 where the training does not come to what the spec claims.
"""

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

import chainrule

ROOT = Path(__file__).parent.parent

CORES = {
    "Cortex-M4": (("-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"), "mps2-an386", 256 << 10, 64 << 10),
    "Cortex-M0": (("-mcpu=cortex-m0",), "microbit", 256 << 10, 16 << 10),
}
"""Options of the compiler, the emulator's machine, flash and RAM that programs are linked for."""

OPTIONS = ("-std=c99", "-Os", "-mthumb", "-ffunction-sections", "-fdata-sections", "-Wall", "-Wextra", "-Werror")

SCRIPT = """
MEMORY {{ flash : ORIGIN = 0, LENGTH = {flash} ram : ORIGIN = 0x20000000, LENGTH = {ram} }}
SECTIONS {{
  .text : {{ KEEP(*(.vectors)) *(.text*) *(.rodata*) *(.ARM.ex*) }} > flash
  .data : {{ data_begin = .; *(.data*) . = ALIGN(4); data_end = .; }} > ram AT > flash
  data_stored = LOADADDR(.data);
  .bss : {{ bss_begin = .; *(.bss*) *(COMMON) . = ALIGN(4); bss_end = .; }} > ram
  end = .;
}}
"""
START = """
#include <stdint.h>
extern uint32_t data_begin, data_end, data_stored, bss_begin, bss_end;
extern int main(void);
static void leave(int wrong)
{{
    register int call __asm__("r0") = 0x18, why __asm__("r1") = wrong ? 0x20023 : 0x20026;
    __asm__ volatile("bkpt 0xab" : : "r"(call), "r"(why) : "memory");
    for (;;)
        ;
}}
void reset(void)
{{
    {unit}
    for (uint32_t *to = &data_begin, *from = &data_stored; to < &data_end;)
        *to++ = *from++;
    for (uint32_t *to = &bss_begin; to < &bss_end;)
        *to++ = 0;
    leave(main());
}}
__attribute__((section(".vectors"), used)) static const uint32_t vectors[] = {{0x20000000u + {ram}, (uint32_t)&reset}};
"""
CALLS = {
    "predict": "net_predict(x, y);",
    "step": "y[0] = net_train_step(x, (const void *)t);",
}
ALONE = """
#include "net.h"
float x[SIZE], y[16];
int64_t t[1];
int main(void)
{
    CALL
    return (int)(x[0] + y[0]) + (int)t[0];
}
"""
SIZES = {"xor": 2, "iris": 4, "mnist": 784}
XOR = """
#include "net.h"
static const float x[8] = {0, 0, 0, 1, 1, 0, 1, 1}, t[4] = {0, 1, 1, 0};
int main(void)
{
    float y[4], loss = 1;
    for (int step = 0; step < STEPS; step++)
        loss = net_train_step(x, t);
    net_predict(x, y);
    for (int row = 0; row < 4; row++)
        if (!(y[row] - t[row] <= 0.1f && t[row] - y[row] <= 0.1f))
            return 1;
    return !(loss < 0.01f);
}
"""
WASM = """
const fs = require("fs");
WebAssembly.instantiate(fs.readFileSync(process.argv[2]), {}).then(({ instance }) => {
  const began = process.hrtime.bigint();
  const wrong = instance.exports.main();
  const micro = Number(process.hrtime.bigint() - began) / 1e3 / STEPS;
  console.log(`${micro.toFixed(2)} us a step`);
  process.exit(wrong);
});
"""


def linked(folder: Path, core: str, main: str, out: str, *, fits: bool = True) -> tuple[int, int, int]:
    """Links a program; bytes of code and numbers in flash, of initial values, and of memory."""
    options, _, *room = CORES[core]
    flash, ram = room if fits else (4 << 20, 4 << 20)
    unit = "*(volatile uint32_t *)0xe000ed88u |= 0xfu << 20;" if core == "Cortex-M4" else ""
    (folder / "start.c").write_text(START.format(unit=unit, ram=ram), "utf-8")
    (folder / "script.ld").write_text(SCRIPT.format(flash=flash, ram=ram), "utf-8")
    (folder / "main.c").write_text(main, "utf-8")
    sources = ["start.c", "main.c", *(["net.c"] if "net.h" in main else [])]
    link = ("-nostartfiles", "--specs=nano.specs", "--specs=nosys.specs", "-Wl,--gc-sections", "-Tscript.ld")
    subprocess.run(["arm-none-eabi-gcc", *OPTIONS, *options, *sources, *link, "-lm", "-o", out], cwd=folder, check=True)
    told = subprocess.run(["arm-none-eabi-size", out], cwd=folder, check=True, capture_output=True, text=True).stdout
    text, data, bss = map(int, told.splitlines()[1].split()[:3])
    return text, data, bss


def main() -> int:
    """A line for each net and core; then the trainings."""
    wrong = 0
    xor = chainrule.load(ROOT / "specs" / "xor.graph", "float32")
    steps = 1000
    training = XOR.replace("STEPS", str(steps))
    for core, (_, machine, _, _) in CORES.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for net, size in SIZES.items():
                program = chainrule.load(ROOT / "specs" / f"{net}.graph", "float32")
                alone = ALONE.replace("SIZE", str(size))
                empty = linked(folder, core, alone.replace("CALL", "").replace('"net.h"', "<stdint.h>"), "empty.elf")
                for what, call in CALLS.items():
                    program.export(folder / "net.c", train_step=what == "step")
                    sizes = linked(folder, core, alone.replace("CALL", call), "net.elf", fits=False)
                    text, data, bss = (each - none for each, none in zip(sizes, empty, strict=True))
                    print(f"{core} {net} {what}: flash {text + data}, RAM {data + bss}", flush=True)
            xor.export(folder / "net.c", train_step=True, batch=4)
            linked(folder, core, training, "xor.elf")
            ran = subprocess.run(
                ["qemu-system-arm", "-M", machine, "-nographic", "-semihosting", "-kernel", "xor.elf"],
                cwd=folder, check=False, timeout=300, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            print(
                f"{core} xor, {steps} steps in the emulator: {'wrong' if ran.returncode else 'as claimed'}", flush=True
            )
            wrong += bool(ran.returncode)
    return 1 if wrong + wasm(xor, training, steps) else 0


def wasm(xor: chainrule.Program, training: str, steps: int) -> int:
    """The same training in node."""
    if importlib.util.find_spec("ziglang") is None:
        print("wasm: ziglang is not installed")
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        xor.export(folder / "net.c", train_step=True, batch=4)
        (folder / "main.c").write_text(training.replace("int main(", "int run(void);\nint run("), "utf-8")
        (folder / "run.js").write_text(
            WASM.replace("exports.main", "exports.run").replace("STEPS", str(steps)), "utf-8"
        )
        command = [sys.executable, "-m", "ziglang", "cc", "-target", "wasm32-wasi", "-mexec-model=reactor", "-O3", "-s"]
        subprocess.run(
            [*command, "main.c", "net.c", "-lm", "-Wl,--export=run", "-o", "net.wasm"], cwd=folder, check=True
        )
        ran = subprocess.run(["node", "run.js", "net.wasm"], cwd=folder, check=False, capture_output=True, text=True)
        told = ran.stdout.strip() or ran.stderr.strip()[:300]
        size = (folder / "net.wasm").stat().st_size
        print(f"wasm xor: {told}, {'wrong' if ran.returncode else 'as claimed'}, {size} bytes")
        return ran.returncode


if __name__ == "__main__":
    sys.exit(main())
