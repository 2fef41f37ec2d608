"""Pages of an index become files, whatever form they have."""

from __future__ import annotations

import json

import pytest

from gpusetup.index_pages import NoIndexPage, parse_page

PAGE = "https://index.example/simple/torch/"
HASH = "9024cbf347dce95759bcde1411ef59b7cdb9ef0a846f4f24f356a17f8cf16f7d"
NAME = "torch-2.7.1+cu126-cp312-cp312-manylinux_2_28_x86_64.whl"


def html(attributes: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body><a {attributes}>x</a><br/></body></html>"


def test_html_tells_what_its_attributes_tell() -> None:
    text = html(
        f'href="../../files/torch-2.7.1%2Bcu126-cp312-cp312-manylinux_2_28_x86_64.whl#sha256={HASH}" '
        'data-requires-python="&gt;=3.9" data-upload-time="2025-06-04T17:36:53Z" '
        'data-yanked="damaged" data-dist-info-metadata="sha256=abc"'
    )
    (file,) = parse_page(text, "text/html; charset=utf-8", PAGE)
    assert file.filename == NAME
    assert file.url.startswith("https://index.example/files/torch-2.7.1%2Bcu126-")
    assert file.url.endswith(".whl")
    assert (file.requires_python, file.uploaded) == (">=3.9", "2025-06-04T17:36:53Z")
    assert (file.yanked, file.has_metadata, file.sha256) == (True, True, HASH)


def test_html_without_attributes_leaves_everything_unknown() -> None:
    (file,) = parse_page(html(f'href="{NAME}"'), "text/html", PAGE)
    assert (file.requires_python, file.uploaded, file.sha256, file.size) == (None, None, None, None)
    assert (file.yanked, file.has_metadata) == (False, False)


def test_a_base_address_counts() -> None:
    text = html(f'href="{NAME}"', head='<base href="https://files.example/a/">')
    (file,) = parse_page(text, "text/html", PAGE)
    assert file.url == f"https://files.example/a/{NAME}"


@pytest.mark.parametrize("content_type", ["application/vnd.pypi.simple.v1+json", "text/plain"])
def test_json_is_read_whatever_it_is_called(content_type: str) -> None:
    row = {
        "filename": NAME, "url": NAME, "requires-python": ">=3.9", "size": 12, "yanked": "no",
        "hashes": {"sha256": HASH}, "core-metadata": {"sha256": "abc"},
        "upload-time": "2025-06-04T17:36:53.1Z",
    }  # fmt: skip
    (file,) = parse_page(json.dumps({"files": [row]}), content_type, PAGE)
    assert (file.size, file.sha256, file.yanked, file.has_metadata) == (12, HASH, True, True)
    assert file.url == f"https://index.example/simple/torch/{NAME}"


@pytest.mark.parametrize("offered", [False, None])
def test_metadata_that_is_not_offered_is_not_asked_for(offered: object) -> None:
    row = {"filename": NAME, "url": NAME, "core-metadata": offered}
    (file,) = parse_page(json.dumps({"files": [row]}), "application/json", PAGE)
    assert not file.has_metadata


@pytest.mark.parametrize(
    "text",
    [
        "", "<html><body>Please log in</body></html>", '{"files": 3}', '{"files": [1]}', "{",
        html('href="/about.html"'), html('href="javascript:alert(1).whl"'),
        html('href="file:///etc/torch-2.0.0-cp310-cp310-linux_x86_64.whl"'),
    ],
)  # fmt: skip
def test_what_names_no_file_is_no_page_of_an_index(text: str) -> None:
    with pytest.raises(NoIndexPage):
        parse_page(text, "text/html", PAGE)
