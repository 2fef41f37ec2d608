/* A stand-in for libnvidia-ml.so.1, so that the real pynvml has something to talk to.
 *
 * It answers from the text file that GPUSETUP_FAKE_NVML names. One fact per line, a key and a value:
 *
 *   driver 580.95.05            cuda 13000            library 13.580.95.05
 *   gpu 0 name NVIDIA GeForce RTX 4060 Laptop GPU
 *   gpu 0 uuid GPU-...          gpu 0 capability 8.9  gpu 0 memory 8188 812   (MiB: total, used)
 *   gpu 0 bus 0000:01:00.0      gpu 0 device 28e0     gpu 0 virtualization 2
 *   gpu 0 mig 1                 gpu 0 slice 0 MIG-... gpu 0 slice 1 MIG-...
 *   gpu 0 process 0 4711 C 5120               (position, pid, C or G, MiB or -; of a slice: slice-3-process)
 *   gpu 0 utilization 35        gpu 0 compute-mode 3  gpu 0 temperature 64
 *   gpu 0 clock-sm 1410 1980    gpu 0 clock-memory 2619 2619              (MHz: now, at most)
 *   gpu 0 power 310 700 700                   (W: now, enforced limit, default limit)
 *   gpu 0 reasons 4             gpu 0 link 4 16 5 16  (generation, width: now, at most)
 *   gpu 0 cores 16896           gpu 0 bus-width 5120  gpu 0 ecc 1
 *   gpu 0 ecc-errors 2          gpu 0 rows 0 1 1 0
 *   fail CALL [GPU] = CODE      hang CALL [GPU]       crash CALL [GPU]
 *
 * A device without "memory" says Not Supported, as parts with unified memory do. Built with -DOLD
 * it has only the symbols of drivers from before nvmlInitWithFlags and the _v2, _v3 calls.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OK = 0, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, TOO_SMALL = 7, NO_DRIVER = 9 };
enum { SLICES = 7, MIG_BASE = 1000 };

static char facts[65536];
static int started;

static int load(void) {
    const char *path = getenv("GPUSETUP_FAKE_NVML");
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file) return NO_DRIVER;
    facts[0] = '\n';
    facts[1 + fread(facts + 1, 1, sizeof facts - 3, file)] = 0;
    fclose(file);
    strcat(facts, "\n");
    return OK;
}

/* The value behind a key, copied into one of some buffers; NULL if there is no such line. */
static const char *value(const char *key) {
    static char copies[8][256];
    static int turn;
    char wanted[160];
    snprintf(wanted, sizeof wanted, "\n%s ", key);
    const char *at = strstr(facts, wanted);
    if (!at) return NULL;
    at += strlen(wanted);
    char *copy = copies[turn++ % 8];
    size_t length = strcspn(at, "\n");
    snprintf(copy, 256, "%.*s", (int)length, at);
    return copy;
}

static int has_line(const char *line) {
    char wanted[160];
    snprintf(wanted, sizeof wanted, "\n%s\n", line);
    return strstr(facts, wanted) != NULL;
}

static const char *of_gpu(int gpu, const char *key) {
    char full[120];
    snprintf(full, sizeof full, "gpu %d %s", gpu, key);
    return value(full);
}

/* What the profile does to this call: nothing, an error code, a hang, a crash. */
static int trouble_named(const char *call) {
    char line[140];
    const char *code;
    snprintf(line, sizeof line, "hang %s", call);
    while (has_line(line)) sleep(3600);
    snprintf(line, sizeof line, "crash %s", call);
    if (has_line(line)) raise(SIGSEGV);
    snprintf(line, sizeof line, "fail %s =", call);
    return (code = value(line)) ? atoi(code) : OK;
}

static int trouble(const char *call, int gpu) {
    char named[120];
    int code = trouble_named(call);
    if (code || gpu < 0) return code;
    snprintf(named, sizeof named, "%s %d", call, gpu);
    return trouble_named(named);
}

static int put(char *to, unsigned room, const char *text) {
    if (!text) return NOT_SUPPORTED;
    if (strlen(text) >= room) return TOO_SMALL;
    strcpy(to, text);
    return OK;
}

static int gpus(void) {
    int count = 0;
    char key[32];
    for (;;) {
        snprintf(key, sizeof key, "gpu %d name", count);
        if (!value(key)) return count;
        count++;
    }
}

/* Handles are numbers: GPU + 1, and for a slice MIG_BASE + GPU * SLICES + position. */
static int gpu_of(void *handle) {
    long number = (long)handle;
    return number >= MIG_BASE ? (int)(number - MIG_BASE) / SLICES : (int)number - 1;
}
static int slice_of(void *handle) {
    long number = (long)handle;
    return number >= MIG_BASE ? (int)(number - MIG_BASE) % SLICES : -1;
}

