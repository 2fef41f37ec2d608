"""Nothing that can be pasted ends in a traceback, or takes for ever."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gpusetup.basics.errors import UsageError
from gpusetup.profiles.reading import machine_from_text, machine_to_document
from gpusetup.reports import Report, decode, read_report
from tests.fuzzing import FUZZED, no_hang
from tests.reports.reading import SAMPLES

BYTES = tuple(path.read_bytes() for path in sorted(SAMPLES.iterdir()))


def read_or_refuse(data: bytes) -> Report | None:
    try:
        return read_report(decode(data))
    except UsageError:
        return None


def check(data: bytes) -> None:
    """A report becomes a profile, and the profile is read back as the same machine."""
    with no_hang():
        report = read_or_refuse(data)
    if report is None:
        return
    document = json.dumps(machine_to_document(report.machine))
    assert machine_to_document(machine_from_text(document, "x.json")) == json.loads(document)


@FUZZED
@given(st.binary(max_size=2000))
@example(b"")
@example(b"\xff\xfe\x00")
@example(b"\xff\xfe\x00\xd8")
@example(b"\x00" * 100)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    check(data)


@FUZZED
@given(st.text(max_size=2000))
def test_any_text_is_read_or_refused(text: str) -> None:
    check(text.encode("utf-8", "surrogatepass"))


@FUZZED
@given(st.sampled_from(BYTES), st.data())
def test_a_truncated_report_is_read_or_refused(data: bytes, draw: st.DataObject) -> None:
    begin = draw.draw(st.integers(0, len(data)))
    check(data[begin : draw.draw(st.integers(begin, len(data)))])


@FUZZED
@given(
    st.sampled_from(BYTES),
    st.lists(st.tuples(st.integers(0, 6000), st.binary(max_size=6)), min_size=1, max_size=20),
)
def test_a_report_with_bytes_changed_is_read_or_refused(
    data: bytes, changes: list[tuple[int, bytes]]
) -> None:
    changed = bytearray(data)
    for place, new in changes:
        changed[place % len(changed) : place % len(changed) + len(new)] = new
    check(bytes(changed))


@FUZZED
@given(st.sampled_from(BYTES), st.sampled_from(BYTES), st.randoms(use_true_random=False))
def test_a_report_with_its_lines_shuffled_is_read_or_refused(
    one: bytes, other: bytes, random: object
) -> None:
    lines = (one + other).split(b"\n")
    random.shuffle(lines)  # type: ignore[attr-defined]
    check(b"\n".join(lines))


TOKENS = ("|", "   0  ", "ERR!", "NVIDIA-SMI", " 535.1", "Driver Version:", "CUDA Version: ",
          "00000000:01:00.0", "N/A", "MiB / ", "99999999999", "GPU 0: ", "(UUID: GPU-", "On", "\n",
          "MIG devices:", "Processes:", "<gpu id='", "<nvidia_smi_log>", "</gpu>", "<mig_device>",
          "MIG Device", "Attached GPUs : 1", "Product Name : ", ",", "index, name", "PyTorch version:",
          "[pip3] ", "OS: ", "NVRM version: NVIDIA UNIX ", "FB Memory Usage", "Total : ", "²", "٣")  # fmt: skip


@FUZZED
@given(st.lists(st.sampled_from(TOKENS), max_size=60))
def test_words_of_the_tools_in_any_order_are_read_or_refused(words: list[str]) -> None:
    check(" ".join(words).encode())
    check("".join(words).encode())


@pytest.mark.parametrize(
    "text",
    [
        "| " * 200_000,
        "|   0  " + "A" * 400_000,
        "|   0  " + "A " * 200_000 + "00000000:01:00.0",
        "> " * 200_000,
        " " * 400_000 + "x",
        "\n" * 400_000 + "x",
        "<a>" * 100_000,
        "<nvidia_smi_log>" + "<a>" * 100_000,
        "<nvidia_smi_log>" + "<" * 400_000,
        "GPU 0: " * 60_000,
        "0, " * 150_000,
        "=" * 400_000 + "NVSMI LOG\n" + "GPU 00000000:01:00.0\n" * 10_000,
        "OS: " + "x" * 400_000,
        "\x1b]" * 100_000,
        "Driver Version : " * 20_000,
        "NVRM version: NVIDIA UNIX " * 15_000,
        "01:00.0 VGA compatible controller: NVIDIA Corporation " * 8_000,
        "[pip3] " * 60_000,
        "PyTorch version: 2\n" + "GPU models and configuration\nGPU 1" * 10_000,
        "nvidia-smi" * 40_000,
        "Unable to determine the device handle for gpu " * 9_000,
        '"' * 400_000,
    ],
    ids=lambda text: text[:25].strip() or "blanks",
)
def test_a_hostile_text_is_read_at_the_speed_of_an_honest_one(text: str) -> None:
    honest = min(per_character(BYTES[0]) for _ in range(3))
    assert per_character(text.encode()) < 30 * honest
    assert per_character(text[: len(text) // 4].encode()) < 30 * honest


def per_character(data: bytes) -> float:
    started = time.perf_counter()
    read_or_refuse(data)
    return (time.perf_counter() - started) / len(data)
