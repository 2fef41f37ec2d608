"""Configuration files as people have them: of all shapes, readable and broken."""

from __future__ import annotations

from dataclasses import dataclass

from gpusetup.mirrors.catalogue import Client


@dataclass(frozen=True)
class File:
    """One file. `line`: the line that is broken; None: the client can read it."""

    client: Client
    name: str
    content: bytes
    line: int | None = None


def _conda(name: str, text: str | bytes, line: int | None = None) -> File:
    return File(Client.CONDA, name, text if isinstance(text, bytes) else text.encode(), line)


def _pip(name: str, text: str | bytes, line: int | None = None) -> File:
    return File(Client.PIP, name, text if isinstance(text, bytes) else text.encode(), line)


def _uv(name: str, text: str | bytes, line: int | None = None) -> File:
    return File(Client.UV, name, text if isinstance(text, bytes) else text.encode(), line)


def _pixi(name: str, text: str, line: int | None = None) -> File:
    return File(Client.PIXI, name, text.encode(), line)


TUNA_2018 = """channels:
  - https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/free/
  - https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/main/
  - https://mirrors.tuna.tsinghua.edu.cn/anaconda/cloud/conda-forge/
  - defaults
show_channel_urls: true
"""

TUNA_2020 = """channels:
  - defaults
show_channel_urls: true
channel_alias: https://mirrors.tuna.tsinghua.edu.cn/anaconda
default_channels:
  - https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/main
  - https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/free
  - https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/r
  - https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/pro
  - https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/msys2
custom_channels:
  conda-forge: https://mirrors.tuna.tsinghua.edu.cn/anaconda/cloud
  msys2: https://mirrors.tuna.tsinghua.edu.cn/anaconda/cloud
  bioconda: https://mirrors.tuna.tsinghua.edu.cn/anaconda/cloud
  menpo: https://mirrors.tuna.tsinghua.edu.cn/anaconda/cloud
  pytorch: https://mirrors.tuna.tsinghua.edu.cn/anaconda/cloud
  simpleitk: https://mirrors.tuna.tsinghua.edu.cn/anaconda/cloud
"""

TUNA_2024 = """channels:
  - defaults
show_channel_urls: true
default_channels:
  - https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/main
  - https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/r
  - https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/msys2
custom_channels:
  conda-forge: https://mirrors.tuna.tsinghua.edu.cn/anaconda/cloud
  pytorch: https://mirrors.tuna.tsinghua.edu.cn/anaconda/cloud
"""

PIP_OF_BLOGS = """[global]
index-url = http://pypi.douban.com/simple
timeout = 6000
[install]
trusted-host = pypi.douban.com
"""

