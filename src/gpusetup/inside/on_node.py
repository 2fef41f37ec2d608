"""Runs one script of this folder in the interpreter of a node, where nothing of ours is installed.

It comes through standard input of the environment's own Python, with the scripts packed behind it.
They lie in a folder of the node for as long as this runs. Each event of the script becomes a line
"event {...}" on stdout, and how it ended the line "ending {...}": they are judged elsewhere.
"""

from __future__ import print_function

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib

GRACE_S = 5.0
MOST_STDERR = 4096


def main(packed, wish):
    """`packed`: the scripts; `wish`: what to run, with which words and limits."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # the time limit of a job
    folder = tempfile.mkdtemp(prefix="gpusetup-")
    try:
        unpack(packed, folder)
        tell("ending", run(folder, wish))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unpack(packed, folder):
    texts = json.loads(zlib.decompress(base64.b64decode(packed)).decode("utf-8"))
    for name, text in texts.items():
        with open(os.path.join(folder, os.path.basename(name)), "wb") as stream:
            stream.write(text.encode("utf-8"))
    os.mkdir(os.path.join(folder, "empty"))


def run(folder, wish):
    """Start the script, hand its events on, and say how it ended."""
    argv = [sys.executable, "-I", os.path.join(folder, wish["script"])] + wish["words"]
    ours, theirs = os.pipe()
    with open(os.path.join(folder, "stderr"), "w+b") as stderr:
        environ = environment(folder, wish, str(theirs))
        process = start(argv, environ, folder, stderr, theirs)
        os.close(theirs)
        try:
            timed_out = follow(process, ours, wish["limits"])
        finally:
            code = process.poll()
            end(process)
            os.close(ours)
        return {
            "exit_code": code,
            "timed_out": timed_out and code is None,
            "last_words": last_words(stderr),
        }


def start(argv, environ, folder, stderr, theirs):
    with open(os.devnull) as nothing:
        return subprocess.Popen(
            argv, env=environ, cwd=os.path.join(folder, "empty"), stdin=nothing, stdout=stderr,
            stderr=stderr, pass_fds=(theirs,), start_new_session=True,
        )  # fmt: skip


def environment(folder, wish, channel):
    """Without what misleads Python; caches go with the folder."""
    found = {name: value for name, value in os.environ.items() if name not in wish["removed"]}
    found.update({name: os.path.join(folder, name.lower()) for name in wish["caches"]})
    found[wish["channel"]] = channel
    return found


def follow(process, channel, limits):
    """Hand on events until the script ends. Returns whether it ran out of time."""
    last = time.time() + limits["whole_s"]
    deadline = min(last, time.time() + limits["import_s"])
    rest = b""
    while time.time() < deadline:
        ready = select.select([channel], [], [], 0.5)[0]
        if not ready:
            if process.poll() is not None:  # a child of it may hold the pipe for ever
                return False
            continue
        piece = os.read(channel, 1 << 16)
        if not piece:
            return not waited(process)
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()
        for line in lines:
            event = hand_on(line)
            if event is None:
                continue
            if event.get("event") == "end":
                waited(process)
                return False
            slow = event.get("check") in limits["slow"]
            deadline = min(last, time.time() + limits["import_s" if slow else "check_s"])
    return True


def hand_on(line):
    """Tell an event, if the line is one: a library may write where it should not."""
    try:
        event = json.loads(line.decode("utf-8", "replace"))
    except ValueError:
        return None
    if not isinstance(event, dict) or "event" not in event:
        return None
    tell("event", event)
    return event


def tell(kind, value):
    out = getattr(sys.stdout, "buffer", sys.stdout)
    out.write((kind + " " + json.dumps(value) + "\n").encode("ascii"))
    out.flush()


def waited(process):
    """It has said all, so it should go. A driver or a library may still hold it."""
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def end(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        pass
    try:  # a process in an uninterruptible driver call cannot even be killed: leave it behind
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        pass


def last_words(stderr):
    stderr.seek(0, os.SEEK_END)
    stderr.seek(max(0, stderr.tell() - MOST_STDERR))
    lines = stderr.read().decode("utf-8", "replace").splitlines()
    found = [line.strip() for line in lines if line.strip()]
    return found[-1] if found else None
