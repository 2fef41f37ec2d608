"""What a node's files and system tell, as records; a part of the program that `node.py` begins."""

import os
import re
import sys

ROOT = os.environ.get("GPUSETUP_ROOT", "/")  # a tree of files to look at instead of the machine's
LONGEST_TEXT = 65536


def real(path):
    return path if ROOT == "/" else os.path.join(ROOT, path.lstrip("/"))


def text_of(path):
    """A file's text, not more than some; None if it cannot be read."""
    try:
        with open(real(path), "rb") as file:
            return file.read(LONGEST_TEXT).decode("utf-8", "replace").replace("\0", "\1")
    except (OSError, ValueError):
        return None


def names_in(path):
    try:
        return sorted(os.listdir(real(path)))
    except (OSError, ValueError):
        return []


def record(tell, kind, key, text=None):
    tell("=%s %s" % (kind, key))
    for line in [] if text is None else text.split("\n"):
        tell("|" + line.rstrip("\r"))


def tell_text(tell, path):
    text = text_of(path)
    if text is not None:
        record(tell, "text", path, text)


# what was asked for


def tell_wish(tell, kind, what):
    if kind == "text":
        tell_text(tell, what)
    elif kind == "names":
        record(tell, "names", what, "\n".join(names_in(what)[:2000]))
    elif kind == "exists" and os.path.exists(real(what)):
        record(tell, "exists", what, "folder" if os.path.isdir(real(what)) else "file")
    elif kind == "value" and what in os.environ:
        record(tell, "value", what, os.environ[what].replace("\n", " "))
    elif kind == "mark" and os.environ.get(what):
        record(tell, "value", what, "1")  # only that it is set
    elif kind == "program":
        tell_program(tell, what)
    elif kind == "place":
        tell_place(tell, what)


def tell_program(tell, name):
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        path = os.path.join(folder, name)
        if folder and os.path.isfile(real(path)) and os.access(real(path), os.X_OK):
            record(tell, "program", name, path)
            break


def tell_place(tell, path):
    """Whether a folder is there, whether we may write there, and the room on its disk."""
    place = os.path.expanduser(path)
    kind = "folder" if os.path.isdir(place) else "file" if os.path.exists(place) else "nothing"
    room = place
    while kind == "nothing" and not os.path.exists(room) and room != os.path.dirname(room):
        room = os.path.dirname(room)
    found = os.statvfs(room)
    free = found.f_bavail * found.f_frsize >> 20
    may = "writable" if os.access(room, os.W_OK) else "read-only"
    record(tell, "place", path, "\n".join([place, kind, may, str(free)]))


# what is always told


def tell_system(tell):
    found = os.uname()
    facts = {"sysname": found.sysname, "machine": found.machine, "kernel": found.release,
             "host": found.nodename, "uid": str(os.getuid()), "told-by": "python",
             "ticks": str(os.sysconf("SC_CLK_TCK")), "home": os.path.expanduser("~"),
             "python": "%d.%d.%d" % sys.version_info[:3], "python-path": sys.executable or "",
             "root": ROOT}  # fmt: skip
    try:
        facts["memory-mib"] = str(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20)
        facts["libc"] = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        pass  # musl
    for name in sorted(facts):
        record(tell, "fact", name, facts[name])


def tell_pythons(tell):
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        for name in names_in(folder) if folder else []:
            if re.match(r"python3\.\d+$", name):
                record(tell, "interpreter", name[6:], os.path.join(folder, name))


def tell_memory_groups(tell):
    """The limits of this process's group and of all above it."""
    folders = {"/sys/fs/cgroup", "/sys/fs/cgroup/memory"}
    for line in (text_of("/proc/self/cgroup") or "").splitlines():
        controllers, path = (line.split(":", 2) + ["", ""])[1:3]
        if controllers in ("", "memory"):
            parts = [each for each in path.split("/") if each not in ("", "..")]
            base = "/sys/fs/cgroup/memory" if controllers else "/sys/fs/cgroup"
            folders |= {"/".join([base] + parts[:count]) for count in range(1, len(parts) + 1)}
    for folder in sorted(folders):
        for name in ("memory.max", "memory.limit_in_bytes", "memory.swap.max"):
            tell_text(tell, folder + "/" + name)


def tell_cards(tell):
    """NVIDIA's display devices on the PCI bus, the module's own list, the device files."""
    bus = "/sys/bus/pci/devices"
    try:
        slots = sorted(os.listdir(real(bus)))
        record(tell, "pci-bus", "ok")
    except OSError as error:
        slots = record(tell, "pci-bus", "absent", error.strerror) or []
    for slot in slots:
        words = [(text_of("%s/%s/%s" % (bus, slot, name)) or "").strip().lower()
                 for name in ("vendor", "class", "device")]  # fmt: skip
        if words[0] == "0x10de" and words[1].startswith("0x03"):
            try:
                driver = os.path.basename(os.readlink(real("%s/%s/driver" % (bus, slot))))
            except OSError:
                driver = ""
            record(tell, "pci", slot, words[2][2:] + "\n" + driver)
    for slot in names_in("/proc/driver/nvidia/gpus"):
        tell_text(tell, "/proc/driver/nvidia/gpus/%s/information" % slot)
    for name in names_in("/dev"):
        if re.match(r"nvidia\d+$", name) or name in ("nvidiactl", "nvidia-uvm", "dxg"):
            may = os.access(real("/dev/" + name), os.R_OK | os.W_OK)
            record(tell, "device", name, "open" if may else "closed")


FOLDERS = (
    "usr/lib/wsl/lib",
    "usr/lib/x86_64-linux-gnu",
    "usr/lib/aarch64-linux-gnu",
    "usr/lib64",
    "usr/lib64/nvidia",
    "usr/lib",
    "usr/local/nvidia/lib64",
    "run/opengl-driver/lib",
)


def tell_libraries(tell):
    """The files of the driver as the loader finds them, and the names behind the links."""
    try:
        with open(real("/etc/ld.so.cache"), "rb") as file:
            raw = file.read()
    except OSError:
        raw = b""
    cached = re.findall(rb"\0(/[^\0]*/(?:libcuda|libnvidia-ml)\.so\.1)(?=\0)", raw)
    own = [each for each in os.environ.get("LD_LIBRARY_PATH", "").split(":") if each]
    for name in ("libcuda.so.1", "libnvidia-ml.so.1"):
        places = [os.path.join(each, name) for each in own]
        places += [real(os.fsdecode(each)) for each in cached if each.endswith(name.encode())]
        places += [os.path.join(ROOT, each, name) for each in FOLDERS]
        for place in places:
            if os.path.exists(place):
                record(tell, "library", name, place + "\n" + os.path.realpath(place))
                break
