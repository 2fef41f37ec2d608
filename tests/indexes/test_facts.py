"""File names and members of wheels as facts."""

from __future__ import annotations

import pytest

from gpusetup.index_pages import File
from gpusetup.indexes.facts import group, parse_constants, parse_inside, parse_wheel, pins


def file(name: str, **facts: object) -> File:
    return File(name, f"https://index.example/{name}", **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tags", "platform", "floor"),
    [
        ("cp37-cp37m-manylinux1_x86_64", "linux-x86_64", "2.5"),
        ("cp38-cp38-manylinux2014_aarch64", "linux-aarch64", "2.17"),
        ("cp312-cp312-manylinux_2_17_aarch64.manylinux2014_aarch64", "linux-aarch64", "2.17"),
        ("cp312-cp312-manylinux_2_28_x86_64", "linux-x86_64", "2.28"),
        ("cp310-cp310-linux_x86_64", "linux-x86_64", "None"),
        ("cp312-cp312-win_amd64", "windows-x86_64", "None"),
        ("cp312-cp312-win_arm64", "windows-aarch64", "None"),
        ("cp37-none-macosx_10_9_x86_64", "macos-x86_64", "10.9"),
        ("cp312-none-macosx_11_0_arm64", "macos-arm64", "11.0"),
        ("py3-none-any", "any", "None"),
    ],
)
def test_the_platform_is_in_the_name(tags: str, platform: str, floor: str) -> None:
    wheel = parse_wheel(file(f"torch-2.3.0-{tags}.whl"))
    assert wheel is not None
    assert (wheel.platform, str(wheel.floor)) == (platform, floor)


@pytest.mark.parametrize(
    ("tags", "pythons", "start"),
    [
        ("cp37-cp37m-win_amd64", ["3.7"], "None"),
        ("cp38-cp38m-win_amd64", [], "none"),  # an ABI that never was: no installer takes it
        ("cp310-abi3-win_amd64", [], "3.10"),
        ("py3-none-any", [], "3.0"),
        ("py2.py3-none-any", ["2.7"], "3.0"),
        ("cp38.cp39-none-win_amd64", ["3.8", "3.9"], "None"),
    ],
)
def test_the_pythons_are_in_the_name(tags: str, pythons: list[str], start: str) -> None:
    wheel = parse_wheel(file(f"torch-2.3.0-{tags}.whl"))
    if start == "none":
        assert wheel is None
        return
    assert wheel is not None
    assert ([str(each) for each in wheel.pythons], str(wheel.python_from)) == (pythons, start)


@pytest.mark.parametrize(
    "name",
    [
        "torch-2.3.0.tar.gz", "torch-2.3.0rc1-cp312-cp312-win_amd64.whl", "torch-2.3.0.whl",
        "torch-2.3.0-cp312-cp312-musllinux_1_2_x86_64.whl", "torch-nightly-py3-none-any.whl",
        "torch-2.3.0-pp39-pypy39_pp73-win_amd64.whl", "torch-2.3.0-cp312-cp312-linux_ppc64le.whl",
    ],
)  # fmt: skip
def test_what_torch_has_no_rows_for_is_left_out(name: str) -> None:
    assert parse_wheel(file(name)) is None


def test_wheels_come_together_by_release_local_version_and_platform() -> None:
    names = [
        "torch-2.9.0-cp313-cp313-macosx_11_0_arm64.whl",
        "torch-2.9.0-cp314-cp314-macosx_14_0_arm64.whl",
        "torch-2.9.0-cp314-cp314t-macosx_14_0_arm64.whl",
        "torch-2.9.0-cp313-cp313t-macosx_11_0_arm64.whl",
        "torch-2.9.0+cpu-cp313-cp313-win_amd64.whl",
    ]
    mac, windows = group(map(file, names))
    assert (mac.platform, windows.platform, windows.local) == (
        "macos-arm64",
        "windows-x86_64",
        "cpu",
    )
    floors = {str(python): str(floor) for python, floor in mac.floors.items()}
    assert floors == {"3.13": "11.0", "3.14": "14.0"}
    assert "t-" not in mac.sample().filename


