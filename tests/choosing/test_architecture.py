"""Which compiled code runs on which GPU."""

from __future__ import annotations

import pytest

from gpusetup.basics.versions import parse_architecture, parse_capability
from gpusetup.choosing.architecture import covered_by_code, covered_by_ptx, lacks_kepler_cudnn
from tests.choosing.worlds import build


@pytest.mark.parametrize(
    ("capability", "architectures", "cuda", "runs"),
    [
        ("8.6", "sm_80", "cu118", True),
        ("8.0", "sm_86", "cu118", False),
        ("8.9", "sm_80 sm_86", "cu126", True),
        ("7.5", "sm_70", "cu102", True),
        ("9.0", "sm_80", "cu118", False),
        ("12.1", "sm_120", "cu128", True),
        ("10.3", "sm_100", "cu128", True),
        ("10.0", "sm_90", "cu126", False),
        ("6.1", "sm_60", "cu126", True),
        ("5.2", "sm_50", "cu126", True),
        # Jetsons and the cards around them
        ("5.3", "sm_50 sm_52", "cu102", False),
        ("7.2", "sm_70", "cu102", False),
        ("8.7", "sm_80 sm_86", "cu126", False),
        ("8.7", "sm_80 sm_86", "cu132", True),
        ("8.7", "sm_87", "cu126", True),
        ("8.9", "sm_87", "cu126", False),
        # Thor was called 10.1 before CUDA 13
        ("11.0", "sm_101", "cu129", True),
        ("10.1", "sm_110", "cu130", True),
        ("10.1", "sm_100", "cu128", False),
    ],
)
def test_code_runs_on_the_same_major_and_no_older_minor(
    capability: str, architectures: str, cuda: str, runs: bool
) -> None:
    made = build("2.10.0", cuda, architectures=architectures)
    assert covered_by_code(parse_capability(capability), made) is runs


@pytest.mark.parametrize(
    ("capability", "ptx", "could"),
    [
        ("12.0", "compute_90", True),
        ("9.0", "compute_120", False),
        ("7.5", "compute_37", True),
        ("8.6", "compute_37", False),  # imports, sees the GPU, and then fails
        ("8.0", "compute_50", True),
    ],
)
def test_ptx_is_translated_for_newer_gpus_only(capability: str, ptx: str, could: bool) -> None:
    made = build("1.5.0", "cu102", ptx=(parse_architecture(ptx),))
    assert covered_by_ptx(parse_capability(capability), made) is could


@pytest.mark.parametrize(
    ("torch", "cudnn", "lacks"),
    [("2.4.0", "9.1.0.70", True), ("2.3.1", "8.7.0", False), ("2.3.1", None, False)],
)
def test_cudnn_9_has_nothing_for_kepler(torch: str, cudnn: str | None, lacks: bool) -> None:
    made = build(torch, "cu118", architectures="sm_37", cudnn=cudnn)
    assert lacks_kepler_cudnn((3, 7), made) is lacks
    assert not lacks_kepler_cudnn((5, 0), made)
