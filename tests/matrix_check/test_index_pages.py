"""What the pages of an index tell beside the wheels."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

from tests.lab.index import Index
from tests.matrix_check.wheel_rows import (
    FOLDER,
    LINUX,
    MAC,
    ROWS,
    WINDOWS,
    V,
    matrix,
    of_pypi,
    of_wheel_index,
    serve_pages,
    told,
    torch_wheel,
    vision_wheel,
)


def test_the_folder_tells_builds_apart_where_the_name_does_not(index: Index, root: Path) -> None:
    """Before torch 1.2 one page listed cpu/torch-1.1.0, cu90/torch-1.1.0 and so on."""
    from tests.lab.index import Fault

    tag, page = "cp37-cp37m-linux_x86_64", "whl/torch_stable.html"
    old = replace(
        FOLDER, torch=V("1.1.0"), local=None, page=page, pythons=(V("3.7"),), torchvision=V("0.3.0"),
        cudnn=None, nccl=None,
    )  # fmt: skip
    rows = [
        replace(old, build="cpu", cuda_runtime=None, architectures=()),
        replace(old, build="cu90", cuda_runtime=V("9.0")),
        replace(old, build="cu100", cuda_runtime=V("10.0")),
    ]
    links = ""
    for build, cuda in (("cpu", None), ("cu90", "9.0.176"), ("cu100", "10.0.130")):
        torch_wheel(root / "whl" / build, tag, cuda, "1.1.0", pins=())
        vision_wheel(root / "whl" / build, tag, "0.3.0", "1.1.0")
        links += f"<a href='{build}/torch-1.1.0-{tag}.whl'>x</a>"
        links += f"<a href='{build}/torchvision-0.3.0-{tag}.whl'>x</a>"
    index.faults["/whl/torch_stable.html"] = Fault(body=links.encode())
    assert of_wheel_index(index, matrix(tuple(rows))) == ()
    false = replace(rows[2], build="cu101", cuda_runtime=V("10.1"))
    found = {(each.code, each.build) for each in of_wheel_index(index, matrix((*rows[:2], false)))}
    assert found == {
        ("wheels-missing", "cu101"),
        ("wheels-extra", "cu100"),
        ("companion-missing", "cu101"),
    }


def test_json_pages_and_metadata_beside_the_wheels_are_used(index: Index, root: Path) -> None:
    from tests.lab.index import Fault

    for package in ("torch", "torchvision"):
        rows = []
        for path in (root / "simple").glob(f"{package}-*.whl"):
            with zipfile.ZipFile(path) as wheel:
                name = next(each for each in wheel.namelist() if each.endswith("/METADATA"))
                path.with_name(f"{path.name}.metadata").write_bytes(wheel.read(name))
            rows.append({"filename": path.name, "url": f"../{path.name}", "core-metadata": True})
        body = json.dumps({"meta": {"api-version": "1.1"}, "files": rows}).encode()
        index.faults[f"/simple/{package}/"] = Fault(body=body)
    assert of_pypi(index) == ()
    asked = [path for path, _agent in index.requests if "torchvision-" in path]
    assert asked != []
    assert [path for path in asked if not path.endswith(".metadata")] == []
    false = (replace(LINUX, torchvision=None), WINDOWS, MAC)
    assert {each.code for each in of_pypi(index, matrix(false))} == {"companion"}


def test_the_day_of_the_upload_counts_where_it_is_told(index: Index, root: Path) -> None:
    serve_pages(index, root)
    rows = tuple(replace(row, released="2025-06-04") for row in ROWS)
    assert of_pypi(index, matrix(rows)) == ()
    late = tuple(replace(row, released="2025-06-05") for row in ROWS)
    assert told(of_pypi(index, matrix(late))) == {("date", "", "2025-06-05", "2025-06-04")}


def test_yanked_wheels_are_found(index: Index, root: Path) -> None:
    serve_pages(index, root, 'data-yanked="damaged"')
    rows = tuple(replace(row, released="2025-06-04") for row in ROWS)
    found = {(each.code, each.package) for each in of_pypi(index, matrix(rows))}
    assert found == {("yanked", "torch"), ("yanked", "torchvision")}


def test_excluded_pythons_are_compared_where_the_index_tells_them(index: Index, root: Path) -> None:
    rows = tuple(replace(row, released="2025-06-04") for row in ROWS)
    serve_pages(index, root, 'data-requires-python="&gt;=3.9,!=3.12.1"')
    assert of_pypi(index, matrix(rows)) == ()
    serve_pages(index, root, 'data-requires-python="&gt;=3.9,!=3.0.*"')
    assert {(each.code, each.found) for each in of_pypi(index, matrix(rows))} == {
        ("excluded-pythons", "-")
    }
