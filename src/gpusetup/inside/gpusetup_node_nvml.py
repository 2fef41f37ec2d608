"""NVML by ctypes, told as lines of JSON; a part of the program that `node.py` begins."""

import json

LOST, NOT_FOUND, NOT_SUPPORTED, NO_FUNCTION, TOO_SMALL, NO_LIBRARY = 15, 6, 3, 13, 7, 12
# NVML's own words, also for where the library cannot be asked for them
WORDS = {
    1: "Uninitialized", 2: "Invalid Argument", 3: "Not Supported", 4: "Insufficient Permissions",
    5: "Already Initialized", 6: "Not Found", 7: "Insufficient Size", 9: "Driver Not Loaded",
    8: "Insufficient External Power", 10: "Timeout", 11: "Interrupt Request Issue",
    12: "NVML Shared Library Not Found", 13: "Function Not Found", 14: "Corrupted infoROM",
    15: "GPU is lost", 16: "GPU requires restart", 20: "Insufficient Memory",
    17: "The operating system has blocked the request.",
    18: "RM has detected an NVML/RM version mismatch.", 999: "Unknown Error",
}  # fmt: skip


class Nvml:
    """NVML by ctypes. Its answers are told as lines of JSON, each before the next question."""

    def __init__(self, tell):
        import ctypes

        self.c, self.tell_line = ctypes, tell
        self.library = None

    def tell(self, **facts):
        self.tell_line("|" + json.dumps(facts))

    def call(self, names, *arguments):
        """The first of these functions that the driver has."""
        for name in names.split():
            function = getattr(self.library, name, None)
            code = NO_FUNCTION if function is None else function(*arguments)
            if code == 0:
                return
            if code != NO_FUNCTION:
                raise NvmlError(code)
        raise NvmlError(NO_FUNCTION)

    def number(self, names, *arguments):
        found = self.c.c_uint()
        self.call(names, *(arguments + (self.c.byref(found),)))
        return found.value

    def string(self, names, *arguments):
        room = self.c.create_string_buffer(256)
        self.call(names, *(arguments + (room, self.c.c_uint(len(room)))))
        return room.value.decode("utf-8", "replace")

    def words(self, code):
        if code in WORDS:
            return WORDS[code]
        try:
            say = self.library.nvmlErrorString
            say.restype = self.c.c_char_p
            return say(code).decode("utf-8", "replace")
        except (AttributeError, TypeError):
            return "error %d" % code

    def record_of(self, *fields):
        kinds = {"I": self.c.c_uint, "Q": self.c.c_ulonglong}
        layout = [(name, kinds.get(kind) or self.c.c_char * kind) for name, kind in fields]
        return type("Record", (self.c.Structure,), {"_fields_": layout})

    def ask(self):
        self.tell(calling="nvmlInit")
        try:
            self.start()
            self.tell(key="init", value=True)
            self.answer(None, "driver", "nvmlSystemGetDriverVersion", self.string)
            self.answer(None, "library", "nvmlSystemGetNVMLVersion", self.string)
            self.answer(None, "cuda", "nvmlSystemGetCudaDriverVersion", self.cuda_version)
            self.tell(calling="nvmlDeviceGetCount")
            count = self.number("nvmlDeviceGetCount_v2 nvmlDeviceGetCount")
            self.tell(key="count", value=count)
            for index in range(count):
                self.device(index)
        except NvmlError as error:
            self.tell(key="end", error=error.code, text=self.words(error.code))
        else:
            self.tell(key="end", value=True)

    def start(self):
        try:
            self.library = self.c.CDLL("libnvidia-ml.so.1")
        except OSError:
            raise NvmlError(NO_LIBRARY) from None
        try:
            self.call("nvmlInitWithFlags", self.c.c_uint(0))
        except NvmlError as error:
            if error.code != NO_FUNCTION:
                raise
            self.call("nvmlInit_v2 nvmlInit")

    def answer(self, gpu, key, name, ask, *arguments):
        """Ask one thing and tell the answer. Whether to go on with this device."""
        where = {} if gpu is None else {"gpu": gpu}
        self.tell(calling=name, **where)
        try:
            self.tell(key=key, value=ask(*(arguments or (name,))), **where)
        except NvmlError as error:
            self.tell(key=key, error=error.code, text=self.words(error.code), **where)
            return error.code != LOST
        return True

    def device(self, index):
        self.tell(calling="nvmlDeviceGetHandleByIndex", gpu=index)
        handle = self.c.c_void_p()
        both = "nvmlDeviceGetHandleByIndex_v2 nvmlDeviceGetHandleByIndex"
        try:
            self.call(both, self.c.c_uint(index), self.c.byref(handle))
        except NvmlError as error:
            self.tell(gpu=index, key="handle", error=error.code, text=self.words(error.code))
            return
        self.tell(gpu=index, key="handle", value=True)
        for key, name, ask in (
            ("name", "nvmlDeviceGetName", self.name),
            ("pci", "nvmlDeviceGetPciInfo", self.pci),
            ("uuid", "nvmlDeviceGetUUID", self.uuid),
            ("capability", "nvmlDeviceGetCudaComputeCapability", self.capability),
            ("memory", "nvmlDeviceGetMemoryInfo", self.memory),
            ("virtualization", "nvmlDeviceGetVirtualizationMode", self.virtualization),
            ("mig", "nvmlDeviceGetMigMode", self.mig),
            ("utilization", "nvmlDeviceGetUtilizationRates", self.utilization),
            ("mode", "nvmlDeviceGetComputeMode", self.mode),
            ("processes", "nvmlDeviceGetComputeRunningProcesses", self.processes),
        ):
            if not self.answer(index, key, name, ask, handle):
                return

    def cuda_version(self, name):
        return self.number(name + "_v2 " + name)

    def name(self, handle):
        return self.string("nvmlDeviceGetName", handle)

    def uuid(self, handle):
        return self.string("nvmlDeviceGetUUID", handle)

    def virtualization(self, handle):
        return self.number("nvmlDeviceGetVirtualizationMode", handle)

    def mode(self, handle):
        return self.number("nvmlDeviceGetComputeMode", handle)

    def utilization(self, handle):
        rates = self.record_of(("gpu", "I"), ("memory", "I"))()
        self.call("nvmlDeviceGetUtilizationRates", handle, self.c.byref(rates))
        return rates.gpu

    def capability(self, handle):
        major, minor = self.c.c_int(), self.c.c_int()
        both = self.c.byref(major), self.c.byref(minor)
        self.call("nvmlDeviceGetCudaComputeCapability", handle, *both)
        return [major.value, minor.value]

    def pci(self, handle):
        numbers = tuple((each, "I") for each in ("domain", "slot", "unit", "device", "system"))
        newest = self.record_of(("old", 16), *(numbers + (("bus", 32),)))()
        try:
            self.call("nvmlDeviceGetPciInfo_v3", handle, self.c.byref(newest))
        except NvmlError as error:
            if error.code != NO_FUNCTION:
                raise
            rest = tuple(("reserved%d" % each, "I") for each in range(4))
            newest = self.record_of(("bus", 16), *(numbers + rest))()
            self.call("nvmlDeviceGetPciInfo_v2", handle, self.c.byref(newest))
        return {"bus": newest.bus.decode("ascii", "replace")}

    def memory(self, handle):
        """MiB. Unified memory has no figure of its own."""
        sizes = [("total", "Q"), ("reserved", "Q"), ("free", "Q"), ("used", "Q")]
        found = self.record_of(("version", "I"), *sizes)()
        found.version = self.c.sizeof(found) | 2 << 24
        try:
            try:
                self.call("nvmlDeviceGetMemoryInfo_v2", handle, self.c.byref(found))
            except NvmlError as error:
                if error.code != NO_FUNCTION:
                    raise
                found = self.record_of(sizes[0], sizes[2], sizes[3])()
                self.call("nvmlDeviceGetMemoryInfo", handle, self.c.byref(found))
        except NvmlError as error:
            if error.code == NOT_SUPPORTED:
                return {"unified": True}
            raise
        return {"unified": False, "total": found.total >> 20, "used": found.used >> 20}

    def mig(self, handle):
        current, pending = self.c.c_uint(), self.c.c_uint()
        self.call("nvmlDeviceGetMigMode", handle, self.c.byref(current), self.c.byref(pending))
        slices = []
        count = self.number("nvmlDeviceGetMaxMigDeviceCount", handle) if current.value else 0
        for position in range(count):
            part = self.c.c_void_p()
            try:
                self.call("nvmlDeviceGetMigDeviceHandleByIndex", handle, self.c.c_uint(position),
                          self.c.byref(part))  # fmt: skip
            except NvmlError as error:
                if error.code == NOT_FOUND:
                    continue
                raise
            slices.append(self.slice(part))
        return {"enabled": bool(current.value), "slices": slices}

    def slice(self, part):
        facts = {}
        for key, ask in (("name", self.name), ("uuid", self.uuid), ("memory", self.memory),
                         ("processes", self.processes)):  # fmt: skip
            try:
                facts[key] = ask(part)
            except NvmlError as error:
                facts[key], facts[key + "_error"] = None, error.code
        facts["total"] = (facts["memory"] or {}).get("total")
        return facts

    def processes(self, handle):
        found = self.running(handle, "Compute")
        computing = {each["pid"] for each in found}
        try:
            drawing = self.running(handle, "Graphics")
        except NvmlError:
            drawing = []
        return {"list": found + [each for each in drawing if each["pid"] not in computing]}

    def running(self, handle, kind):
        """Asked with more and more room: processes may start between two calls."""
        old = self.record_of(("pid", "I"), ("used", "Q"))
        new = self.record_of(("pid", "I"), ("used", "Q"), ("instance", "I"), ("compute", "I"))
        forms = [("_v3", new), ("_v2", new), ("", old)]
        version = self.string("nvmlSystemGetDriverVersion").split(".")
        if version[0] == "535" and 43 <= int(version[1]) < 86:
            forms = forms[1:]  # these drivers fill the third form wrongly
        for ending, form in forms:
            function = getattr(
                self.library, "nvmlDeviceGet%sRunningProcesses%s" % (kind, ending), None
            )
            if function is not None:
                return [self.process(each, kind) for each in self.listed(function, handle, form)]
        raise NvmlError(NO_FUNCTION)

    def listed(self, function, handle, form):
        room = 64
        while True:
            count, records = self.c.c_uint(room), (form * room)()
            code = function(handle, self.c.byref(count), records)
            if code == TOO_SMALL and room < 65536:
                room *= 4
                continue
            if code:
                raise NvmlError(code)
            return list(records[: count.value])

    def process(self, found, kind):
        used = None if found.used == 2**64 - 1 else found.used >> 20
        try:
            name = self.string("nvmlSystemGetProcessName", self.c.c_uint(found.pid))
        except NvmlError:
            name = None
        return {"pid": found.pid, "kind": kind.lower(), "used": used, "name": name}


class NvmlError(Exception):
    def __init__(self, code):
        Exception.__init__(self, code)
        self.code = code
