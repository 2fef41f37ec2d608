"""Sentences of `bench`."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.bench.more": (
        "Products, memory, copies, attention and training steps, each with what this model should "
        "reach, and what holds it back. Every run is remembered: `gpusetup bench history`. "
        "`gpusetup bench tune` finds workers and batch size."
    ),
    "help.bench.examples": (
        "gpusetup bench --env course\n"
        "gpusetup bench --json > before.json\n"
        "gpusetup bench --compare before.json\n"
        "gpusetup bench tune --image-size 224\n"
        "gpusetup bench history"
    ),
    "help.bench.quick": "At most 20 seconds (the default).",
    "help.bench.full": "About a minute and a half; steadier figures, and products of all sizes.",
    "help.bench.compare": "Beside an earlier `bench --json`, or `last` for the newest one.",
    "help.bench.tune": "Find the DataLoader workers and the batch size that suit this machine.",
    "help.bench.tune.more": (
        "With a small model and pictures of your size, made in memory. Takes about a minute."
    ),
    "help.bench.tune.examples": "gpusetup bench tune --env course --image-size 224",
    "help.bench.tune.size": "Height and width of your pictures in pixels.",
    "help.bench.tune.seconds": "How long it may take.",
    "help.bench.history.examples": "gpusetup bench history\ngpusetup bench history --json",
    "help.bench.history": "Show the earlier benchmarks of this machine.",
    "bench.running": "measuring: {figure}",
    "bench.title": "How fast PyTorch computes here",
    "bench.of-gpu": "GPU {index}: {name}",
    "bench.of-cpu": "CPU: {name} ({threads} threads)",
    "bench.verdict": "Verdict",
    "bench.column-figure": "what",
    "bench.column-speed": "speed",
    "bench.column-expected": "expected",
    "bench.column-health": "verdict",
    "bench.column-before": "against before",
    "bench.same": "the same",
    "bench.figure-import": "loading PyTorch",
    "bench.figure-matmul-float32": "products (float32)",
    "bench.figure-matmul-tf32": "products (TF32)",
    "bench.figure-matmul-float16": "products (float16)",
    "bench.figure-matmul-bfloat16": "products (bfloat16)",
    "bench.figure-matmul-float8": "products (float8)",
    "bench.figure-copy-device": "copy within its memory",
    "bench.figure-triad-device": "triad within its memory",
    "bench.figure-copy-to-device": "copy to the GPU",
    "bench.figure-copy-from-device": "copy from the GPU",
    "bench.figure-copy-to-device-pageable": "copy to the GPU (not pinned)",
    "bench.figure-copy-from-device-pageable": "copy from the GPU (not pinned)",
    "bench.figure-copy-between-devices": "copy to another GPU",
    "bench.figure-copy-between-devices-peer": "copy to GPU {peer}",
    "bench.figure-copy-memory": "copy within memory",
    "bench.figure-launch": "starting a kernel",
    "bench.figure-convolution": "convolution",
    "bench.figure-attention": "attention",
    "bench.figure-training-images": "training (pictures)",
    "bench.figure-training-tokens": "training (text)",
    "bench.sized": "{figure}, {size}",
    "bench.unit-images": "images/s",
    "bench.unit-tokens": "tokens/s",
    "bench.unit-us": "µs",
    "bench.share": "{percent} %",
    "bench.health-good": "good",
    "bench.health-low": "low",
    "bench.health-bad": "too low",
    "bench.health-unsteady": "runs differ by {percent} %",
    "bench.not-measured": "not supported",
    "bench.left-out": "No time was left for: {figures}. `--full` takes more.",
    "bench.no-room": "no room",
    "bench.failed": "failed",
    "bench.device-good": "{name} is as fast as this model should be.",
    "bench.device-low": ("{name} is slower than it should be ({percent} % in {figure})."),
    "bench.device-bad": "{name} is much slower than it should be ({percent} % in {figure}).",
    "bench.device-held": "{name} is held back.",
    "bench.device-unsteady": (
        "{name}: the runs differ too much to judge it; something else uses the machine."
    ),
    "bench.device-unknown": "{name}: there is no reference for this model to judge by.",
    "bench.device-failed": "{name}: nothing could be measured ({reason}).",
    "bench.unexplained.next": (
        "Nothing that the driver tells explains it. Measure again when nobody else uses the "
        "machine, and with `--full`; then try a newer PyTorch and driver."
    ),
    "bench.clock": "{clock} of {highest} MHz",
    "bench.temperature": "{temperature} °C",
    "bench.power": "{power} of {limit} W",
    "bench.link": "PCIe {generation}.0 x{width}",
    "bench.own-clocks": (
        "≈ is computed from what the driver tells (clocks, units, bus, PCIe link); it was not "
        "measured by others."
    ),
    "bench.tf32-off": (
        "Your float32 products run without TF32. With "
        "`torch.set_float32_matmul_precision('high')` they are {factor} times as fast, with "
        "three digits less."
    ),
    "bench.limit-others": "Others compute on this card too; processes: {count}.",
    "bench.limit-others.next": "`gpusetup who` shows them; `gpusetup pick` names a free card.",
    "bench.limit-battery": "The computer runs on its battery.",
    "bench.limit-battery.next": "Plug in the charger and measure again.",
    "bench.limit-thermal": "It was too hot and lowered its clock ({temperature} °C).",
    "bench.limit-thermal.next": (
        "Look at fans, dust and the air around it; on a laptop choose the cooling profile for load."
    ),
    "bench.limit-power-brake": "The machine asked it to draw less power (power brake).",
    "bench.limit-power-brake.next": (
        "The power supply or the server's power budget is too small: tell who runs the machine."
    ),
    "bench.limit-hardware-slowdown": "The hardware lowered its clock.",
    "bench.limit-hardware-slowdown.next": (
        "Check the power cables of the card and the power supply; `nvidia-smi -q -d PERFORMANCE` "
        "says more."
    ),
    "bench.limit-power-limit": ("Its power limit is lowered: {limit} W instead of {default} W."),
    "bench.limit-power-limit.next": (
        "Somebody set it, or a laptop's profile did. With root: `sudo nvidia-smi -pl {default}`."
    ),
    "bench.limit-power-cap": (
        "It ran at its power limit of {limit} W, which is usual under full load."
    ),
    "bench.limit-clock": "Its clock stood at {clock} MHz of {highest} MHz without being hot.",
    "bench.limit-clock.next": (
        "The clock may be locked: with root, `sudo nvidia-smi -rgc` and `sudo nvidia-smi -rac` "
        "free it."
    ),
    "bench.limit-link-width": (
        "Its PCIe link is x{width} under load; card and board could do x{widest}."
    ),
    "bench.limit-link-width.next": (
        "Another slot, a riser cable, or a card beside it that shares the lanes: look into the "
        "board's manual and seat the card anew."
    ),
    "bench.limit-link-generation": (
        "Its PCIe link is generation {generation} under load; card and board could do {newest}."
    ),
    "bench.limit-link-generation.next": (
        "Look into the BIOS (PCIe speed), and at riser cables that only carry older generations."
    ),
    "bench.limit-ecc": "Its memory checks itself (ECC), which costs some of its speed.",
    "bench.limit-mig": "It is a part of a card (MIG), and is judged as a part.",
    "bench.limit-virtual": "It is a part of a card that a virtual machine was given (vGPU).",
    "bench.limit-tf32-forbidden": "NVIDIA_TF32_OVERRIDE=0 forbids TF32.",
    "bench.limit-tf32-forbidden.next": "Remove that variable from your environment.",
    "bench.factor-training-images": (
        "Training on pictures is {factor} times as fast as on the CPU of this machine."
    ),
    "bench.factor-training-tokens": (
        "Training on text is {factor} times as fast as on the CPU of this machine."
    ),
    "bench.factor-matmul-float32": (
        "Products in float32 are {factor} times as fast as on the CPU of this machine."
    ),
    "bench.cpu-only": "Measured on the CPU ({threads} threads); no GPU is in use here.",
    "bench.stopped": "The benchmark did not come to its end: {reason}",
    "bench.no-last": "There is no earlier benchmark of this machine.",
    "bench.no-last.next": "Run `gpusetup bench` once; it is remembered.",
    "bench.not-readable": "`{path}` cannot be read: {reason}.",
    "bench.not-readable.next": ("Name a file that `gpusetup bench --json` wrote, or `last`."),
    "bench.no-benchmark": "`{path}` is no benchmark of ours.",
    "bench.no-benchmark.next": "Name a file that `gpusetup bench --json` wrote, or `last`.",
    "bench.nothing-compared": (
        "The earlier benchmark is of other devices or other sizes: nothing can be compared."
    ),
    "bench.history": "Earlier benchmarks of this machine",
    "bench.history-label": "history",
    "bench.history-empty": "None yet. `gpusetup bench` measures and remembers.",
    "bench.history-when": "when",
    "bench.history-torch": "torch",
    "bench.history-device": "device",
    "bench.history-products": "products",
    "bench.history-copy": "copy",
    "bench.history-training": "training",
    "bench.history-health": "verdict",
    "bench.history-file": "They stand in {path}.",
}
