"""Tell what a node is, as records in one marked block: `python3 - NONCE SECONDS WISHES`.

With its two parts it is one program for the node's own Python, from 3.6 on and without anything
else. It comes through standard input, writes no file, and ends in time: every source is asked in
a process of its own. It judges nothing. The readers in `gpusetup/probe` do, the same that judge
this machine; `node.sh` tells the same records where there is no Python.

A record is a line "=KIND KEY" and lines of text that begin with "|". A zero byte is told as \\1.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time

from gpusetup_node_facts import (
    record,
    tell_cards,
    tell_libraries,
    tell_memory_groups,
    tell_place,
    tell_pythons,
    tell_system,
    tell_text,
    tell_wish,
)
from gpusetup_node_nvml import Nvml

HEAD_START_S = 4.0  # for NVML, before nvidia-smi is asked beside it
BASE = "index,name,uuid,pci.bus_id,driver_version,memory.total,memory.used"
CSV = "--format=csv,noheader,nounits"


class Source:
    """A process of ours that tells records through a pipe; it may hang or crash."""

    def __init__(self, name, work, seconds):
        self.name, self.text, self.exit = name, b"", "timeout"
        self.pipe, writer = os.pipe()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self.be_the_child(writer, work, seconds)
            finally:
                os._exit(70)
        os.close(writer)

    def be_the_child(self, writer, work, seconds):
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):  # else the connection would stay open as long as a hung child
            os.dup2(nothing, number)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(int(seconds) + 3)  # should the parent be killed

        def tell(line):
            data = (line + "\n").encode("utf-8", "replace")
            while data:
                data = data[os.write(writer, data) :]

        try:
            work(tell)
        except Exception as error:  # whatever a source does, it only records
            record(tell, "failed", self.name, "%s: %s" % (type(error).__name__, error))
        os._exit(0)

    def read(self):
        """Take what it has told. Whether it goes on."""
        piece = os.read(self.pipe, 65536)
        self.text += piece
        if not piece:
            _pid, status = os.waitpid(self.pid, 0)
            is_killed = os.WIFSIGNALED(status)
            self.exit = str(-os.WTERMSIG(status) if is_killed else os.WEXITSTATUS(status))
        return bool(piece)

    def stop(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except OSError:
            pass

    def lines(self):
        """What it told, without a line that was cut, and how it ended."""
        told = self.text.decode("utf-8", "replace").split("\n")[:-1]
        return ["=source " + self.name] + told + ["=exit " + self.name, "|" + self.exit]


def gather(deadline, wishes):
    """Ask all sources at once; nvidia-smi only if NVML fails or is slow, processes after it."""
    left = max(1.0, deadline - time.time())
    begun = [
        Source("nvml", ask_nvml, left),
        Source("system", lambda tell: tell_machine(tell, wishes), left),
        Source("libcuda", ask_libcuda, left),
    ]
    begun += [Source("place", lambda tell, each=each: tell_place(tell, each), left)
              for kind, each in wishes if kind == "place"]  # fmt: skip
    nvml, open_ones, smi_from = begun[0], list(begun), time.time() + HEAD_START_S
    while open_ones and time.time() < deadline:
        wait = max(0.0, min(0.5, deadline - time.time()))
        pipes = select.select([each.pipe for each in open_ones], [], [], wait)[0]
        open_ones = [each for each in open_ones if each.pipe not in pipes or each.read()]
        is_late = nvml in open_ones and time.time() > smi_from
        if (is_late or nvml not in open_ones) and smi_from:
            more = later_sources(nvml, wishes, max(1.0, deadline - time.time()))
            begun, open_ones, smi_from = begun + more, open_ones + more, 0
    for each in open_ones:
        each.stop()
    return [line for each in begun for line in each.lines()]


def later_sources(nvml, wishes, seconds):
    if b'"end", "value": true' in nvml.text:
        pids = sorted(set(processes_in(nvml.text.decode("utf-8", "replace"))))
        if not any(kind == "processes" for kind, _what in wishes):
            return []
        return [Source("processes", lambda tell: tell_processes(tell, pids), seconds)]
    return [Source("nvidia-smi", ask_smi, seconds)]


# what each source does


def tell_machine(tell, wishes):
    for part in (tell_system, tell_cards, tell_libraries, tell_memory_groups):
        part(tell)
    for kind, what in wishes:
        if kind != "place":
            tell_wish(tell, kind, what)
    tell_pythons(tell)  # last: a folder of PATH may lie on a network disk that hangs


def ask_nvml(tell):
    record(tell, "lines", "nvml")
    Nvml(tell).ask()


def ask_libcuda(tell):
    import ctypes

    record(tell, "lines", "libcuda")
    try:
        library = ctypes.CDLL("libcuda.so.1")
    except OSError as error:
        tell("|absent\t%s" % error)
        return
    version, path = ctypes.c_int(), ""
    code = library.cuDriverGetVersion(ctypes.byref(version))
    with open("/proc/self/maps", errors="replace") as maps:
        for line in maps:
            if not path and "/libcuda.so" in line:
                path = line[line.index("/") :].strip()
    tell("|answer\t%d\t%d\t%s" % (code, version.value, path))


def ask_smi(tell):
    """Its query, and its table for the CUDA version; it tells errors on stdout."""
    for fields in (BASE + ",compute_cap,mig.mode.current", BASE):
        code, text = call_smi(tell, "--query-gpu=" + fields, CSV)
        if code is None:
            return
        if code != 2 and "not a valid field" not in text:
            break
    call_smi(tell)
    call_smi(tell, "-L")
    call_smi(tell, "--query-gpu=index,utilization.gpu,compute_mode", CSV)
    call_smi(tell, "--query-compute-apps=gpu_uuid,pid,used_memory,process_name", CSV)


def call_smi(tell, *arguments):
    environ = {key: value for key, value in os.environ.items() if key != "LD_LIBRARY_PATH"}
    environ["LC_ALL"] = "C"
    for program in ("nvidia-smi", "/usr/lib/wsl/lib/nvidia-smi"):
        record(tell, "asking", " ".join(("nvidia-smi",) + arguments))
        try:
            child = subprocess.Popen((program,) + arguments, env=environ, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
        except OSError as error:
            problem = error
            continue
        text = child.communicate()[0].decode("utf-8", "replace")
        record(tell, "smi", "%d %s" % (child.returncode, " ".join(arguments)), text)
        return child.returncode, text
    record(tell, "no-smi", str(problem.errno))
    return None, ""


def processes_in(text):
    """The numbers of the processes in NVML's answers."""
    for line in text.split("\n"):
        facts = json.loads(line[1:]) if line.startswith("|{") else {}
        value = facts.get("value")
        if isinstance(value, dict):
            lists = [value] + [each.get("processes") for each in value.get("slices", [])]
            for each in lists:
                for process in (each or {}).get("list", []):
                    yield process["pid"]


