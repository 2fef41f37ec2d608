"""The facts about mirrors: complete, sourced, without the addresses that are known to be bad."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from gpusetup.basics.errors import UsageError
from gpusetup.compat_files import MatrixErrors, compat_folder
from gpusetup.compat_files.mirrors import NAME, load, packaged_or_configured, read
from gpusetup.mirrors.catalogue import Layout, Mirrors, Service, State

MIRRORS = load(compat_folder() / NAME)

HEAD = """\
schema: gpusetup.compat/1
minimum_gpusetup: "0.1"
updated: "2026-11-27"
sources: {here: "a test"}
mirrors:
"""


def mirrors(text: str) -> Mirrors:
    return read((HEAD + text).encode(), "mirrors.yaml")


def mistakes(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(MatrixErrors) as caught:
        mirrors(text)
    return [(each.line, each.path, each.code) for each in caught.value.errors]


def test_the_file_keeps_its_schema() -> None:
    schema = json.loads((compat_folder() / "schema" / "mirrors.json").read_text())
    document = yaml.safe_load((compat_folder() / NAME).read_text())
    jsonschema.Draft202012Validator(schema).validate(document)


def test_every_source_is_used() -> None:
    text = (compat_folder() / NAME).read_text()
    head, rows = text.split("\nmirrors:\n")
    keys = re.findall(r"^  ([\w-]+):", head, re.M)
    assert [key for key in keys if not re.search(rf"[\[ ]{key}[,\]]", rows)] == []


def test_every_row_has_a_source_and_a_day() -> None:
    rows = [row for each in MIRRORS.mirrors for row in (each, *each.offers)]
    assert all(row.source and row.checked for row in rows)


@pytest.mark.parametrize("id", ["tuna", "bfsu", "ustc", "sjtu", "nju", "zju", "aliyun", "tencent", "huawei", "sustech", "cernet"])  # fmt: skip
def test_the_mirrors_that_guides_name_are_known(id: str) -> None:
    found = MIRRORS.named(id)
    assert found is not None
    assert found.usable(Service.INDEX)


def usable() -> list[str]:
    return [
        offer.url
        for each in MIRRORS.mirrors
        for offer in each.offers
        if offer.state.usable and offer.url
    ]


@pytest.mark.parametrize(
    "bad",
    [
        "douban", "pkgs/free", "pkgs/pro", "repo.huaweicloud.com/anaconda", "tsinghua.edu.cn/pytorch",
        "http://", "mirror.sjtu.edu.cn/pytorch-wheels/whl", "aliyun.com/pypi/pytorch", "jlu.edu.cn",
    ],
)  # fmt: skip
def test_what_is_known_to_be_bad_is_never_offered(bad: str) -> None:
    assert [url for url in usable() if bad in url] == []


def test_what_is_dead_is_recognised_in_a_configuration() -> None:
    found = MIRRORS.offer_at("http://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/free/")
    assert found is not None
    assert (found[0].id, found[1].state) == ("tuna", State.DEAD)


def test_tuna_has_neither_nvidia_nor_wheels_and_others_do() -> None:
    tuna = MIRRORS.named("tuna")
    assert tuna is not None
    assert tuna.usable(Service.CHANNEL, "nvidia") == ()
    assert tuna.usable(Service.WHEELS) == ()
    carriers = [each.id for each in MIRRORS.copies if each.usable(Service.CHANNEL, "nvidia")]
    assert "sustech" in carriers
    wheels = {each.id: each.usable(Service.WHEELS) for each in MIRRORS.copies}
    assert [offer.layout for offer in wheels["aliyun"]] == [Layout.FLAT]
    assert [offer.layout for offer in wheels["nju"]] == [Layout.PEP503]


def test_each_address_lies_on_a_host_of_its_mirror() -> None:
    for each in MIRRORS.mirrors:
        for offer in each.offers:
            host = re.sub(r"https://([^/]+).*", r"\1", offer.url or f"https://{each.hosts[0]}")
            assert host in each.hosts or each.id == "official", offer.url


def test_all_mistakes_are_told_at_once_with_line_and_place() -> None:
    found = mistakes(
        """\
  one:
    name: One
    name_zh: 一
    hosts: [one.example]
    source: [nowhere]
    checked: "2026-11-27"
    indexes:
      - {url: http://one.example/simple, source: [here], checked: "2026-11-27"}
      - {url: https://one.example/simple, sauce: [here], source: [here], checked: 2026}
    channels:
      - {names: [conda-forge], source: [here], checked: "2026-11-27"}
    wheels:
      - {url: "https://me:word@one.example/whl", layout: round, source: [here], checked: "2026-11-27"}
  two:
    name: Two
"""
    )
    assert sorted(found) == [
        (6, "mirrors.official", "matrix.missing"),
        (10, "mirrors.one.source", "matrix.no-source"),
        (10, "mirrors.one.source", "matrix.unknown-source"),
        (13, "mirrors.one.indexes[0].url", "matrix.no-https"),
        (14, "mirrors.one.indexes[1].checked", "matrix.unquoted"),
        (14, "mirrors.one.indexes[1].sauce", "matrix.unknown-key"),
        (16, "mirrors.one.channels[0].base", "matrix.missing"),
        (18, "mirrors.one.wheels[0].layout", "matrix.not-a-choice"),
        (18, "mirrors.one.wheels[0].url", "matrix.no-https"),
        (20, "mirrors.two.checked", "matrix.missing"),
        (20, "mirrors.two.hosts", "matrix.missing"),
        (20, "mirrors.two.name_zh", "matrix.missing"),
        (20, "mirrors.two.source", "matrix.missing"),
    ]


def test_a_remark_is_there_in_both_languages_or_not_at_all() -> None:
    row = '{url: https://us.example/simple, note: "slow", source: [here], checked: "2026-11"}'
    text = f"""\
  official:
    name: Us
    name_zh: 我们
    hosts: [us.example]
    source: [here]
    checked: "2026-11"
    indexes: [{row}]
"""
    assert mistakes(text) == [(12, "mirrors.official.indexes[0].note_zh", "matrix.missing")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "matrix.empty"), (b"a: [", "matrix.no-yaml"), (b"\xff\xfe", "matrix.not-utf-8"),
        (b"a: &x 1", "matrix.alias"), (HEAD.encode(), "matrix.wants-mapping"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_file_of_mirrors_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(MatrixErrors) as caught:
        read(content, "mirrors.yaml")
    assert code in [each.code for each in caught.value.errors]


def test_the_official_sources_may_not_be_missing() -> None:
    lone = (
        "  me: {name: Me, name_zh: 我, hosts: [me.example], source: [here], checked: '2026-11'}\n"
    )
    assert mistakes(lone) == [(6, "mirrors.official", "matrix.missing")]


def test_a_folder_of_ones_own_may_hold_mirrors_or_none(tmp_path: Path) -> None:
    environ = {"GPUSETUP_COMPAT": str(tmp_path)}
    assert packaged_or_configured(environ) == MIRRORS
    (tmp_path / NAME).write_text(
        HEAD
        + "  official: {name: Us, name_zh: 我们, hosts: [us.example], source: [here], checked: '2026-11'}\n"
    )
    assert [each.name for each in packaged_or_configured(environ).mirrors] == ["Us"]
    with pytest.raises(UsageError):
        packaged_or_configured({"GPUSETUP_COMPAT": str(tmp_path / "nowhere")})
