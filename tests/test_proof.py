"""How many GPUs the proof of `init` insists on."""

from __future__ import annotations

from dataclasses import replace

from gpusetup.cli.proof import countable_gpus
from gpusetup.machine import Arch, Gpu, GpuState, Machine, Mig, Os

CARD = Gpu(index=0, name="NVIDIA A100-SXM4-40GB", compute_capability=(8, 0))
SERVER = Machine(Os.LINUX, Arch.X86_64, gpus=(CARD, replace(CARD, index=1)))


def test_all_gpus_that_answer_must_be_seen() -> None:
    assert countable_gpus(SERVER) == 2


def test_the_number_is_open_where_gpus_are_hidden_cut_or_lost() -> None:
    assert countable_gpus(replace(SERVER, cuda_visible_devices="1")) == 0
    assert countable_gpus(replace(SERVER, gpus=(CARD, replace(CARD, mig=Mig(True))))) == 0
    assert countable_gpus(replace(SERVER, gpus=(CARD, replace(CARD, state=GpuState.LOST)))) == 0
    assert countable_gpus(replace(SERVER, gpus=None)) == 0
