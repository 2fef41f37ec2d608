"""A torch for a proof: the real one with code that spoils it, or one that is only code."""

from __future__ import annotations

from pathlib import Path

from gpusetup.verdict import Verdict
from tests.fixtures.torch_env import bare_environment, interpreter, site_packages

CRASH = "import ctypes; ctypes.string_at(0)"
PLAUSIBLE = """
import sys, types
class Anything:
    # every attribute is there, every call returns something, and every number is half of one
    def __init__(self, *_, **__): pass
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return Anything()
    def __call__(self, *_, **__): return self
    def __getitem__(self, _): return self
    def __iter__(self): return iter([self, self])
    def __len__(self): return 2
    def __float__(self): return 0.5
    def __int__(self): return 1
    def __bool__(self): return True
    def __eq__(self, _): return True
    def __lt__(self, _): return True
    __le__ = __gt__ = __ge__ = __contains__ = __eq__
    def __index__(self): return 1
    def __hash__(self): return 1
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def __str__(self): return "2.13.0+cu128"
    def tolist(self): return [0.5] * 65536
    def item(self): return 0.5
    def data_ptr(self): return 4096
    def numel(self): return 1
    def __setitem__(self, *_): pass
    def __setattr__(self, name, value):
        if name != "grad": object.__setattr__(self, name, value)
for name in "add sub mul truediv pow neg matmul radd rmul rsub iadd isub floordiv mod".split():
    setattr(Anything, f"__{name}__", lambda self, *_: self)
class Module(Anything, type(sys)):
    Tensor = Anything
    __version__ = "2.13.0+cu128"
    __file__ = __file__
    __path__ = []
    version = types.SimpleNamespace(cuda="12.8", hip=None)
    device = staticmethod(lambda kind, i=None: types.SimpleNamespace(type=kind, index=i))
    cuda = Anything()
    cuda.is_available = lambda: True
    cuda.device_count = lambda: 2
    cuda.get_device_capability = lambda *_: (8, 0)
    cuda.get_arch_list = lambda: ["sm_80"]
    cuda.get_device_properties = lambda *_: types.SimpleNamespace(name="A100", total_memory=2**33)
    backends = Anything()
    backends.cudnn = Anything()
    backends.cudnn.version = lambda: 91002
sys.modules["torch"] = Module("torch")
"""


def with_torch(folder: Path, source: str) -> str:
    """The interpreter of an environment whose `torch` is this text."""
    packages = bare_environment(folder / "env")
    (packages / "torch.py").write_text(source, encoding="utf-8")
    return str(interpreter(folder / "env"))


def sabotaged(folder: Path, torch_python: str, source: str) -> str:
    """The interpreter of an environment with the real torch, changed by this text."""
    packages = bare_environment(folder / "env", torch_python)
    real = site_packages(Path(torch_python).parent.parent)
    (packages / "sabotage.py").write_text(f"import torch\n{source}\n", encoding="utf-8")
    (packages / "sabotage.pth").write_text(f"{real}\nimport sabotage\n", encoding="utf-8")
    return str(interpreter(folder / "env"))


def failures(verdict: Verdict) -> list[tuple[str, str | None]]:
    return [(check.id, check.reason) for _, check in verdict.failures]
