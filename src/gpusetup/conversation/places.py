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
    """One of them. `note` is the end of a code: `places.note.NOTE`; a name may be one too."""

    name: str
    kind: Kind
    address: str
    note: str


SERVICES: tuple[Service, ...] = (
    Service("Google Colab", Kind.FREE, "https://colab.research.google.com", "runtime"),
    Service("Kaggle", Kind.FREE, "https://www.kaggle.com/code", "phone"),
    Service("places.ai-studio", Kind.FREE, "https://aistudio.baidu.com", "in-china"),
    Service("places.modelscope", Kind.FREE, "https://modelscope.cn/my/mynotebook", "in-china"),
    Service("AutoDL", Kind.RENTED, "https://www.autodl.com", "image-in-china"),
    Service("Featurize", Kind.RENTED, "https://featurize.cn", "image-in-china"),
    Service("RunPod", Kind.RENTED, "https://www.runpod.io", "image"),
    Service("Vast.ai", Kind.RENTED, "https://vast.ai", "image"),
    Service("Lambda", Kind.RENTED, "https://lambda.ai", "machine"),
)  # fmt: skip


def of_kind(kind: Kind) -> tuple[Service, ...]:
    """Those of one kind, in the order in which they are shown."""
    return tuple(each for each in SERVICES if each.kind is kind)