def tell_processes(tell, pids):
    import pwd

    users = {os.getuid()}
    tell_text(tell, "/proc/1/stat")
    for pid in pids:
        for name in ("status", "loginuid", "cmdline", "comm", "stat", "cgroup"):
            tell_text(tell, "/proc/%d/%s" % (pid, name))
        tell_open_devices(tell, "/proc/%d/fd" % pid)
        users |= users_of(pid)
    for user in sorted(users):
        try:
            record(tell, "user", user, pwd.getpwuid(user).pw_name)
        except (KeyError, OverflowError):
            record(tell, "user", user, str(user))


def users_of(pid):
    found = set()
    for name in ("status", "loginuid"):
        lines = []
        record(lines.append, "", "")
        tell_text(lines.append, "/proc/%d/%s" % (pid, name))
        for line in lines:
            words = line[1:].split()
            if words[:1] == ["Uid:"] or (name == "loginuid" and line[:1] == "|"):
                found |= {int(each) for each in words if each.isdigit()}
    return {each for each in found if each < 2**32 - 1}


def tell_open_devices(tell, folder):
    """The driver's files that a process holds open: in a container numbers may be another's."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        try:
            target = os.readlink(folder + "/" + name)
        except OSError:
            continue
        if "/nvidia" in target:
            record(tell, "opened", folder, target)


# the block


def checksum(data):
    """What POSIX `cksum` prints: the shell has nothing else."""
    table = []
    for byte in range(256):
        value = byte << 24
        for _bit in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        table.append(value)
    found, length = 0, len(data)
    while length:
        data, length = data + bytes([length & 255]), length >> 8
    for byte in data:
        found = (found << 8 & 0xFFFFFFFF) ^ table[found >> 24 ^ byte]
    return ~found & 0xFFFFFFFF


def main(nonce, seconds, wishes):
    os.environ["LC_ALL"] = "C"
    deadline = time.time() + float(seconds)
    pairs = [line.split(" ", 1) for line in wishes.split("\n") if " " in line]
    lines = gather(deadline, pairs)
    data = "".join(line + "\n" for line in lines).encode("utf-8", "replace")
    out = ["", "<<gpusetup-node 1 " + nonce]
    out += [":" + line for line in lines]
    out += [">>gpusetup-node %s %d %d" % (nonce, len(data), checksum(data)), ""]
    sys.stdout.flush()
    whole = "\n".join(out).encode("utf-8", "replace")
    while whole:
        whole = whole[os.write(1, whole) :]
    os._exit(0)  # children that hang in the kernel are left behind


if __name__ == "__main__":
    main(*sys.argv[1:4])
