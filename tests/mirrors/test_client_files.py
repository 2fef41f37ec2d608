"""Where each client reads its settings, what counts, and what is known to be wrong there."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpusetup.compat_files.mirrors import packaged_or_configured
from gpusetup.mirrors.catalogue import Client, Layout, Service
from gpusetup.mirrors.flaws import Flaw, flaws
from gpusetup.mirrors.planning import (
    besides,
    chosen_settings,
    environment_of,
    expected,
    overruled,
    rewritten,
)
from gpusetup.mirrors.settings import PixiSettings, Route, settings_for
from gpusetup.mirrors.texts.yaml_text import data_of
from gpusetup.mirrors.uses import Place, uses
from gpusetup.mirrors.wanting import Kept
from gpusetup.probe.client_files import ClientFiles, read_clients
from gpusetup.probe.world import World
from tests.mirrors.configurations import PIP_OF_BLOGS, TUNA_2018, TUNA_2020, TUNA_2024

HOME = "/home/zhang"
TUNA = "https://mirrors.tuna.tsinghua.edu.cn/anaconda"
INDEX = "https://pypi.tuna.tsinghua.edu.cn/simple"


def world(root: Path, files: dict[str, str], **environ: str) -> World:
    for name, text in files.items():
        path = root / name.replace("~", HOME).lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return World({"HOME": HOME, "PATH": "", **environ}, root)


def conda(tmp_path: Path, files: dict[str, str], **environ: str) -> ClientFiles:
    return read_clients(world(tmp_path, files, **environ))[Client.CONDA]


def channel(client_files: ClientFiles, name: str) -> list[tuple[str, str]]:
    found = uses(client_files.client, client_files.places)
    return [(each.url, each.origin.replace(HOME, "~")) for each in found if each.name == name]


MINIFORGE = {
    "/opt/conda/conda-meta/history": "",
    "/opt/conda/.condarc": "channels: [conda-forge]\n",
}


def test_lists_of_all_condarcs_count_and_the_stronger_comes_first(tmp_path: Path) -> None:
    """A user of Miniforge with the mirror's own text gets Anaconda's channel first."""
    found = conda(tmp_path, {**MINIFORGE, "~/.condarc": TUNA_2024}, CONDA_ROOT="/opt/conda")
    names = [each.name for each in uses(Client.CONDA, found.places)]
    assert names == ["pkgs/main", "pkgs/r", "pkgs/msys2", "conda-forge", "pytorch"]
    (flaw,) = [each for each in flaws(Client.CONDA, found.places, MIRRORS) if each.flaw == Flaw.DEFAULTS_FIRST]  # fmt: skip
    assert flaw.origin == f"{HOME}/.condarc"


@pytest.mark.parametrize(
    ("files", "environ", "winner"),
    [
        ({"/etc/conda/.condarc": "a", "~/.condarc": "b"}, {}, "~/.condarc"),
        ({"~/.config/conda/.condarc": "a", "~/.conda/condarc": "b"}, {}, "~/.conda/condarc"),
        ({"~/.condarc": "a", "/env/.condarc": "b"}, {"CONDA_PREFIX": "/env"}, "/env/.condarc"),
        ({"/env/.condarc": "a", "/x/my.yml": "b"}, {"CONDA_PREFIX": "/env", "CONDARC": "/x/my.yml"}, "/x/my.yml"),
        ({"/xdg/conda/.condarc": "a", "~/.config/conda/.condarc": "b"}, {"XDG_CONFIG_HOME": "/xdg"}, "~/.config/conda/.condarc"),
        ({"/root/.condarc": "a", "/root/condarc.d/z.yml": "b"}, {"CONDA_ROOT": "/root"}, "/root/condarc.d/z.yml"),
        ({"~/.condarc": "a", "~/.mambarc": "b"}, {"MAMBA_EXE": "/usr/bin/micromamba"}, "~/.mambarc"),
    ],
)  # fmt: skip
def test_the_stronger_condarc_wins_for_one_channel(
    files: dict[str, str], environ: dict[str, str], winner: str, tmp_path: Path
) -> None:
    texts = {
        path: f"custom_channels:\n  conda-forge: https://{word}.example\n"
        for path, word in files.items()
    }
    texts["/usr/bin/micromamba"] = "#!/bin/sh\n"
    found = channel(conda(tmp_path, texts, **environ), "conda-forge")
    assert found == [(f"https://{files[winner]}.example/conda-forge", winner)]


def test_a_mapping_holds_for_labels_too_and_a_longer_one_is_stronger() -> None:
    data = data_of(
        "channels: [conda-forge/label/gcc7, nvidia/label/cuda-12.4.0, lab]\n"
        "custom_channels:\n  conda-forge: https://a.example/cloud\n  nvidia/label: https://conda.anaconda.org\n  nvidia: https://a.example\n"
    )  # fmt: skip
    found = {each.name: each.url for each in uses(Client.CONDA, [Place("x", data)])}
    assert found["conda-forge/label/gcc7"] == "https://a.example/cloud/conda-forge/label/gcc7"
    assert (
        found["nvidia/label/cuda-12.4.0"] == "https://conda.anaconda.org/nvidia/label/cuda-12.4.0"
    )
    assert found["lab"] == "https://conda.anaconda.org/lab"


def test_a_group_of_channels_is_stronger_than_default_channels(tmp_path: Path) -> None:
    text = "channels: [defaults]\ndefault_channels: [https://a.example/pkgs/main]\ncustom_multichannels:\n  defaults: [https://b.example/pkgs/main, conda-forge]\n"
    found = uses(Client.CONDA, conda(tmp_path, {"~/.condarc": text}).places)
    assert [each.url for each in found] == [
        "https://b.example/pkgs/main",
        "https://conda.anaconda.org/conda-forge",
    ]


def test_variables_of_conda_are_the_strongest(tmp_path: Path) -> None:
    found = conda(
        tmp_path, {"~/.condarc": "channels: [conda-forge]\n"}, CONDA_CHANNELS="lab,conda-forge"
    )
    assert [each.name for each in uses(Client.CONDA, found.places)] == ["lab", "conda-forge"]
    assert channel(found, "lab")[0][1] == "CONDA_CHANNELS"


@pytest.mark.parametrize(
    ("files", "environ", "target", "winner"),
    [
        ({}, {}, "~/.config/pip/pip.conf", ""),
        ({"~/.pip/pip.conf": "a"}, {}, "~/.pip/pip.conf", "~/.pip/pip.conf"),
        ({"~/.pip/pip.conf": "a", "~/.config/pip/pip.conf": "b"}, {}, "~/.config/pip/pip.conf", "~/.config/pip/pip.conf"),
        ({"/etc/pip.conf": "a", "~/.config/pip/pip.conf": "b"}, {}, "~/.config/pip/pip.conf", "~/.config/pip/pip.conf"),
        ({"~/.config/pip/pip.conf": "a", "/env/pip.conf": "b"}, {"VIRTUAL_ENV": "/env"}, "~/.config/pip/pip.conf", "/env/pip.conf"),
        ({"~/.config/pip/pip.conf": "a", "/x/p.conf": "b"}, {"PIP_CONFIG_FILE": "/x/p.conf"}, "/x/p.conf", "/x/p.conf"),
        ({"~/.config/pip/pip.conf": "a"}, {"PIP_INDEX_URL": "https://b.example/simple"}, "~/.config/pip/pip.conf", "PIP_INDEX_URL"),
        ({"/xdg/pip/pip.conf": "b"}, {"XDG_CONFIG_HOME": "/xdg"}, "/xdg/pip/pip.conf", "/xdg/pip/pip.conf"),
    ],
)  # fmt: skip
def test_pip_has_one_file_that_is_ours_and_others_that_win(
    files: dict[str, str], environ: dict[str, str], target: str, winner: str, tmp_path: Path
) -> None:
    texts = {
        path: f"[global]\nindex-url = https://{word}.example/simple\n"
        for path, word in files.items()
    }
    found = read_clients(world(tmp_path, texts, **environ))[Client.PIP]
    assert (found.target or "").replace(HOME, "~") == target
    (use,) = uses(Client.PIP, found.places, "https://official.example/simple")
    assert use.origin.replace(HOME, "~") == winner
    assert use.url == ("https://b.example/simple" if "b" in files.values() or environ.get("PIP_INDEX_URL") else "https://a.example/simple" if files else "https://official.example/simple")  # fmt: skip


def test_a_pip_that_reads_no_file_has_none_to_write(tmp_path: Path) -> None:
    found = read_clients(world(tmp_path, {}, PIP_CONFIG_FILE="/dev/null"))[Client.PIP]
    assert (found.target, found.reason) == (None, "PIP_CONFIG_FILE")


def test_the_section_of_a_command_is_stronger_in_pip(tmp_path: Path) -> None:
    texts = {"/etc/pip.conf": "[install]\nindex-url = https://a.example\n", "~/.config/pip/pip.conf": f"[global]\nindex-url = {INDEX}\n"}  # fmt: skip
    (use,) = uses(Client.PIP, read_clients(world(tmp_path, texts))[Client.PIP].places)
    assert use.origin == "/etc/pip.conf"


@pytest.mark.parametrize(
    ("files", "environ", "target", "winner"),
    [
        ({"/etc/uv/uv.toml": "a", "~/.config/uv/uv.toml": "b"}, {}, "~/.config/uv/uv.toml", "~/.config/uv/uv.toml"),
        ({"/etc/uv/uv.toml": "b"}, {}, "~/.config/uv/uv.toml", "/etc/uv/uv.toml"),
        ({"~/.config/uv/uv.toml": "a", "/x/uv.toml": "b"}, {"UV_CONFIG_FILE": "/x/uv.toml"}, "/x/uv.toml", "/x/uv.toml"),
        ({"~/.config/uv/uv.toml": "a"}, {"UV_INDEX_URL": "https://b.example/simple"}, "~/.config/uv/uv.toml", "UV_INDEX_URL"),
    ],
)  # fmt: skip
def test_uv_reads_the_users_file_before_the_systems_and_variables_before_both(
    files: dict[str, str], environ: dict[str, str], target: str, winner: str, tmp_path: Path
) -> None:
    texts = {
        path: f'[[index]]\nurl = "https://{word}.example/simple"\ndefault = true\n'
        for path, word in files.items()
    }
    found = read_clients(world(tmp_path, texts, **environ))[Client.UV]
    assert (found.target or "").replace(HOME, "~") == target
    (use,) = uses(Client.UV, found.places)
    assert (use.url, use.origin.replace(HOME, "~")) == ("https://b.example/simple", winner)


@pytest.mark.parametrize(
    ("environ", "target"),
    [
        ({}, "~/.pixi/config.toml"),
        ({"PIXI_HOME": "/pixi"}, "/pixi/config.toml"),
        ({"PIXI_CONFIG_FILE": "/x/pixi.toml"}, "/x/pixi.toml"),
        ({"PIXI_NO_CONFIG": "1"}, None),
    ],
)
def test_pixi_has_its_file_where_it_lives(
    environ: dict[str, str], target: str | None, tmp_path: Path
) -> None:
    found = read_clients(world(tmp_path, {}, **environ))[Client.PIXI]
    assert (found.target and found.target.replace(HOME, "~")) == target


# planning

MIRRORS = packaged_or_configured({})
ROUTES = (
    Route(Service.INDEX, INDEX, "tuna", (Client.PIP, Client.UV, Client.PIXI), official="https://official.example/simple"),
    Route(Service.CHANNEL, f"{TUNA}/cloud/conda-forge", "tuna", (Client.CONDA, Client.PIXI), "conda-forge", official="https://conda.anaconda.org/conda-forge"),
    Route(Service.CHANNEL, f"{TUNA}/pkgs/main", "tuna", (Client.CONDA,), "pkgs/main", official="https://repo.anaconda.com/pkgs/main"),
    Route(Service.CHANNEL, "https://conda.anaconda.org/nvidia", "official", (Client.CONDA, Client.PIXI), "nvidia", official="https://conda.anaconda.org/nvidia"),
)  # fmt: skip


def condarc_after(text: str, version: str | None = None) -> dict[str, object]:
    places = [Place("~/.condarc", data_of(text))]
    settings = chosen_settings(Client.CONDA, ROUTES, places, version)
    assert settings is not None
    new = rewritten(
        Client.CONDA, text.encode(), settings, lambda url: MIRRORS.of_host(url) is not None
    )
    return data_of(new.decode())


def test_labels_and_the_nvidia_channel_have_explicit_lines() -> None:
    assert condarc_after("")["custom_channels"] == {
        "conda-forge": f"{TUNA}/cloud",
        "nvidia": "https://conda.anaconda.org",
        "conda-forge/label": "https://conda.anaconda.org",
    }


def test_defaults_come_from_the_mirror_only_where_they_are_used() -> None:
    assert "default_channels" not in condarc_after("channels: [conda-forge]\n")
    assert "default_channels" not in condarc_after("")
    assert condarc_after("channels: [defaults]\n")["default_channels"] == [f"{TUNA}/pkgs/main"]
    old = condarc_after("", version="24.11.1")  # this conda has defaults without being told
    assert old["default_channels"] == [f"{TUNA}/pkgs/main"]
    assert "channels" not in old


def test_channels_are_named_only_where_nothing_names_any() -> None:
    assert condarc_after("", version="26.7.1")["channels"] == ["conda-forge"]
    assert condarc_after("channels: [lab]\n")["channels"] == ["lab"]


@pytest.mark.parametrize("text", [TUNA_2018, TUNA_2020, TUNA_2024])
def test_after_the_write_conda_asks_what_was_meant(text: str) -> None:
    settings = chosen_settings(Client.CONDA, ROUTES, [Place("~/.condarc", data_of(text))])
    assert settings is not None
    found = uses(Client.CONDA, [Place("~/.condarc", condarc_after(text))])
    meant = expected(Client.CONDA, settings)
    assert overruled(meant, found) == ()
    assert besides(settings, found) == ()


def test_what_is_stronger_or_adds_to_it_is_named() -> None:
    settings = chosen_settings(Client.CONDA, ROUTES, [Place("r", {"channels": ["defaults"]})])
    assert settings is not None
    meant = expected(Client.CONDA, settings)
    ours = Place("~/.condarc", condarc_after("channels: [defaults]\n"))
    env = Place("/env/.condarc", {"custom_channels": {"conda-forge": "https://b.example"}, "default_channels": ["https://b.example/pkgs/main"]})  # fmt: skip
    found = uses(Client.CONDA, [ours, env])
    (lost,) = overruled(meant, found)
    assert lost.found is not None
    assert (lost.found.url, lost.found.origin) == ("https://b.example/conda-forge", "/env/.condarc")
    assert [each.origin for each in besides(settings, found)] == ["/env/.condarc"]


@pytest.mark.parametrize(
    ("client", "text"),
    [
        (Client.PIP, "[global]\nindex-url = https://zhang:s3cr3t@pypi.lab.example/simple\n"),
        (Client.UV, 'index-url = "https://zhang:s3cr3t@pypi.lab.example/simple"\n'),
        (Client.UV, '[[index]]\nurl = "https://zhang:s3cr3t@pypi.lab.example/simple"\ndefault = true\n'),
        (Client.PIXI, '[pypi-config]\nindex-url = "https://zhang:s3cr3t@pypi.lab.example/simple"\n'),
    ],
)  # fmt: skip
def test_a_private_index_is_not_replaced(client: Client, text: str) -> None:
    settings = chosen_settings(client, ROUTES, [])
    assert settings is not None
    with pytest.raises(Kept):
        rewritten(client, text.encode(), settings, lambda _url: True)


def test_pixi_asks_the_mirror_then_another_then_the_source() -> None:
    official, tuna = "https://conda.anaconda.org/conda-forge", f"{TUNA}/cloud/conda-forge"
    other = "https://mirrors.bfsu.edu.cn/anaconda/cloud/conda-forge"
    route = Route(Service.CHANNEL, tuna, "tuna", (Client.PIXI,), "conda-forge", fallback=other, official=official)  # fmt: skip
    settings = chosen_settings(Client.PIXI, [route], [])
    assert settings == PixiSettings(((official, (tuna, other, official)),))


def test_a_flat_folder_of_wheels_is_no_index_and_is_not_told_to_anybody() -> None:
    wheels = "https://mirrors.aliyun.com/pytorch-wheels"
    flat, whole = (Route(Service.WHEELS, wheels, "aliyun", (Client.UV,), layout=layout, official="https://download.pytorch.org/whl") for layout in (Layout.FLAT, Layout.PEP503))  # fmt: skip
    assert environment_of([flat], [Client.UV]) == {}
    assert environment_of([whole], [Client.UV]) == {"GPUSETUP_WHEEL_INDEX": wheels}
    assert settings_for(Client.PIXI, [flat]) is None


def test_variables_are_for_the_clients_that_are_meant() -> None:
    assert environment_of(ROUTES, [Client.UV]) == {"UV_DEFAULT_INDEX": INDEX}
    assert environment_of(ROUTES, [Client.CONDA]) == {"CONDA_CHANNELS": f"{TUNA}/cloud/conda-forge"}


# flaws


def named(client: Client, *texts: str) -> list[tuple[str, str]]:
    from gpusetup.mirrors.texts import format_of

    places = [Place(f"file-{i}", format_of(client).data_of(text)) for i, text in enumerate(texts)]
    return [(each.flaw, each.value) for each in flaws(client, places, MIRRORS)]


def test_the_old_texts_of_the_mirrors_are_known() -> None:
    assert named(Client.CONDA, TUNA_2018) == [
        (Flaw.DEAD_CHANNEL, "https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/free/")
    ]
    assert [flaw for flaw, _ in named(Client.CONDA, TUNA_2020)] == [
        Flaw.DEAD_CHANNEL, Flaw.DEAD_CHANNEL, Flaw.CHANNEL_ALIAS,
    ]  # fmt: skip
    assert named(Client.CONDA, TUNA_2024) == []
    assert named(Client.PIP, PIP_OF_BLOGS) == [
        (Flaw.DEAD_MIRROR, "http://pypi.douban.com/simple"),
        (Flaw.PLAIN_HTTP, "http://pypi.douban.com/simple"),
        (Flaw.TRUSTED_HOST, "pypi.douban.com"),
    ]


@pytest.mark.parametrize(
    ("client", "text", "flaw"),
    [
        (Client.CONDA, "ssl_verify: false\n", Flaw.SSL_VERIFY),
        (Client.CONDA, "channels: [defaults, conda-forge]\n", Flaw.DEFAULTS_FIRST),
        (Client.CONDA, "channels: [default]\n", Flaw.MISSPELT_DEFAULTS),
        (Client.PIP, f"[global]\nextra-index-url = {INDEX}\n", Flaw.EXTRA_INDEX),
        (Client.PIP, "[global]\nindex-url = https://mirrors.aliyun.com/pytorch-wheels/cu128\n", Flaw.FLAT_INDEX),
        (Client.UV, 'index-url = "http://mirrors.aliyun.com/pypi/simple"\n', Flaw.PLAIN_HTTP),
    ],
)  # fmt: skip
def test_a_setting_that_breaks_things_is_named(client: Client, text: str, flaw: str) -> None:
    assert [name for name, _ in named(client, text)] == [flaw]


@pytest.mark.parametrize(
    ("client", "text"),
    [
        (Client.CONDA, "channels: [conda-forge, defaults]\nssl_verify: true\n"),
        (Client.CONDA, "channels: [conda-forge]\nchannel_alias: https://conda.lab.example\n"),
        (Client.CONDA, "proxy_servers:\n  http: http://proxy.example:3128\n"),
        (Client.PIP, "[global]\nextra-index-url = https://pypi.lab.example/simple\nproxy = http://p.example\n"),
        (Client.UV, '[[index]]\nurl = "https://lab.example/simple"\n'),
    ],
)  # fmt: skip
def test_what_works_has_no_flaw(client: Client, text: str) -> None:
    assert named(client, text) == []
