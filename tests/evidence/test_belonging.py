"""Whether the torch that was proven is the one that was meant, and belongs to this machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gpusetup.basics.versions import Version
from gpusetup.evidence.belonging import Wanted, countable, judge_belonging, serving_code, wanted_of
from gpusetup.machine import Arch, Driver, Gpu, GpuState, Machine, Mig, Os
from gpusetup.matrix.rows import Build
from gpusetup.messages import sentences
from gpusetup.request import Origin
from gpusetup.verdict import Check, CheckStatus, Note, ProvenDevice, Verdict, Versions

CARD = Gpu(index=0, name="NVIDIA A100-SXM4-40GB", compute_capability=(8, 0))
SERVER = Machine(
    Os.LINUX,
    Arch.X86_64,
    driver=Driver(Version.parse("550.54"), Version.parse("12.4")),
    gpus=(CARD, replace(CARD, index=1)),
)
FOUND = Verdict(
    "cuda",
    torch="2.9.1+cu128",
    cuda_runtime="12.8",
    cudnn="9.10.2",
    devices=(ProvenDevice(0, "A100", (8, 0)), ProvenDevice(1, "A100", (8, 0))),
    checks=(Check("versions", CheckStatus.PASSED), Check("numpy", CheckStatus.PASSED)),
    versions=Versions(files_say="2.9.1", cuda_driver="12.8"),
)


def build(torch: str = "2.9.1", cuda: str | None = "12.8", cudnn: str = "9.10.2.21") -> Build:
    runtime = Version.parse(cuda) if cuda else None
    name = "cu" + cuda.replace(".", "") if cuda else "cpu"
    return Build(
        Version.parse(torch), name, Origin.WHEEL_INDEX, "linux-x86_64", runtime, (), (), (),
        cudnn=cudnn,
    )  # fmt: skip


def judgement(verdict: Verdict, wanted: Wanted) -> tuple[str, str | None, str | None]:
    check = next(each for each in judge_belonging(verdict, wanted).checks if each.id == "belonging")
    return check.status.value, check.reason, check.detail


def test_what_was_chosen_and_is_there_belongs_together() -> None:
    assert judgement(FOUND, wanted_of(SERVER, build())) == ("passed", None, None)


def test_it_stands_behind_the_versions() -> None:
    checks = judge_belonging(FOUND, Wanted()).checks
    assert [check.id for check in checks] == ["versions", "belonging", "numpy"]


def test_a_packagers_own_numbers_are_the_same_release() -> None:
    repacked = replace(FOUND, torch="2.9.1.post303", versions=Versions(files_say="2.9.1"))
    assert judgement(repacked, wanted_of(SERVER, build())) == ("passed", None, None)


@pytest.mark.parametrize(
    ("verdict", "wanted", "reason"),
    [
        (FOUND, wanted_of(SERVER, build("2.9.0")), "other-torch"),
        (FOUND, wanted_of(SERVER, build(cuda="12.6")), "other-torch"),
        (FOUND, wanted_of(SERVER, build(cuda=None)), "other-torch"),
        (replace(FOUND, cuda_runtime="nonsense"), Wanted(build()), "other-torch"),
        (replace(FOUND, versions=Versions(files_say="2.8.0")), Wanted(), "two-versions"),
        (FOUND, wanted_of(replace(SERVER, gpus=(CARD,))), "more-devices"),
        (
            FOUND,
            wanted_of(replace(SERVER, gpus=(CARD, replace(CARD, compute_capability=(8, 6))))),
            "other-devices",
        ),
    ],
)
def test_what_cannot_be_has_failed(verdict: Verdict, wanted: Wanted, reason: str) -> None:
    assert judgement(verdict, wanted)[:2] == ("failed", reason)
    assert f"verify.reason-{reason}.next" in sentences()


def test_the_driver_is_told_with_the_versions() -> None:
    assert judge_belonging(FOUND, wanted_of(SERVER)).versions.driver == "550.54"


def test_without_an_import_there_is_nothing_to_compare() -> None:
    assert judge_belonging(Verdict("cuda"), wanted_of(SERVER)) == Verdict("cuda")


def notes(verdict: Verdict, wanted: Wanted) -> list[Note]:
    found = list(judge_belonging(verdict, wanted).notes)
    assert all(f"verify.note-{note.code}" in sentences() for note in found)
    return found


def test_a_library_of_another_version_than_torch_asks_for_is_noted() -> None:
    versions = replace(FOUND.versions, differing=(("nvidia-nccl-cu12", "2.27.5", "2.26.2"),))
    (note,) = notes(replace(FOUND, versions=versions), Wanted())
    assert note.facts == {"name": "nvidia-nccl-cu12", "wanted": "2.27.5", "found": "2.26.2"}


def test_a_cudnn_that_the_release_did_not_come_with_is_noted() -> None:
    other = replace(FOUND, cudnn="8.9.7")
    (note,) = notes(other, Wanted(rows=(build(), build("2.8.0", cudnn="8.9.7"))))
    assert note.facts == {"found": "8.9.7", "wanted": "9.10.2.21"}
    assert notes(FOUND, Wanted(rows=(build(),))) == []
    assert notes(other, Wanted(rows=(build(cudnn="9"),))) == []  # conda leaves it open


def test_a_driver_behind_the_runtime_is_noted() -> None:
    older = replace(FOUND, versions=Versions(cuda_driver="12.4"))
    assert [note.code for note in notes(older, Wanted())] == ["driver-behind"]
    assert notes(FOUND, Wanted()) == []


def test_gpus_that_are_hidden_or_sliced_are_noted() -> None:
    one = replace(FOUND, devices=FOUND.devices[:1])
    hidden = wanted_of(replace(SERVER, cuda_visible_devices="0"))
    (note,) = notes(one, hidden)
    assert note.facts == {"value": "0", "seen": 1, "count": 2}
    sliced = wanted_of(replace(SERVER, gpus=(CARD, replace(CARD, index=1, mig=Mig(True)))))
    assert [note.code for note in notes(one, sliced)] == ["mig"]


# --- how many GPUs must be seen


def test_all_gpus_that_answer_must_be_seen() -> None:
    assert countable(wanted_of(SERVER)) == 2


def test_the_number_is_open_where_gpus_are_hidden_cut_or_lost() -> None:
    for machine in (
        replace(SERVER, cuda_visible_devices="1"),
        replace(SERVER, gpus=(CARD, replace(CARD, mig=Mig(True)))),
        replace(SERVER, gpus=(CARD, replace(CARD, state=GpuState.LOST))),
        replace(SERVER, gpus=None),
    ):
        assert countable(wanted_of(machine)) == 0


# --- which code of the build serves a GPU


@pytest.mark.parametrize(
    ("compiled", "card", "code"),
    [
        (("sm_80", "sm_86", "sm_90"), (8, 9), "sm_86"),
        (("sm_75", "sm_80", "compute_80"), (9, 0), "compute_80"),
        (("sm_50", "sm_60", "sm_120"), (12, 0), "sm_120"),
        (("sm_90a",), (9, 0), "sm_90a"),
        (("sm_80", "gfx1030"), (7, 5), None),
        ((), (8, 0), None),
    ],
)
def test_code_of_the_same_family_comes_before_what_the_driver_translates(
    compiled: tuple[str, ...], card: tuple[int, int], code: str | None
) -> None:
    assert serving_code(compiled, card) == code


def test_it_is_told_with_the_check() -> None:
    device = ProvenDevice(0, "A100", (8, 0), checks=(Check("architecture", CheckStatus.PASSED),))
    versions = Versions(architectures=("sm_80", "sm_90"))
    judged = judge_belonging(replace(FOUND, devices=(device,), versions=versions), Wanted())
    assert judged.devices[0].checks[0].detail == "sm_80"
