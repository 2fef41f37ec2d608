"""What words mean in the matrix, which torch each GPU gets from which driver, and what differs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gpusetup.basics.versions import Capability
from gpusetup.benchmark.power_supply import recommended_supply_w
from gpusetup.choosing.choice import Choice, Refusal
from gpusetup.choosing.choose import best_build, choose
from gpusetup.choosing.queries import (
    CUDA_PLATFORMS,
    PICTURE_BRANCHES,
    Filters,
    cell,
    judged,
    made_up_machine,
    newest_of_branch,
    picture,
    releases,
    spans,
)
from gpusetup.matrix.differences import differences
from gpusetup.matrix.rows import Build, Matrix
from gpusetup.matrix.subjects import (
    CudaSubject,
    DriverSubject,
    GpuSubject,
    TorchSubject,
    Unclear,
    Unknown,
    read_subject,
)
from gpusetup.request import Origin, Request
from tests.choosing.worlds import build, machine, real_matrix, small_matrix, version

LINUX = "linux-x86_64"


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return real_matrix()


def named(found: Build | None) -> str:
    return f"{found.torch}+{found.build}" if found else "none"


# what words mean


@pytest.mark.parametrize(
    ("words", "name", "capability"),
    [
        ("RTX 3060", "NVIDIA GeForce RTX 3060", (8, 6)),
        ("rtx  3060", "NVIDIA GeForce RTX 3060", (8, 6)),
        ("NVIDIA GeForce GTX 1080 Ti", "GeForce GTX 1080 Ti", (6, 1)),
        ("1080 ti", "GeForce GTX 1080 Ti", (6, 1)),
        ("3060", "NVIDIA GeForce RTX 3060", (8, 6)),  # a card before a PCI id
        ("RTX 4060 Laptop", "NVIDIA GeForce RTX 4060 Laptop GPU", (8, 9)),
        ("NVIDIA GeForce RTX 3060 Lapt...", "NVIDIA GeForce RTX 3060 Laptop GPU", (8, 6)),
        ("sm_86", "sm_86", (8, 6)),
        ("compute_120", "sm_120", (12, 0)),
        ("8.6", "sm_86", (8, 6)),
        ("10de:2684", "NVIDIA GeForce RTX 4090", (8, 9)),
        ("2684", "NVIDIA GeForce RTX 4090", (8, 9)),
        ("10DE:2684", "NVIDIA GeForce RTX 4090", (8, 9)),
        ("ga102", "GA102", (8, 6)),
        ("V100", "V100", (7, 0)),  # several models of one chip answer as one
        ("A100", "A100", (8, 0)),
        ("T4", "Tesla T4", (7, 5)),
        ("GTX TITAN X", "GeForce GTX TITAN X", (5, 2)),
    ],
)
def test_a_gpu_is_found_by_name_architecture_or_id(
    matrix: Matrix, words: str, name: str, capability: Capability
) -> None:
    found = read_subject(words, matrix)
    assert isinstance(found, GpuSubject)
    assert (found.name, found.capabilities) == (name, (capability,))


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ("2.7.1", TorchSubject((version("2.7.1"),))),
        ("torch==2.7.1", TorchSubject((version("2.7.1"),))),
        ("PyTorch 2.15", TorchSubject((version("2.15.0"),))),
        ("2.0", TorchSubject((version("2.0.1"), version("2.0.0")))),
        ("driver 535", DriverSubject(version("535"))),
        ("535", DriverSubject(version("535"))),
        ("R580", DriverSubject(version("580"))),
        ("535.183.01", DriverSubject(version("535.183.01"))),
        ("cuda 12.6", CudaSubject(version("12.6"))),
        ("cu126", CudaSubject(version("12.6"))),
        ("12.6", CudaSubject(version("12.6"))),
        ("CUDA 11", CudaSubject(version("11"))),
    ],
)
def test_releases_drivers_and_cuda_are_told_apart(
    matrix: Matrix, words: str, subject: object
) -> None:
    found = read_subject(words, matrix)
    assert found == subject


def test_a_name_with_several_chips_has_the_capabilities_of_all(matrix: Matrix) -> None:
    found = read_subject("GT 730", matrix)
    assert isinstance(found, GpuSubject)
    assert found.capabilities == ((2, 1), (3, 0), (3, 5))


@pytest.mark.parametrize(
    ("words", "candidate"),
    [
        ("NVIDIA GeForce RTX 2080 ...", "NVIDIA GeForce RTX 2080 Ti"),
        ("GeForce GTX 108...", "GeForce GTX 1080"),
        ("TITAN X", "TITAN X (Pascal)"),
        ("RTX 30", "NVIDIA GeForce RTX 3090"),
        ("12.0", "sm_120"),
        ("12.0", "cuda 12.0"),
        ("rtx 2080 super", "NVIDIA GeForce RTX 2080 SUPER"),
    ],
)
def test_what_can_mean_several_things_names_them(
    matrix: Matrix, words: str, candidate: str
) -> None:
    found = read_subject(words, matrix)
    assert isinstance(found, Unclear)
    assert candidate in found.candidates


def test_every_candidate_is_clear_by_itself(matrix: Matrix) -> None:
    for words in ("GeForce GTX 108...", "12.0", "10.0", "rtx 2080 super"):
        found = read_subject(words, matrix)
        assert isinstance(found, Unclear)
        for candidate in found.candidates:
            assert not isinstance(read_subject(candidate, matrix), (Unclear, Unknown)), candidate


@pytest.mark.parametrize("words", ["", "...", "xyzzy", "sm_99", "10de:ffff", "driver", "2.99", "7"])
def test_what_is_not_there_is_unknown(matrix: Matrix, words: str) -> None:
    assert isinstance(read_subject(words, matrix), Unknown)


def test_a_slip_of_the_finger_names_what_is_near(matrix: Matrix) -> None:
    found = read_subject("rtx 3o60", matrix)
    assert isinstance(found, Unknown)
    assert "NVIDIA GeForce RTX 3060" in found.near


def test_every_model_can_be_shown_by_its_name(matrix: Matrix) -> None:
    strange = [
        gpu.name
        for gpu in matrix.gpus
        if not isinstance(read_subject(gpu.name, matrix), GpuSubject)
    ]
    assert strange == []


# the picture


@pytest.mark.parametrize(
    ("capability", "branch", "expected"),
    [
        ((3, 7), 470, "2.3.1+cu118"),
        ((6, 1), 418, "1.8.1+cu101"),
        ((6, 1), 470, "2.7.1+cu118"),
        ((7, 0), 580, "2.14.1+cu126"),
        ((8, 6), 535, "2.14.1+cu126"),
        ((8, 6), 580, "2.15.0+cu132"),
        ((12, 0), 570, "2.11.0+cu128"),
    ],
)
def test_a_cell_is_the_newest_torch_for_a_gpu_and_a_branch(
    matrix: Matrix, capability: Capability, branch: int, expected: str
) -> None:
    assert named(cell(matrix, LINUX, capability, branch).build) == expected


@pytest.mark.parametrize(
    ("capability", "branch"), [((3, 7), 535), ((6, 1), 595), ((8, 6), 450), ((12, 0), 550)]
)
def test_a_branch_that_does_not_drive_the_gpu_has_no_torch(
    matrix: Matrix, capability: Capability, branch: int
) -> None:
    found = cell(matrix, LINUX, capability, branch)
    assert (found.driven, found.build) == (False, None)


@pytest.mark.parametrize("platform", CUDA_PLATFORMS)
def test_cells_say_what_the_chooser_says(matrix: Matrix, platform: str) -> None:
    """Some cells of every platform, asked again with all explanations."""
    rows = picture(matrix, platform, (470, 570))
    assert rows
    for row in rows:
        for each in row.cells:
            if not each.driven:
                continue
            driver = newest_of_branch(version(str(each.branch)))
            where = made_up_machine(platform, driver, row.capabilities[0])
            decision = choose(where, Request(), matrix)
            chosen = decision.build if isinstance(decision, Choice) else None
            assert each.build == (chosen if chosen and not chosen.is_cpu else None), row


def test_the_quick_choice_is_the_choice(matrix: Matrix) -> None:
    for driver, gpus in (("535.183", "8.6"), ("470.82", "6.1 7.0"), (None, ""), ("580.1", "12.0")):
        where = machine(driver, gpus)
        decision = choose(where, Request(), matrix)
        assert isinstance(decision, Choice)
        assert best_build(where, Request(), matrix) == decision.build


def test_every_gpu_that_a_branch_drives_since_470_gets_a_torch(matrix: Matrix) -> None:
    for row in picture(matrix, LINUX, [b for b in PICTURE_BRANCHES if b >= 470]):
        for each in row.cells:
            assert each.build is not None or not each.driven, (row.generation, each.branch)


def test_spans_cover_the_driven_branches_once_and_never_go_back(matrix: Matrix) -> None:
    found = spans(matrix, LINUX, (8, 6))
    assert [(named(each.build), str(each.minimum)) for each in found] == [
        ("2.7.1+cu118", "450.80.02"), ("2.14.1+cu126", "525.60.13"), ("2.15.0+cu132", "580"),
    ]  # fmt: skip
    assert all(before.last < after.first for before, after in zip(found, found[1:]))
    assert all(b.build.torch <= a.build.torch for b, a in zip(found, found[1:]))


# the list


def test_releases_come_newest_first_with_their_origins(matrix: Matrix) -> None:
    found = releases(matrix, LINUX, Filters())
    assert found is not None
    torches = [release.torch for release in found]
    assert torches == sorted(torches, reverse=True)
    assert len(torches) == len(set(torches)) == 52
    newest = found[0]
    assert [build.build for build in newest.of(Origin.PYPI)] == ["cu132"]


def test_a_gpu_leaves_the_builds_that_run_on_it(matrix: Matrix) -> None:
    found = releases(matrix, LINUX, Filters(capabilities=((6, 1),), driver=version("470")))
    assert found is not None
    assert str(found[0].torch) == "2.7.1"
    assert {row.build for row in found[0].builds} == {"cu118"}


def test_a_driver_alone_leaves_the_builds_that_it_serves(matrix: Matrix) -> None:
    found = releases(matrix, LINUX, Filters(driver=version("418.67")))
    assert found
    runtimes = {row.cuda_runtime for each in found for row in each.builds}
    assert max(runtime for runtime in runtimes if runtime) == version("10.1")


def test_a_wish_for_a_release_and_an_origin_narrows(matrix: Matrix) -> None:
    wish = Filters(torch=">=2.6,<2.8", origin=Origin.PYPI)
    found = releases(matrix, LINUX, wish)
    assert found is not None
    assert [str(each.torch) for each in found] == ["2.7.1", "2.7.0", "2.6.0"]
    assert {row.origin for each in found for row in each.builds} == {Origin.PYPI}
    assert releases(matrix, LINUX, Filters(torch="newest")) is None


# why


def test_why_tells_all_rules_against_every_build(matrix: Matrix) -> None:
    answer = judged(machine("470.82", "6.1", glibc="2.27"), Request(torch="==2.15.0"), matrix)
    assert isinstance(answer.decision, Refusal)
    by_build = {
        (each.build.build, each.build.origin): [r.code for r in each.reasons]
        for each in answer.builds
    }
    assert by_build["cu132", Origin.PYPI] == [
        "choose.glibc-too-old", "choose.driver-too-old", "choose.gpu-not-covered",
    ]  # fmt: skip
    assert isinstance(answer.instead, Choice)
    assert named(answer.instead.build) == "2.6.0+cu118"


def test_why_tells_for_each_build_what_would_allow_it(matrix: Matrix) -> None:
    answer = judged(machine("535.183", "8.6"), Request(torch="==2.15.0"), matrix)
    changes = {
        each.build.build: [change.condition.facts["condition"] for change in each.changes]
        for each in answer.builds
        if each.build.origin is Origin.WHEEL_INDEX
    }
    assert changes["cu130"] == changes["cu132"] == ["driver >= 580"]
    assert changes["cpu"] == []


def test_why_of_a_torch_that_runs_has_one_build_that_is_taken(matrix: Matrix) -> None:
    answer = judged(machine("580.95", "8.6"), Request(torch="==2.15.0"), matrix)
    taken = [each for each in answer.builds if not each.reasons]
    assert isinstance(answer.decision, Choice)
    assert [each.build for each in taken] == [answer.decision.build]


# power supplies


@pytest.mark.parametrize(
    ("name", "power", "supply"),
    [
        ("GeForce GTX 1060 6GB", 150, 600),  # the habit of those who teach it
        ("NVIDIA GeForce RTX 3070", 220, 650),  # what NVIDIA's page of the card names
        ("NVIDIA GeForce RTX 3090", 350, 750),
        ("NVIDIA GeForce RTX 4090", 450, 850),
        ("NVIDIA GeForce RTX 5090", 575, 1000),
        ("GeForce GTX 1050 Ti", 75, 300),
        ("NVIDIA GeForce RTX 4060 Laptop GPU", 115, None),
        ("Tesla V100-SXM2-16GB", 300, None),
        ("NVIDIA GeForce RTX 9090", 1500, None),
        ("NVIDIA GeForce RTX 3060", None, None),
    ],
)
def test_a_power_supply_follows_from_the_cards_power(
    name: str, power: int | None, supply: int | None
) -> None:
    assert recommended_supply_w(name, power) == supply


def test_what_is_soldered_in_gets_no_power_supply(matrix: Matrix) -> None:
    words = ("Laptop", "SXM", "Max-Q", "Embedded", "GB200", "B200", "H200", "Orin", "Thor")
    wrong = [
        gpu.name
        for gpu in matrix.gpus
        if any(word in gpu.name for word in words)
        and "Workstation" not in gpu.name
        and recommended_supply_w(gpu.name, gpu.power_w)
    ]
    assert wrong == []


# differences


def test_differences_name_added_removed_and_changed_builds() -> None:
    old = build("2.5.1", "cu126", architectures="sm_80")
    gone = build("2.4.0", "cpu")
    new = build("2.6.0", "cu126")
    changed = replace(old, architectures=((8, 0), (9, 0)), source="another page")
    found = differences(small_matrix(old, gone), small_matrix(changed, new))
    assert (found.added, found.removed) == ((new,), (gone,))
    assert [(each.build, each.fields) for each in found.changed] == [
        (changed, (("architectures", "8.0", "8.0 9.0"),))
    ]
    assert found.tables == ()


def test_another_wording_of_a_source_is_no_difference() -> None:
    old = build("2.5.1", "cu126")
    assert not differences(small_matrix(old), small_matrix(replace(old, source="elsewhere")))


def test_other_tables_are_counted() -> None:
    before = small_matrix(build("2.5.1", "cu126"))
    after = replace(before, branches=before.branches[1:], cuda=before.cuda)
    (table,) = differences(before, after).tables
    assert (table.table, table.added, table.removed, table.changed) == ("branches", 0, 1, 0)
