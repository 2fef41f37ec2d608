"""What a shell says that got the text of a node on its standard input."""

from __future__ import annotations

import os
import subprocess
from typing import Sequence

from gpusetup.compat_files import packaged_or_configured
from gpusetup.probe.node import NodeAnswer, read_node
from gpusetup.probe.node_block import NodeTrouble
from gpusetup.probe.node_script import PYTHONS, node_script
from tests.fixtures.drivers import FakeDriver

NONCE = "0123abcd"
SMI = f"""
if arguments[:1] == ['-L']:
    print('GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-1)')
elif not arguments:
    print('| NVIDIA-SMI 550.144.03   Driver Version: 550.144.03   CUDA Version: 12.4 |')
elif 'compute-apps' in arguments[0]:
    print('GPU-1, {os.getpid()}, 1024, /usr/bin/python3')
elif 'utilization' in arguments[0]:
    print('0, 37, Default')
else:
    print('0, NVIDIA A100-SXM4-40GB, GPU-1, 00000000:10:00.0, 550.144.03, 40960, 420, 8.0, Disabled')
"""


def said(
    environ: dict[str, str],
    shell: str = "sh",
    seconds: float = 10,
    pythons: Sequence[str] = PYTHONS,
) -> tuple[str, str]:
    """What `sh -s` prints on stdout and stderr, fed with our script."""
    script = node_script(NONCE, seconds=seconds, processes=True, pythons=pythons)
    done = subprocess.run(
        [*shell.split(), "-s"], input=script.encode(), capture_output=True, env=environ, timeout=60,
        check=True,
    )  # fmt: skip
    return done.stdout.decode(), done.stderr.decode()


def answer(text: str) -> NodeAnswer:
    found = read_node(text, NONCE, lambda: packaged_or_configured({}))
    assert isinstance(found, NodeAnswer), found
    return found


def trouble(text: str) -> str:
    found = read_node(text, NONCE, lambda: packaged_or_configured({}))
    assert isinstance(found, NodeTrouble)
    return found.code


def told(driver: FakeDriver, seconds: float = 10) -> NodeAnswer:
    return answer(said(driver.environment(), seconds=seconds)[0])
