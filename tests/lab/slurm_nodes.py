"""The nodes that a Slurm of the tests may have, each with its card and driver."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

V100_570 = """\
driver 570.86.15
cuda 12080
library 12.570.86.15
gpu {index} name Tesla V100-SXM2-16GB
gpu {index} uuid GPU-0000010{index}-0000-0000-0000-000000000000
gpu {index} capability 7.0
gpu {index} memory 16384 300
gpu {index} bus 0000:3{index}:00.0
gpu {index} device 1db1
"""
A100_535 = """\
driver 535.161.08
cuda 12020
library 12.535.161.08
gpu {index} name NVIDIA A100-SXM4-80GB
gpu {index} uuid GPU-0000020{index}-0000-0000-0000-000000000000
gpu {index} capability 8.0
gpu {index} memory 81920 500
gpu {index} bus 0000:4{index}:00.0
gpu {index} device 20b2
"""
K40_390 = """\
driver 390.157
cuda 9010
library 9.390.157
gpu {index} name Tesla K40m
gpu {index} uuid GPU-0000030{index}-0000-0000-0000-000000000000
gpu {index} capability 3.5
gpu {index} memory 11441 100
gpu {index} bus 0000:5{index}:00.0
gpu {index} device 1023
"""


@dataclass(frozen=True)
class LabNode:
    """One node. `driver` is the text of a card and its driver, with {index} for its number."""

    name: str
    partition: str
    gpu_type: str | None = None  # as in --gres=gpu:TYPE:1
    gpus: int = 0
    driver: str = ""
    features: str = ""
    cpus: int = 4
    memory_mib: int = 4000
    python: str | None = None  # an interpreter to find first on PATH; "none": there is none at all
    hidden: tuple[Path, ...] = ()  # folders of this machine that the node does not have
    is_there: bool = True  # False: known to the controller, but nothing answers
    more: str = ""  # further words of its line in slurm.conf

    def line(self, port: int) -> str:
        gres = f" Gres=gpu:{self.gpu_type}:{self.gpus}" if self.gpus else ""
        features = f" Feature={self.features}" if self.features else ""
        return (
            f"NodeName={self.name} NodeHostname={self.name} NodeAddr=127.0.0.1 Port={port}"
            f" CPUs={self.cpus} RealMemory={self.memory_mib}{gres}{features} {self.more}"
        )


V100 = LabNode("gpu1", "gpu", "v100", 2, V100_570, "volta,nvlink")
A100 = LabNode("gpu2", "gpu", "a100", 2, A100_535, "ampere")
CPU = LabNode("cpu1", "cpu")
K40 = LabNode("old1", "old", "k40", 1, K40_390, "kepler")
NODES = (V100, A100, CPU)


def renamed(node: LabNode, name: str, **changes: object) -> LabNode:
    """Another node of the same kind, or nearly."""
    return replace(node, name=name, **changes)  # type: ignore[arg-type]
