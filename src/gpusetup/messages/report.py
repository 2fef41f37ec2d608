"""Sentences about pasted reports."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "report.empty": "There is nothing in this report: it is empty.",
    "report.empty.next": (
        "Run `nvidia-smi > report.txt` on the machine in question and pass that file."
    ),
    "report.binary": "This is binary data ({characters} characters), not the text of a report.",
    "report.binary.next": "Copy the output as text, not as a picture or an archive.",
    "report.nothing": (
        "No driver, GPU or known error text stands in these {lines} lines."
        " The first one is: {first}"
    ),
    "report.nothing.next": (
        "Readable are the outputs of `nvidia-smi`, `nvidia-smi -q`, `nvidia-smi -q -x`,"
        " `nvidia-smi -L`, `nvidia-smi --query-gpu=... --format=csv` and"
        " `python -m torch.utils.collect_env`."
    ),
}
