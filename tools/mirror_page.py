"""The page of docs/reference about mirrors: who has what, the addresses, what is dead."""

# ruff: noqa: E501 - sentences
from __future__ import annotations

from typing import Callable, Iterator, Sequence

from gpusetup.mirrors.catalogue import Layout, Mirror, Mirrors, Offer, Service, State

Say = Callable[..., str]
Table = Callable[[Sequence[str], Sequence[Sequence[str]]], str]

COLUMNS: tuple[tuple[Service, str], ...] = (
    (Service.INDEX, ""),
    (Service.CHANNEL, "conda-forge"),
    (Service.CHANNEL, "pytorch"),
    (Service.CHANNEL, "nvidia"),
    (Service.CHANNEL, "pkgs/main"),
    (Service.WHEELS, ""),
    (Service.INSTALLER, "miniforge"),
    (Service.INSTALLER, "miniconda"),
    (Service.CUDA_APT, ""),
    (Service.PYTHONS, ""),
)

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "mirrors.title": "Mirrors",
        "mirrors.intro": (
            "What `gpusetup` knows about mirrors in China, from the data of {updated}; the source of each "
            "row stands in [`compat/mirrors.yaml`](../../compat/mirrors.yaml). These are facts that were "
            "read, not promises: `gpusetup mirrors` asks a mirror for the very files that your clients will "
            "ask for, in their name, before it writes anything."
        ),
        "mirrors.how": (
            "- yes: carried. `late`: often behind its source. `campus`: only inside its network. A dash: not carried.\n"
            "- Wheels: `index` has pages for packages and serves as an index; `folder` is a folder of files, for find-links only.\n"
            "- `pkgs/main` is Anaconda's own channel. Its terms of service apply whichever mirror it comes through."
        ),
        "mirrors.columns": "Mirror|package index|conda-forge|pytorch|nvidia|pkgs/main|PyTorch wheels|Miniforge|Miniconda|CUDA for apt|Pythons for uv",
        "mirrors.addresses": "Addresses",
        "mirrors.rows": "What|Address|Remark|Read on",
        "mirrors.dead": "No longer to be used",
        "mirrors.dead.intro": (
            "Still found in guides and in people's files. `gpusetup mirrors --show` names them, and setting "
            "a mirror takes them out of conda's files."
        ),
        "mirrors.built-in": "built into the clients",
        "mirrors.comma": ", ",
        "mirrors.yes": "yes",
        "mirrors.lags": "late",
        "mirrors.restricted": "campus",
        "mirrors.index": "index",
        "mirrors.flat": "folder",
        "mirrors.what.index": "package index",
        "mirrors.what.channel": "channel {name}",
        "mirrors.what.wheels": "PyTorch wheels",
        "mirrors.what.installer": "{name}",
        "mirrors.what.cuda-apt": "CUDA for apt",
        "mirrors.what.pythons": "Pythons for uv",
    },
    "zh-CN": {
        "mirrors.title": "镜像源",
        "mirrors.intro": (
            "`gpusetup` 所知的国内镜像源，数据日期 {updated}；每一行的出处见 "
            "[`compat/mirrors.yaml`](../../compat/mirrors.yaml)。这些只是查阅到的资料，不是保证：`gpusetup mirrors` "
            "在写入任何设置之前，会以各客户端的名义，向镜像源请求它们将要下载的那些文件。"
        ),
        "mirrors.how": (
            "- 有：提供。`滞后`：常常落后于上游。`校内`：仅限其网络内部。短横线：不提供。\n"
            "- wheel：`软件源` 有软件包页面，可以当作源来用；`目录` 只是存放文件的目录，只能用于 find-links。\n"
            "- `pkgs/main` 是 Anaconda 自己的频道，无论经过哪个镜像源，都受其服务条款约束。"
        ),
        "mirrors.columns": "镜像源|软件源|conda-forge|pytorch|nvidia|pkgs/main|PyTorch wheel|Miniforge|Miniconda|apt 用的 CUDA|uv 用的 Python",
        "mirrors.addresses": "地址",
        "mirrors.rows": "内容|地址|备注|查阅日期",
        "mirrors.dead": "不要再使用",
        "mirrors.dead.intro": (
            "在教程和许多人的配置文件里仍然常见。`gpusetup mirrors --show` 会指出它们；设置镜像源时会把它们从 "
            "conda 的文件中去掉。"
        ),
        "mirrors.built-in": "客户端内置",
        "mirrors.comma": "，",
        "mirrors.yes": "有",
        "mirrors.lags": "滞后",
        "mirrors.restricted": "校内",
        "mirrors.index": "软件源",
        "mirrors.flat": "目录",
        "mirrors.what.index": "软件源",
        "mirrors.what.channel": "频道 {name}",
        "mirrors.what.wheels": "PyTorch wheel",
        "mirrors.what.installer": "{name}",
        "mirrors.what.cuda-apt": "apt 用的 CUDA",
        "mirrors.what.pythons": "uv 用的 Python",
    },
}


def mirrors_page(mirrors: Mirrors, language: str, say: Say, table: Table) -> Iterator[str]:
    """The picture of all, the addresses of each, and what is dead."""
    chinese = language != "en"
    yield say("generated")
    yield f"# {say('mirrors.title')}"
    yield say("mirrors.intro", updated=mirrors.updated)
    yield say("mirrors.how")
    rows = [
        [_name(each, chinese), *(_cell(each, *column, say) for column in COLUMNS)]
        for each in mirrors.mirrors
        if any(offer.state.usable for offer in each.offers)
    ]
    yield table(say("mirrors.columns").split("|"), rows)
    yield f"## {say('mirrors.addresses')}"
    for each in mirrors.mirrors:
        usable = [offer for offer in each.offers if offer.state.usable]
        if usable:
            yield f"### {_name(each, chinese)} (`{each.id}`)"
            yield table(
                say("mirrors.rows").split("|"), [_row(offer, chinese, say) for offer in usable]
            )
    yield f"## {say('mirrors.dead')}"
    yield say("mirrors.dead.intro")
    dead = [offer for each in mirrors.mirrors for offer in each.offers if offer.state is State.DEAD]
    yield table(say("mirrors.rows").split("|"), [_row(offer, chinese, say) for offer in dead])


def _name(mirror: Mirror, chinese: bool) -> str:
    return mirror.name_zh if chinese else mirror.name


def _cell(mirror: Mirror, service: Service, name: str, say: Say) -> str:
    found = mirror.usable(service, name)
    if not found:
        return "–"
    offer = found[0]
    kind = say("mirrors.flat" if offer.layout is Layout.FLAT else "mirrors.index")
    words = [kind if service is Service.WHEELS else say("mirrors.yes")]
    if offer.state is not State.GOOD:
        words = [*(words if service is Service.WHEELS else []), say(f"mirrors.{offer.state.value}")]
    return say("mirrors.comma").join(words)


def _row(offer: Offer, chinese: bool, say: Say) -> list[str]:
    what = say(f"mirrors.what.{offer.service.value}", name=offer.name)
    address = f"`{offer.url}`" if offer.url else say("mirrors.built-in")
    return [what, address, (offer.note_zh if chinese else offer.note) or "", offer.checked]