def test_the_lowest_floor_of_several_wheels_counts() -> None:
    tags = ("manylinux_2_28_x86_64", "manylinux2014_x86_64")
    (found,) = group(file(f"torch-2.9.0-cp313-cp313-{tag}.whl") for tag in tags)
    assert [str(floor) for floor in found.floors.values()] == ["2.17"]


def test_a_post_release_replaces_and_yanked_files_do_not_count() -> None:
    (found,) = group(
        [
            file("torchvision-0.2.2-py3-none-any.whl"),
            file("torchvision-0.2.2.post3-py3-none-any.whl"),
            file("torchvision-0.2.2.post4-py3-none-any.whl", yanked=True),
        ]
    )
    assert (str(found.version), found.yanked) == ("0.2.2", False)
    assert [each.file.filename for each in found.wheels] == [
        "torchvision-0.2.2.post3-py3-none-any.whl"
    ]


def test_a_release_is_yanked_when_all_its_wheels_are() -> None:
    (found,) = group([file("torchvision-0.11.0-cp39-cp39-win_amd64.whl", yanked=True)])
    assert found.yanked


def test_the_first_upload_is_the_date() -> None:
    days = ("2025-06-04T17:36:53Z", "2025-06-03T23:59:59Z")
    (found,) = group(
        file(f"torch-2.9.0-cp31{number}-cp31{number}-win_amd64.whl", uploaded=day)
        for number, day in enumerate(days)
    )
    assert found.uploaded == "2025-06-03"


@pytest.mark.parametrize(
    ("text", "version", "cuda"),
    [
        ("__version__ = '2.15.0+cu132'\ncuda: Optional[str] = '13.2'\n", "2.15.0+cu132", "13.2"),
        ("__version__ = '1.0.0'\ndebug = False\ncuda = '9.0.176'\n", "1.0.0", "9.0.176"),
        ('__version__ = "2.15.0+cpu"\r\ncuda: str | None = None\r\n', "2.15.0+cpu", None),
        ("import os\ncuda = os.getenv('X')\n", None, None),
    ],
)
def test_version_py_is_read_and_never_run(text: str, version: str | None, cuda: str | None) -> None:
    inside = parse_inside({"METADATA": "", "torch/version.py": text})
    assert (inside.version, inside.cuda, inside.has_version) == (version, cuda, True)


def test_constants_of_other_lines_do_not_count() -> None:
    assert parse_constants("x = 'a' + 'b'\n    y = 'c'\nz = 'd'\n") == {"z": "d"}


METADATA = (
    "Metadata-Version: 2.1\nName: torch\nRequires-Python: >=3.10\n"
    'Requires-Dist: nvidia-cudnn-cu13==9.26.0.51; platform_system == "Linux"\n'
    'Requires-Dist: nvidia-nccl-cu12 (==2.20.5) ; platform_system == "Linux" and platform_machine == "x86_64"\n'
    'Requires-Dist: torch-extras==1; extra == "more"\n'
    "Requires-Dist: torch (==1.7.0)\nRequires-Dist: not a requirement ==\n"
)


@pytest.mark.parametrize(
    ("name", "platform", "expected"),
    [
        (r"nvidia-cudnn-cu\d+", "linux-aarch64", ("==9.26.0.51",)),
        (r"nvidia-cudnn-cu\d+", "windows-x86_64", ()),
        (r"nvidia-nccl-cu\d+", "linux-x86_64", ("==2.20.5",)),
        (r"nvidia-nccl-cu\d+", "linux-aarch64", ()),
        ("torch", "macos-arm64", ("==1.7.0",)),
        ("torch-extras", "macos-arm64", ()),
    ],
)
def test_pins_count_on_their_platform(name: str, platform: str, expected: tuple[str, ...]) -> None:
    inside = parse_inside({"METADATA": METADATA})
    assert inside.requires_python == ">=3.10"
    assert pins(inside.requires, name, platform) == expected
