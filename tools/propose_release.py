"""Propose the rows of a new torch release from what its own wheels on a package index say.

    python tools/propose_release.py 2.16.0 [--index URL] > proposal.yaml

The proposal is a matrix file of its own: look through it, then move its rows into `compat/`.
It covers the package index; rows of the wheel index and of conda channels are added by hand.
"""

from __future__ import annotations

import argparse
import ast
import datetime
import re
from collections import defaultdict
from dataclasses import dataclass, field

from wheel_index import Wheel, default_index, list_wheels, read_members

MEMBERS = re.compile(r"torch/version\.py|torch/cuda/__init__\.py|[^/]+\.dist-info/METADATA")
COMPANIONS = ("torchvision", "torchaudio")
PLATFORMS = (
    (re.compile(r"(?:manylinux\w*|linux)_(x86_64|aarch64)(?:\.\w+)*"), "linux-{0}"),
    (re.compile(r"win_amd64"), "windows-x86_64"),
    (re.compile(r"macosx_\d+_\d+_(arm64|x86_64)"), "macos-{0}"),
)


@dataclass
class Variant:
    """The wheels of one release for one platform with the same system requirement."""

    platform: str
    glibc: str | None = None
    macos: str | None = None
    wheels: list[Wheel] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def pythons(self) -> list[str]:
        """The Pythons of the wheels; free-threaded ones (cp314t) do not count."""
        tags = {wheel.python for wheel in self.wheels if not wheel.abi.endswith("t")}
        found = [tuple(map(int, re.findall(r"cp(\d)(\d+)", tag)[0])) for tag in tags]
        return [f"{major}.{minor}" for major, minor in sorted(found)]


def platform_of(tag: str) -> str | None:
    """ "manylinux_2_28_x86_64" -> "linux-x86_64"."""
    for pattern, name in PLATFORMS:
        found = pattern.fullmatch(tag)
        if found:
            return name.format(*found.groups())
    return None


def variants_of(wheels: list[Wheel]) -> list[Variant]:
    """The wheels of one release, put together by platform and system requirement."""
    found: dict[tuple[str, str | None, str | None], Variant] = {}
    for wheel in wheels:
        platform = platform_of(wheel.platform)
        if platform is None or wheel.abi.endswith("t"):
            continue
        libc = re.match(r"manylinux_(\d+)_(\d+)", wheel.platform)
        older = re.match(r"manylinux(1|2014)", wheel.platform)
        glibc = f"{libc[1]}.{libc[2]}" if libc else ("2.17" if older else None)
        mac = re.match(r"macosx_(\d+)_(\d+)", wheel.platform)
        macos = f"{mac[1]}.{mac[2]}" if mac else None
        key = (platform, glibc, macos)
        found.setdefault(key, Variant(platform, glibc, macos)).wheels.append(wheel)
    return [found[key] for key in sorted(found, key=lambda key: (key[0], key[2] or ""))]


def look_into(variant: Variant) -> None:
    """Read what one wheel of the variant says of itself."""
    wheel = sorted(variant.wheels, key=lambda wheel: wheel.filename)[-1]
    members, size = read_members(wheel.url, MEMBERS)
    text = {name.rpartition("/")[2]: content for name, content in members.items()}
    variant.facts["wheel_mib"] = str(round(size / 2**20) or 1)
    cuda = re.search(r"^cuda\b[^=]*=\s*['\"](\d+\.\d+)", text.get("version.py", ""), re.M)
    if cuda is None:
        return
    variant.facts["cuda_runtime"] = cuda[1]
    for name in ("cudnn", "nccl"):
        pin = re.search(rf"^Requires-Dist: nvidia-{name}\S*?==([\d.]+)", text["METADATA"], re.M)
        if pin:
            variant.facts[name] = pin[1]
    arch = variant.platform.rpartition("-")[2]
    compiled = compiled_architectures(text.get("__init__.py", ""), cuda[1], arch)
    variant.facts["architectures"] = " ".join(f"sm_{each}" for each in compiled)


def compiled_architectures(source: str, cuda: str, arch: str) -> list[int]:
    """What the release itself lists; torch uses it to warn of cards that it does not run on."""
    found = re.search(r"^PYTORCH_RELEASES_CODE_CC\b[^=]*= (\{.*?^\})", source, re.M | re.S)
    table = ast.literal_eval(found[1]) if found else {}
    return sorted(table.get(cuda, {}).get(arch, ()))


