"""A home, a mirror named tuna and the official sources, in the lab."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpusetup.mirrors.wheels import WantedWheel
from tests.lab import mirror_content as content
from tests.lab.mirror_sites import Site
from tests.lab.wheels import make_wheel

SECRET = "s3cr3t-pw"


@dataclass(frozen=True)
class Scene:
    """A home, a mirror named tuna and the official sources, in the lab."""

    home: Path
    official: Site
    tuna: Site
    environ: dict[str, str]

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "gpusetup", "mirrors", *words], capture_output=True, text=True,
            timeout=120, check=False, cwd=self.home, env={**self.environ, **more},
        )  # fmt: skip

    def document(self, *words: str, code: int = 0, **more: str) -> dict[str, Any]:
        done = self.run(*words, "--json", **more)
        assert done.returncode == code, done.stdout + done.stderr
        return dict(json.loads(done.stdout))

    def path(self, client: str) -> Path:
        names = {"conda": ".condarc", "pip": ".config/pip/pip.conf", "uv": ".config/uv/uv.toml", "pixi": ".pixi/config.toml"}  # fmt: skip
        return self.home / names[client]

    def put(self, client: str, text: str | bytes) -> Path:
        path = self.path(client)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def files(self) -> dict[str, bytes]:
        """All files of the home but our own notes and the clients' caches."""
        kept = [each for each in self.home.rglob("*") if each.is_file()]
        parts = {each: each.relative_to(self.home).parts for each in kept}
        return {str(each.relative_to(self.home)): each.read_bytes() for each in kept if not {".local", ".cache", "bin", "compat"} & set(parts[each])}  # fmt: skip


def publish_torch(root: Path, page: str, folder: str, wheel: WantedWheel | None) -> None:
    if wheel is None:
        content.publish(root / "simple" / "torch", make_wheel(root / "packages", "torch", "2.0.0"))
        return
    system, _, arch = wheel.platform.partition("-")
    platforms = {
        "linux": f"manylinux_2_28_{arch}",
        "macos": f"macosx_11_0_{arch}",
        "windows": "win_amd64",
    }
    tag = f"{wheel.python}-{wheel.python}-{platforms[system]}"
    made = make_wheel(
        root / folder, "torch", wheel.version, tag=tag, files={"filler.txt": "x" * 9000}
    )
    content.publish(root / page, made)


def row_of(site: Site, channels: tuple[str, ...], *, wheels: bool) -> dict[str, object]:
    cloud = content.row(base=f"{site.url}/anaconda/cloud", names=list(channels))
    main = content.row(base=f"{site.url}/anaconda", names=["pkgs/main"])
    return content.mirror(
        site, channels=[cloud, main], wheels=[content.row(url=f"{site.url}/whl", layout="pep503")] if wheels else [],
    )  # fmt: skip