CONDA = (
    _conda("empty", ""),
    _conda("only-white-space", "\n  \n\n"),
    _conda("only-comments", "# nothing yet\n#channels:\n#  - defaults\n"),
    _conda("comment-without-line-end", "# mine"),
    _conda("document-start", "---\nchannels:\n- conda-forge\n"),
    _conda("miniforge", "channels:\n  - conda-forge\n"),
    _conda("miniconda", "channels:\n  - defaults\n"),
    _conda("dashes-at-the-margin", "channels:\n- defaults\n- pytorch\nauto_activate_base: false\n"),
    _conda("flow", "{channels: [conda-forge, pytorch], auto_activate_base: false}\n"),
    _conda("flow-inside", "channels: [conda-forge]  # mine\ncustom_channels: {bioconda: 'https://conda.anaconda.org'}\n"),
    _conda(
        "comments-everywhere",
        "# head\n\nchannels:   # which\n  # first\n  - conda-forge  # the good one\n\n  - pytorch\n"
        "# between\nssl_verify: true # keep\n\n\n# the end\n",
    ),
    _conda(
        "anchors",
        "_base: &base https://mirrors.bfsu.edu.cn/anaconda/cloud\n"
        "custom_channels: &map\n  bioconda: *base\n  menpo: *base\nother: *map\nchannels: [bioconda]\n",
    ),
    _conda("merge-key", "_m: &m\n  bioconda: https://conda.anaconda.org\ncustom_channels:\n  <<: *m\n  mine: https://a.example\n"),
    _conda("windows", TUNA_2024.replace("\n", "\r\n")),
    _conda("bom", b"\xef\xbb\xbf" + TUNA_2024.encode()),
    _conda("bom-and-windows", b"\xef\xbb\xbf" + TUNA_2018.replace("\n", "\r\n").encode()),
    _conda("mixed-line-ends", "channels:\r\n  - conda-forge\nauto_update_conda: false\r\n# x\n"),
    _conda("no-last-line-end", "channels:\n  - conda-forge"),
    _conda("tuna-2018", TUNA_2018),
    _conda("tuna-2020", TUNA_2020),
    _conda("tuna-2024", TUNA_2024),
    _conda("plain-http", TUNA_2024.replace("https", "http") + "ssl_verify: false\n"),
    _conda(
        "credentials",
        "proxy_servers:\n  https: http://zhang:s3cr3t-pw@proxy.example:8080\n"
        "channels:\n  - https://conda.anaconda.org/t/zh-0a1b2c3d/lab\n  - conda-forge\n",
    ),
    _conda("empty-keys", "channels:\ncustom_channels:\ndefault_channels: []\n"),
    _conda("quotes", "channels: ['conda-forge', \"pytorch\"]\nenvs_dirs:\n    - '~/envs'\n"),
    _conda("deep-indent", "channels:\n        - conda-forge\n        - pytorch\ncreate_default_packages:\n        - pip\n"),
    _conda("chinese", "# 清华源 — 实验室统一配置\nchannels:\n  - conda-forge # 默认\n"),
    _conda("long-lines", "channels:\n  - conda-forge\nenv_prompt: '" + "x" * 500 + "'\n"),
    _conda("block-text", "channels: [conda-forge]\nenv_prompt: |\n  two\n    lines\n\nchangeps1: >-\n  folded\n  text\n"),
    _conda("tagged", "channels: [conda-forge]\nodd: !mine 1\nwhen: 2024-01-02\nbig: 1_000\n"),
    _conda("channel-alias-of-its-own", "channel_alias: https://conda.lab.example\nchannels: [lab]\n"),
    _conda("channel-in-the-singular", "channel:\n  - conda-forge\n"),
    _conda("directive", "%YAML 1.1\n---\nchannels: [conda-forge]\nchangeps1: yes\n"),
    _conda("flow-over-lines", "channels: [\n  conda-forge,\n  pytorch # old\n]\ncustom_channels: {\n  # first\n  bioconda: https://conda.anaconda.org, # mine\n}\n# end\n"),
    _conda("four-spaces", "custom_channels:\n    # inner\n    bioconda:  https://conda.anaconda.org\n\nchannels:\n\n  - conda-forge\n\n  - pytorch\n"),
    _conda("numbers", "channels: [conda-forge]\na: 010\nb: 1e3\nc: 0o7\nd: ~\n"),
    _conda(
        "comments-between-old-entries",
        "# A\ndefault_channels:\n  # B\n  - https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/main\n  # C\n"
        "  - https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/free  # why\n  # D\nchannels:\n  # E\n"
        "  - https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/free/\n  # F\n  - defaults\n# G\n"
        "channel_alias: https://mirrors.tuna.tsinghua.edu.cn/anaconda\n# H\n",
    ),
    _conda("huge", "channels:\n  - conda-forge\n" + "".join(f"# note {n}\nkey_{n}: {n}\n" for n in range(150))),
)  # fmt: skip

PIP = (
    _pip("empty", ""),
    _pip("only-comments", "; nothing\n# here\n"),
    _pip("of-blogs", PIP_OF_BLOGS),
    _pip("comments", "# head\n[global]\n; why\nindex-url = https://mirrors.aliyun.com/pypi/simple/\n\n# tail\n"),
    _pip("no-spaces", "[global]\nindex-url=https://mirrors.aliyun.com/pypi/simple\ntimeout=60\n"),
    _pip("colons", "[global]\nindex-url: https://mirrors.aliyun.com/pypi/simple\n"),
    _pip("underscores-and-capitals", "[global]\nIndex_URL = https://mirrors.aliyun.com/pypi/simple\n"),
    _pip("windows", PIP_OF_BLOGS.replace("\n", "\r\n")),
    _pip("bom", b"[global]\ntimeout = 60\n"),
    _pip("no-last-line-end", "[global]\ntimeout = 60"),
    _pip("only-install", "[install]\nindex-url = https://mirrors.aliyun.com/pypi/simple\n"),
    _pip("several-lines", "[global]\nextra-index-url =\n    https://a.example/simple\n    https://b.example/simple\nfind-links = /wheels\n"),
    _pip("credentials", "[global]\nextra-index-url = https://__token__:s3cr3t-pw@pypi.lab.example/simple\nproxy = http://zhang:s3cr3t-pw@proxy.example:3128\n"),
    _pip("percent", "[global]\nproxy = http://a%20b@proxy.example\ncache-dir = %HOME%\\pip\n"),
    _pip("not-utf-8", "[global]\n; 清华源\ntimeout = 60\n".encode("gbk")),
    _pip("indented", "[global]\n    index-url = https://mirrors.aliyun.com/pypi/simple\n    timeout = 5\n"),
    _pip("indented-lines-of-a-value", "[global]\n  timeout = 5\n  extra-index-url =\n     https://a.example:8080/simple\n     https://b.example/simple\n"),
    _pip("default-section", "[DEFAULT]\nretries = 3\n[global]\n"),
    _pip("empty-section", "[global]\n\n[install]\nno-binary = :none:\n"),
)  # fmt: skip

