"""Where people without a GPU get to one. Names and addresses only: prices and quotas change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

CHECKED = "2026-11-28"


class Kind(str, Enum):
    FREE = "free"  # for some hours, in the browser
    RENTED = "rented"  # by the hour


@dataclass(frozen=True)
class Service:
    """One of them. `note` is the end of a code: `place.note.NOTE`."""

    name: str
    kind: Kind
    address: str
    note: str
    name_zh: str = ""


SERVICES: tuple[Service, ...] = (
    Service("Google Colab", Kind.FREE, "https://colab.research.google.com", "runtime"),
    Service("Kaggle", Kind.FREE, "https://www.kaggle.com/code", "phone"),
    Service("AI Studio (Baidu)", Kind.FREE, "https://aistudio.baidu.com", "in-china",
            "百度 AI Studio"),
    Service("ModelScope Notebook", Kind.FREE, "https://modelscope.cn/my/mynotebook", "in-china",
            "魔搭 ModelScope Notebook"),
    Service("AutoDL", Kind.RENTED, "https://www.autodl.com", "image-in-china"),
    Service("Featurize", Kind.RENTED, "https://featurize.cn", "image-in-china"),
    Service("RunPod", Kind.RENTED, "https://www.runpod.io", "image"),
    Service("Vast.ai", Kind.RENTED, "https://vast.ai", "image"),
    Service("Lambda", Kind.RENTED, "https://lambda.ai", "machine"),
)  # fmt: skip


def of_kind(kind: Kind) -> tuple[Service, ...]:
    """Those of one kind, in the order in which they are shown."""
    return tuple(each for each in SERVICES if each.kind is kind)