static int ready(const char *call, int gpu) {
    if (!started) return UNINITIALIZED;
    if (gpu >= gpus()) return INVALID;
    return trouble(call, gpu);
}
#define READY(call, gpu) do { int code_ = ready(call, gpu); if (code_) return code_; } while (0)

static int start(void) {
    int code = load();
    if (!code) code = trouble("nvmlInit", -1);
    if (!code) started = 1;
    return code;
}
int nvmlInit(void) { return start(); }
int nvmlShutdown(void) { return trouble("nvmlShutdown", -1); }

int nvmlSystemGetDriverVersion(char *to, unsigned room) {
    READY("nvmlSystemGetDriverVersion", -1);
    return put(to, room, value("driver"));
}
int nvmlSystemGetNVMLVersion(char *to, unsigned room) {
    READY("nvmlSystemGetNVMLVersion", -1);
    return put(to, room, value("library"));
}
int nvmlSystemGetCudaDriverVersion(int *to) {
    READY("nvmlSystemGetCudaDriverVersion", -1);
    const char *text = value("cuda");
    if (!text) return NOT_SUPPORTED;
    *to = atoi(text);
    return OK;
}
int nvmlDeviceGetCount(unsigned *to) {
    READY("nvmlDeviceGetCount", -1);
    *to = (unsigned)gpus();
    return OK;
}
int nvmlDeviceGetHandleByIndex(unsigned index, void **to) {
    READY("nvmlDeviceGetHandleByIndex", (int)index);
    *to = (void *)(long)(index + 1);
    return OK;
}
int nvmlDeviceGetName(void *handle, char *to, unsigned room) {
    int gpu = gpu_of(handle);
    READY("nvmlDeviceGetName", gpu);
    if (slice_of(handle) < 0) return put(to, room, of_gpu(gpu, "name"));
    char name[200];
    snprintf(name, sizeof name, "%s MIG %s", of_gpu(gpu, "name"), of_gpu(gpu, "profile"));
    return put(to, room, name);
}
int nvmlDeviceGetUUID(void *handle, char *to, unsigned room) {
    int gpu = gpu_of(handle), slice = slice_of(handle);
    char key[32];
    READY("nvmlDeviceGetUUID", gpu);
    snprintf(key, sizeof key, "slice %d", slice);
    return put(to, room, of_gpu(gpu, slice < 0 ? "uuid" : key));
}
int nvmlDeviceGetCudaComputeCapability(void *handle, int *major, int *minor) {
    int gpu = gpu_of(handle);
    READY("nvmlDeviceGetCudaComputeCapability", gpu);
    const char *text = of_gpu(gpu, "capability");
    return text && sscanf(text, "%d.%d", major, minor) == 2 ? OK : NOT_SUPPORTED;
}

struct memory { unsigned long long total, free, used; };
int nvmlDeviceGetMemoryInfo(void *handle, struct memory *to) {
    int gpu = gpu_of(handle);
    READY("nvmlDeviceGetMemoryInfo", gpu);
    const char *text = of_gpu(gpu, slice_of(handle) < 0 ? "memory" : "slice-memory");
    if (!text || sscanf(text, "%llu %llu", &to->total, &to->used) != 2) return NOT_SUPPORTED;
    to->total <<= 20;
    to->used <<= 20;
    to->free = to->total - to->used;
    return OK;
}
int nvmlDeviceGetVirtualizationMode(void *handle, unsigned *to) {
    int gpu = gpu_of(handle);
    READY("nvmlDeviceGetVirtualizationMode", gpu);
    const char *text = of_gpu(gpu, "virtualization");
    *to = text ? (unsigned)atoi(text) : 0;
    return OK;
}

struct pci_v2 { char bus_id[16]; unsigned domain, bus, device, id, subsystem, reserved[4]; };
struct pci_v3 { char legacy[16]; unsigned domain, bus, device, id, subsystem; char bus_id[32]; };
static int pci(void *handle, char *bus_id, unsigned room, unsigned *id) {
    int gpu = gpu_of(handle);
    READY("nvmlDeviceGetPciInfo", gpu);
    const char *device = of_gpu(gpu, "device");
    *id = (device ? (unsigned)strtoul(device, NULL, 16) : 0) << 16 | 0x10de;
    return put(bus_id, room, of_gpu(gpu, "bus"));
}
int nvmlDeviceGetPciInfo_v2(void *handle, struct pci_v2 *to) {
    memset(to, 0, sizeof *to);
    return pci(handle, to->bus_id, sizeof to->bus_id, &to->id);
}