UV = (
    _uv("empty", ""),
    _uv("comments", "# mine\n"),
    _uv("keys", 'native-tls = true # proxy\ncache-dir = "/data/uv"\n'),
    _uv("legacy", 'index-url = "https://mirrors.aliyun.com/pypi/simple/"\n\n[pip]\nno-deps = false\n'),
    _uv("other-index", '[[index]]\nname = "lab"\nurl = "https://lab.example/simple"\nexplicit = true\n'),
    _uv("other-default", '# one\n[[index]]\nurl = "https://mirrors.aliyun.com/pypi/simple"  # fast\ndefault = true\n\n[[index]]\nname = "lab"\nurl = "https://lab.example/simple"\n'),
    _uv("inline", 'index = [{ url = "https://lab.example/simple", name = "lab" }]\n'),
    _uv("windows", 'native-tls = true\r\n\r\n[pip]\r\nno-deps = true\r\n'),
    _uv("bom", b"\xef\xbb\xbfnative-tls = true\n"),
    _uv("array-over-lines", 'index = [\n  {url = "https://mirrors.aliyun.com/pypi/simple", default = true}, # fast\n  {url = "https://lab.example/simple"},\n]\n'),
    _uv("dotted", 'pip.no-deps = true\nnative-tls = true\n'),
    _uv("pip-table", '[pip]\nindex-url = "https://mirrors.aliyun.com/pypi/simple"\n'),
    _uv("no-last-line-end", "native-tls = true"),
    _uv("credentials", '[[index]]\nname = "lab"\nurl = "https://zhang:s3cr3t-pw@lab.example/simple"\n'),
)  # fmt: skip

PIXI = (
    _pixi("empty", ""),
    _pixi("keys", 'default-channels = ["conda-forge"]\n\n[repodata-config]\ndisable-zstd = true # old\n'),
    _pixi("mirrors", '[mirrors]\n# before\n"https://conda.anaconda.org/bioconda" = ["https://a.example/bioconda"]\n'),
    _pixi("pypi", '[pypi-config]\nindex-url = "https://mirrors.aliyun.com/pypi/simple"\nkeyring-provider = "disabled"\n'),
)  # fmt: skip

READABLE = (*CONDA, *PIP, *UV, *PIXI)

BROKEN = (
    _conda("tab", "channels:\n\t- conda-forge\n", 2),
    _conda("key-twice", "channels:\n  - a\nssl_verify: true\nchannels:\n  - b\n", 4),
    _conda("bracket", "channels: [conda-forge\nauto_activate_base: false\n", 2),
    _conda("quote", 'channels:\n  - "conda-forge\n', 2),
    _conda("two-documents", "channels: [a]\n---\nchannels: [b]\n", 2),
    _conda("a-list", "# x\n- conda-forge\n", 2),
    _conda("unknown-alias", "channels:\n  - *nobody\n", 2),
    _conda("not-utf-8", "# ok\n# 清华源\nchannels: [a]\n".encode("gbk"), 2),
    _conda("bad-indent", "channels:\n  - a\n auto: b\n", 3),
    _conda("channels-is-text", "auto_activate_base: false\nchannels: conda-forge\n", 2),
    _pip("no-section", "index-url = https://a.example\n", 1),
    _pip("key-twice", "[global]\ntimeout = 1\ntimeout = 2\n", 3),
    _pip("section-twice", "[global]\ntimeout = 1\n[global]\n", 3),
    _pip("prose", "[global]\nuse the mirror of the lab\n", 2),
    _pip("utf-16", "[global]\ntimeout = 1\n".encode("utf-16"), 1),
    _uv("key-twice", "native-tls = true\nnative-tls = false\n", 2),
    _uv("no-quotes", "# x\nindex-url = https://a.example\n", 2),
    _uv("table-twice", "[pip]\n[pip]\n", 2),
    _uv("open", "index = [\n  1,\n", 2),
    _pixi("no-value", "[mirrors]\na =\n", 2),
)  # fmt: skip
