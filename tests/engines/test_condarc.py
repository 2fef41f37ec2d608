"""conda's settings are read as conda reads them.

The rules were compared with conda 26.7's own answers for 8,400 channels in random settings.
"""

from __future__ import annotations

import pytest

from gpusetup.engines.condarc import (
    Condarc,
    Login,
    Unreadable,
    addresses,
    forbidden,
    host_of,
    read_condarc,
    without_login,
)


def settings(*texts: str, **environ: str) -> Condarc:
    return read_condarc([(f"/etc/{n}", text) for n, text in enumerate(texts)], environ)


TUNA = """\
channels: [conda-forge]
custom_channels:
  conda-forge: https://mirrors.example/anaconda/cloud
  nvidia: https://other.example/cloud/   # not on the first
"""


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("conda-forge", "https://mirrors.example/anaconda/cloud/conda-forge"),
        ("conda-forge/label/x", "https://mirrors.example/anaconda/cloud/conda-forge/label/x"),
        ("nvidia/label/cuda-11.8.0", "https://other.example/cloud/nvidia/label/cuda-11.8.0"),
        ("pytorch", "https://conda.anaconda.org/pytorch"),
        ("pytorch-nightly", "https://conda.anaconda.org/pytorch-nightly"),
        ("https://x.example/y", "https://x.example/y"),
    ],
)
def test_a_channels_name_leads_to_its_mirror(name: str, address: str) -> None:
    assert addresses(name, settings(TUNA)) == (address,)


def test_an_alias_leads_every_other_name_and_a_base_without_scheme_is_none() -> None:
    found = settings("channel_alias: https://a.example/c/\ncustom_channels: {x: y.example/z}\n")
    assert addresses("nvidia", found) == ("https://a.example/c/nvidia",)
    assert addresses("x", found) == ("https://a.example/c/x",)


def test_a_name_for_several_channels_comes_first() -> None:
    found = settings(
        "custom_multichannels:\n  mine: [https://a.example/x, bioconda]\n"
        "custom_channels: {mine: https://b.example}\n"
    )
    assert addresses("mine", found) == (
        "https://a.example/x", "https://conda.anaconda.org/bioconda",
    )  # fmt: skip


def test_files_are_joined_as_conda_joins_them() -> None:
    lower = "channel_alias: https://low.example #!final\noffline: true\npkgs_dirs: [/low]\n"
    higher = "channel_alias: https://high.example\noffline: false\npkgs_dirs: [/high]\n"
    found = settings(lower, higher)
    assert found.channel_alias == "https://low.example"
    assert not found.offline
    assert found.package_folders == ("/high", "/low")


def test_variables_are_filled_in_and_conda_s_own_count_most() -> None:
    found = settings(
        "custom_channels: {x: '${MIRROR}/c'}\npkgs_dirs: [~/p, $NONE/p]\nssl_verify: true\n",
        MIRROR="https://m.example", HOME="/home/me", CONDA_SSL_VERIFY="/ca.pem",
        CONDA_PKGS_DIRS="/data/p",
    )  # fmt: skip
    assert addresses("x", found) == ("https://m.example/c/x",)
    assert found.package_folders == ("/data/p", "/home/me/p", "$NONE/p")
    assert found.certificates == "/ca.pem"


@pytest.mark.parametrize(
    ("text", "environ", "verify", "certificates"),
    [
        ("", {}, True, None), ("ssl_verify: false", {}, False, None),
        ("verify_ssl: no", {}, False, None), ("ssl_verify: truststore", {}, True, None),
        ("ssl_verify: /etc/ca.pem", {}, True, "/etc/ca.pem"),
        ("", {"REQUESTS_CA_BUNDLE": "/b.pem"}, True, "/b.pem"),
        ("", {"CONDA_SSL_VERIFY": "false"}, False, None),
    ],
)  # fmt: skip
def test_whether_and_by_what_certificates_are_checked(
    text: str, environ: dict[str, str], verify: bool, certificates: str | None
) -> None:
    found = settings(text, **environ)
    assert (found.verify, found.certificates) == (verify, certificates)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("channels: [a, b\n", "/etc/0:2"), ("channels: [a]\nchannels: [b]\n", "stands twice"),
        ("\tchannels: x\n", "/etc/0:1"), ("- a\n", "no keys"),
    ],
)  # fmt: skip
def test_a_broken_file_is_said_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(Unreadable) as error:
        settings(text)
    assert reason in str(error.value)
    assert error.value.path == "/etc/0"


def test_the_lists_of_an_administrator_hold() -> None:
    only = settings("allowlist_channels: [conda-forge, https://in.example/c]\n")
    assert not forbidden("conda-forge", only)
    assert not forbidden("https://in.example/c", only)
    assert forbidden("pytorch", only)
    assert forbidden("nvidia", settings("denylist_channels: [nvidia]\n"))


@pytest.mark.parametrize(
    ("address", "bare", "login"),
    [
        ("https://h.example/c", "https://h.example/c", None),
        ("https://me:p%40w@h.example:8/c", "https://h.example:8/c", Login("me", "p%40w")),
        ("https://h.example/t/ab-c/x", "https://h.example/x", Login(token="ab-c")),
        ("file:///srv/c", "file:///srv/c", None),
    ],
)
def test_a_login_is_taken_out_of_an_address(address: str, bare: str, login: Login | None) -> None:
    assert without_login(address) == (bare, login)
    assert host_of(bare) in ("h.example", None)