def companion_of(index: str, name: str, torch: str) -> tuple[str, list[Wheel]] | None:
    """The newest release of a companion that says it was made for this torch, with its wheels."""
    by_version: dict[str, list[Wheel]] = defaultdict(list)
    for wheel in list_wheels(index, name):
        if re.fullmatch(r"\d+(\.\d+)*", wheel.version):
            by_version[wheel.version].append(wheel)
    newest = sorted(by_version, key=lambda text: tuple(map(int, text.split("."))), reverse=True)
    for version in newest[:6]:
        linux = [each for each in by_version[version] if "linux" in each.platform]
        wheel = (linux or by_version[version])[0]
        members, _ = read_members(wheel.url, re.compile(r"[^/]+\.dist-info/METADATA"))
        pin = re.search(r"^Requires-Dist: torch ?\(?==([\d.]+)", "".join(members.values()), re.M)
        if pin and pin[1] == torch:
            return version, by_version[version]
    return None


def proposal(index: str, torch: str, today: str) -> str:
    """The matrix file that is proposed."""
    wheels = [wheel for wheel in list_wheels(index, "torch") if wheel.version == torch]
    if not wheels:
        raise SystemExit(f"the index has no wheels of torch {torch}")
    variants = variants_of(wheels)
    for variant in variants:
        look_into(variant)
    companions = {name: companion_of(index, name, torch) for name in COMPANIONS}
    uploaded = min((wheel.uploaded for wheel in wheels if wheel.uploaded), default=today)[:10]
    return "\n".join([*_head(today), *_release(torch, uploaded, variants, companions, today),
                      *_companions(companions, today)]) + "\n"  # fmt: skip


def _head(today: str) -> list[str]:
    return [
        "# Proposed: look through it before it goes into compat/.",
        "schema: gpusetup.compat/1",
        'minimum_gpusetup: "0.1.0"',
        f'updated: "{today}"',
        "sources:",
        '  pypi-index: "File lists of torch, torchvision and torchaudio on PyPI"',
        '  pypi-wheel: "torch/version.py and METADATA inside the wheel on PyPI"',
        '  release-table: "PYTORCH_RELEASES_CODE_CC in torch/cuda/__init__.py inside the wheel"',
    ]


def _release(
    torch: str,
    uploaded: str,
    variants: list[Variant],
    companions: dict[str, tuple[str, list[Wheel]] | None],
    today: str,
) -> list[str]:
    lines = ["releases:", f'  "{torch}":', f'    date: "{uploaded}"', "    builds:"]
    for variant in variants:
        facts = variant.facts
        runtime = facts.get("cuda_runtime")
        lines.append(f"      - build: {'cu' + runtime.replace('.', '') if runtime else 'cpu'}")
        lines.append("        origin: pypi")
        lines += [f'        {name}: "{facts[name]}"'
                  for name in ("cuda_runtime", "cudnn", "nccl") if name in facts]  # fmt: skip
        for name, found in companions.items():
            if found and any(platform_of(each.platform) == variant.platform for each in found[1]):
                lines.append(f'        {name}: "{found[0]}"')
        lines.append(f"        pythons: {_quoted(variant.pythons)}")
        lines += [f'        {name}: "{value}"'
                  for name, value in (("glibc", variant.glibc), ("macos", variant.macos))
                  if value]  # fmt: skip
        if runtime:
            lines.append(f"        architectures: {facts['architectures'] or '# not known'}")
        lines.append(f"        wheel_mib: {facts['wheel_mib']}")
        sources = ["pypi-index", "pypi-wheel", *(["release-table"] if runtime else [])]
        lines += [f"        source: [{', '.join(sources)}]", f'        checked: "{today}"']
        lines += ["        platforms:", f"          {variant.platform}: {{}}"]
    return lines


def _companions(companions: dict[str, tuple[str, list[Wheel]] | None], today: str) -> list[str]:
    lines: list[str] = []
    for name, found in companions.items():
        if found is None:
            continue
        lines += [f"  {name}:", f'    "{found[0]}":', "      source: [pypi-index]"]
        lines += [f'      checked: "{today}"', "      platforms:"]
        pythons: dict[str, set[str]] = defaultdict(set)
        for variant in variants_of(found[1]):
            pythons[variant.platform].update(variant.pythons)
        lines += [f"        {platform}: {_quoted(sorted(each, key=_order))}"
                  for platform, each in sorted(pythons.items())]  # fmt: skip
    return ["companions:", *lines] if lines else []


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _quoted(texts: list[str]) -> str:
    return "[" + ", ".join(f'"{text}"' for text in texts) + "]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("torch", help="the release, such as 2.16.0")
    parser.add_argument("--index", help="the package index; else the one that pip uses")
    arguments = parser.parse_args()
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    print(proposal(arguments.index or default_index(), arguments.torch, today), end="")


if __name__ == "__main__":
    main()