/* Words of a line as numbers; -1 stands for a word that is no number. */
static int numbers(void *handle, const char *call, const char *key, unsigned *to, int count) {
    int gpu = gpu_of(handle), at = 0;
    READY(call, gpu);
    const char *text = of_gpu(gpu, key);
    if (!text) return NOT_SUPPORTED;
    for (int i = 0; i < count; i++) {
        int used = 0;
        if (sscanf(text + at, "%u%n", &to[i], &used) != 1) return NOT_SUPPORTED;
        at += used;
    }
    return OK;
}
static int number(void *handle, const char *call, const char *key, int position, unsigned scale, unsigned *to) {
    unsigned found[8];
    int code = numbers(handle, call, key, found, position + 1);
    if (!code) *to = found[position] * scale;
    return code;
}
#define FIGURE(call, key, position, scale) \
    int call(void *handle, unsigned *to) { return number(handle, #call, key, position, scale, to); }
FIGURE(nvmlDeviceGetPowerUsage, "power", 0, 1000)
FIGURE(nvmlDeviceGetEnforcedPowerLimit, "power", 1, 1000)
FIGURE(nvmlDeviceGetPowerManagementDefaultLimit, "power", 2, 1000)
FIGURE(nvmlDeviceGetCurrPcieLinkGeneration, "link", 0, 1)
FIGURE(nvmlDeviceGetCurrPcieLinkWidth, "link", 1, 1)
FIGURE(nvmlDeviceGetMaxPcieLinkGeneration, "link", 2, 1)
FIGURE(nvmlDeviceGetMaxPcieLinkWidth, "link", 3, 1)
FIGURE(nvmlDeviceGetMemoryBusWidth, "bus-width", 0, 1)
FIGURE(nvmlDeviceGetNumGpuCores, "cores", 0, 1)
FIGURE(nvmlDeviceGetComputeMode, "compute-mode", 0, 1)

static int clock_of(void *handle, const char *call, unsigned kind, int position, unsigned *to) {
    return number(handle, call, kind == 2 ? "clock-memory" : "clock-sm", position, 1, to);
}
int nvmlDeviceGetClockInfo(void *handle, unsigned kind, unsigned *to) {
    return clock_of(handle, "nvmlDeviceGetClockInfo", kind, 0, to);
}
int nvmlDeviceGetMaxClockInfo(void *handle, unsigned kind, unsigned *to) {
    return clock_of(handle, "nvmlDeviceGetMaxClockInfo", kind, 1, to);
}
int nvmlDeviceGetTemperature(void *handle, unsigned sensor, unsigned *to) {
    (void)sensor;
    return number(handle, "nvmlDeviceGetTemperature", "temperature", 0, 1, to);
}
int nvmlDeviceGetCurrentClocksThrottleReasons(void *handle, unsigned long long *to) {
    unsigned found = 0;
    int code = number(handle, "nvmlDeviceGetCurrentClocksThrottleReasons", "reasons", 0, 1, &found);
    *to = found;
    return code;
}
int nvmlDeviceGetEccMode(void *handle, unsigned *current, unsigned *pending) {
    int code = number(handle, "nvmlDeviceGetEccMode", "ecc", 0, 1, current);
    *pending = *current;
    return code;
}
int nvmlDeviceGetTotalEccErrors(void *handle, unsigned kind, unsigned counter, unsigned long long *to) {
    unsigned found = 0;
    int code = number(handle, "nvmlDeviceGetTotalEccErrors", "ecc-errors", 0, 1, &found);
    (void)kind; (void)counter;
    *to = found;
    return code;
}
struct utilization { unsigned gpu, memory; };
int nvmlDeviceGetUtilizationRates(void *handle, struct utilization *to) {
    to->memory = 0;
    if (slice_of(handle) >= 0) return NOT_SUPPORTED; /* as with real slices */
    return number(handle, "nvmlDeviceGetUtilizationRates", "utilization", 0, 1, &to->gpu);
}

/* The processes of a kind, in the record's layout of today or of old drivers. */
enum { PROCESSES = 32 };
struct process_v1 { unsigned pid; unsigned long long used; };
struct process { unsigned pid; unsigned long long used; unsigned instance, compute; };
static int processes(void *handle, const char *call, char kind, unsigned *count, void *to, int is_old) {
    int gpu = gpu_of(handle), slice = slice_of(handle);
    unsigned room = *count, found = 0;
    READY(call, gpu);
    for (int i = 0; i < PROCESSES; i++) {
        char key[48], word, amount[32];
        unsigned pid;
        if (slice < 0) snprintf(key, sizeof key, "process %d", i);
        else snprintf(key, sizeof key, "slice-%d-process %d", slice, i);
        const char *text = of_gpu(gpu, key);
        if (!text || sscanf(text, "%u %c %31s", &pid, &word, amount) != 3 || word != kind) continue;
        unsigned long long used = *amount == '-' ? ~0ULL : strtoull(amount, NULL, 10) << 20;
        if (found < room && is_old) ((struct process_v1 *)to)[found] = (struct process_v1){pid, used};
        else if (found < room) ((struct process *)to)[found] = (struct process){pid, used, ~0u, ~0u};
        found++;
    }
    *count = found;
    return found > room ? TOO_SMALL : OK;
}
int nvmlDeviceGetComputeRunningProcesses(void *handle, unsigned *count, void *to) {
    return processes(handle, "nvmlDeviceGetComputeRunningProcesses", 'C', count, to, 1);
}
int nvmlDeviceGetGraphicsRunningProcesses(void *handle, unsigned *count, void *to) {
    return processes(handle, "nvmlDeviceGetGraphicsRunningProcesses", 'G', count, to, 1);
}

#ifndef OLD
int nvmlDeviceGetComputeRunningProcesses_v3(void *handle, unsigned *count, void *to) {
    return processes(handle, "nvmlDeviceGetComputeRunningProcesses", 'C', count, to, 0);
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(void *handle, unsigned *count, void *to) {
    return processes(handle, "nvmlDeviceGetGraphicsRunningProcesses", 'G', count, to, 0);
}
int nvmlDeviceGetCurrentClocksEventReasons(void *handle, unsigned long long *to) {
    return nvmlDeviceGetCurrentClocksThrottleReasons(handle, to);
}
int nvmlInit_v2(void) { return start(); }
int nvmlInitWithFlags(unsigned flags) { (void)flags; return start(); }
int nvmlSystemGetCudaDriverVersion_v2(int *to) { return nvmlSystemGetCudaDriverVersion(to); }
int nvmlDeviceGetCount_v2(unsigned *to) { return nvmlDeviceGetCount(to); }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **to) { return nvmlDeviceGetHandleByIndex(index, to); }
int nvmlDeviceGetPciInfo_v3(void *handle, struct pci_v3 *to) {
    char bus_id[32] = "0000";
    memset(to, 0, sizeof *to);
    int code = pci(handle, bus_id + 4, sizeof bus_id - 4, &to->id);
    if (!code) strcpy(to->bus_id, bus_id); /* eight digits of domain, since driver 390 */
    return code;
}
struct memory_v2 { unsigned version; unsigned long long total, reserved, free, used; };
int nvmlDeviceGetMemoryInfo_v2(void *handle, struct memory_v2 *to) {
    struct memory plain;
    int code = nvmlDeviceGetMemoryInfo(handle, &plain);
    if (code) return code;
    to->total = plain.total;
    to->free = plain.free;
    to->used = plain.used;
    to->reserved = 0;
    return OK;
}
int nvmlDeviceGetMigMode(void *handle, unsigned *current, unsigned *pending) {
    int gpu = gpu_of(handle);
    READY("nvmlDeviceGetMigMode", gpu);
    const char *text = of_gpu(gpu, "mig");
    if (!text) return NOT_SUPPORTED;
    *current = *pending = (unsigned)atoi(text);
    return OK;
}
int nvmlDeviceGetRemappedRows(void *handle, unsigned *right, unsigned *wrong, unsigned *pending, unsigned *failed) {
    int gpu = gpu_of(handle);
    READY("nvmlDeviceGetRemappedRows", gpu);
    const char *text = of_gpu(gpu, "rows");
    return text && sscanf(text, "%u %u %u %u", right, wrong, pending, failed) == 4 ? OK : NOT_SUPPORTED;
}
int nvmlDeviceGetMaxMigDeviceCount(void *handle, unsigned *to) {
    READY("nvmlDeviceGetMaxMigDeviceCount", gpu_of(handle));
    *to = SLICES;
    return OK;
}
int nvmlDeviceGetMigDeviceHandleByIndex(void *handle, unsigned index, void **to) {
    int gpu = gpu_of(handle);
    char key[32];
    READY("nvmlDeviceGetMigDeviceHandleByIndex", gpu);
    snprintf(key, sizeof key, "slice %u", index);
    if (!of_gpu(gpu, key)) return NOT_FOUND;
    *to = (void *)(long)(MIG_BASE + gpu * SLICES + (int)index);
    return OK;
}
#endif
