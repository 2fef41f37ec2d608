"""Events of the scripts -> Verdict, and its document."""

from __future__ import annotations

import pytest

from gpusetup.verdict import (
    Check,
    CheckStatus,
    Ending,
    Event,
    parse_event,
    read_verdict,
    verdict_document,
)

DONE = Ending(0)
PROOF = ("allocation", "convolution", "index-reduction", "training")


def start(name: str, device: int | None = None) -> Event:
    return {"event": "start", "check": name, "device": device}


def check(name: str, device: int | None = None, status: str = "passed", **more: object) -> Event:
    return {"event": "check", "id": name, "device": device, "status": status, **more}


def gpu_events(count: int = 2) -> list[Event]:
    described = [
        {"index": i, "name": "NVIDIA A100", "compute_capability": "8.0", "memory_mib": 40960}
        for i in range(count)
    ]
    events: list[Event] = [
        check("import", seconds=1.5),
        {"event": "info", "torch": "2.9.1+cu128", "cuda_runtime": "12.8", "cudnn": "9.10.2"},
        {"event": "info", "python": "3.12.3", "device_type": "cuda", "devices": described},
    ]
    # the fourth event is the product of the first GPU
    events += [check("matmul-float32", i, error=2e-7) for i in range(count)]
    events += [check(name, i) for i in range(count) for name in PROOF]
    return [*events, {"event": "end"}]


def test_a_machine_whose_gpus_all_computed_is_ok() -> None:
    verdict = read_verdict("cuda", gpu_events(), DONE)
    assert verdict.ok
    assert [device.compute_capability for device in verdict.devices] == [(8, 0), (8, 0)]


def test_a_gpu_that_was_seen_and_did_not_compute_is_not_ok() -> None:
    events = [event for event in gpu_events() if event.get("device") != 1]
    verdict = read_verdict("cuda", events, DONE)
    assert not verdict.ok


def test_checks_that_nobody_ran_are_a_failure_that_says_which() -> None:
    events = [event for event in gpu_events() if event.get("device") != 1]
    (device, failed) = read_verdict("cuda", events, DONE).failures[0]
    assert device is not None
    assert (device.index, failed.reason) == (1, "not-proven")
    assert str(failed.detail).startswith("allocation, matmul-float32, convolution")


def test_a_script_that_did_nothing_has_proven_nothing() -> None:
    verdict = read_verdict("any", [check("import"), {"event": "end"}], DONE)
    assert [each.reason for _, each in verdict.failures] == ["nothing-proven"]
    assert not verdict.ok


def test_a_python_that_ran_out_of_memory_is_told_from_one_that_just_ended() -> None:
    verdict = read_verdict("any", [start("fft", 0)], Ending(1, last_words="MemoryError"))
    assert [each.reason for _, each in verdict.failures] == ["out-of-memory"]


def test_what_torch_tells_of_itself_may_be_nonsense() -> None:
    events = gpu_events(1)
    row = {"index": 0, "name": 7, "compute_capability": "eight", "memory_mib": None}
    events[2] = {**events[2], "devices": [row]}
    assert read_verdict("cuda", events, DONE).devices[0].compute_capability is None


def test_a_skipped_product_is_no_proof() -> None:
    events = gpu_events(1)
    events[3] = check("matmul-float32", 0, "skipped", reason="blocked")
    assert not read_verdict("cuda", events, DONE).ok


def test_a_failed_companion_makes_the_whole_not_ok() -> None:
    events = gpu_events()
    events.insert(-1, check("torchvision", status="failed", reason="companion-mismatch"))
    verdict = read_verdict("cuda", events, DONE)
    assert not verdict.ok
    assert [each.id for _, each in verdict.failures] == ["torchvision"]


def test_no_event_at_all_is_a_failure() -> None:
    verdict = read_verdict("any", [], Ending(1, last_words="Fatal Python error"))
    assert verdict.checks == (
        Check("start", CheckStatus.FAILED, "ended-early", "Fatal Python error"),
    )
    assert (verdict.ok, verdict.expected) == (False, "cpu")


@pytest.mark.parametrize(
    ("ending", "reason", "detail"),
    [
        (Ending(-11, signal="SIGSEGV", last_words="at 0x0"), "crashed", "SIGSEGV"),
        (Ending(-9, signal="SIGKILL"), "killed", "SIGKILL"),
        (Ending(-4, signal="SIGILL"), "illegal-instruction", "SIGILL"),
        (Ending(None, timed_out=True, last_words="waiting"), "timed-out", "waiting"),
        (Ending(0, last_words="bye"), "ended-early", "bye"),
        (Ending(None, last_words="no such file"), "not-started", "no such file"),
    ],
)
def test_the_check_under_way_when_the_script_was_gone_has_failed(
    ending: Ending, reason: str, detail: str
) -> None:
    events = [*gpu_events()[:-1], start("convolution", 1)]
    verdict = read_verdict("cuda", events, ending)
    (device, failed) = verdict.failures[0]
    assert device is not None
    assert (device.index, failed.id, failed.reason, failed.detail) == (
        1,
        "convolution",
        reason,
        detail,
    )


def test_an_end_between_two_checks_is_not_blamed_on_the_one_that_passed() -> None:
    verdict = read_verdict("cuda", gpu_events()[:-1], Ending(0))
    assert [(device, each.id) for device, each in verdict.failures] == [(None, "end")]


def test_a_crash_after_the_last_word_changes_nothing() -> None:
    # some libraries crash while the interpreter shuts down, after their work is done
    assert read_verdict("cuda", gpu_events(), Ending(-6, signal="SIGABRT")).ok


@pytest.mark.parametrize("status", ["", "great", None, 1])
def test_an_unknown_status_counts_as_failed(status: object) -> None:
    events = gpu_events(1)
    events[3] = {**events[3], "status": status}
    assert not read_verdict("cuda", events, DONE).ok


@pytest.mark.parametrize("line", ["", "hello", "[1]", '"event"', '{"event": 1}', '{"a": 1}', "{"])
def test_lines_that_are_no_events_are_ignored(line: str) -> None:
    assert parse_event(line) is None


def test_the_document_says_what_was_found() -> None:
    document = verdict_document(read_verdict("cuda", gpu_events(1), DONE))
    shown = document["devices"]
    assert isinstance(shown, list)
    del shown[0]["checks"][1:]
    assert document == {
        "schema": "gpusetup.verdict/1",
        "ok": True,
        "expected": "cuda",
        "torch": "2.9.1+cu128",
        "cuda_runtime": "12.8",
        "cudnn": "9.10.2",
        "python": "3.12.3",
        "driver": None,
        "nccl": None,
        "triton": None,
        "cuda_driver": None,
        "companions": {},
        "devices": [
            {
                "index": 0,
                "name": "NVIDIA A100",
                "compute_capability": "8.0",
                "memory_mib": 40960,
                "checks": [
                    {
                        "id": "matmul-float32",
                        "status": "passed",
                        "reason": None,
                        "detail": None,
                        "error": 2e-7,
                        "seconds": None,
                    }
                ],
            }
        ],
        "checks": [
            {
                "id": "import",
                "status": "passed",
                "reason": None,
                "detail": None,
                "error": None,
                "seconds": 1.5,
            }
        ],
        "warnings": [],
    }
