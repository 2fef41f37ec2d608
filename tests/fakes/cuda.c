/* A stand-in for libcuda.so.1 with the version that GPUSETUP_FAKE_CUDA names (12040 is 12.4). */
#include <stdio.h>
#include <stdlib.h>

int cuInit(unsigned flags) { (void)flags; return 0; }

int cuDriverGetVersion(int *to) {
    const char *text = getenv("GPUSETUP_FAKE_CUDA");
    if (!text) return 34; /* CUDA_ERROR_STUB_LIBRARY */
    *to = atoi(text);
    return 0;
}

/* What the driver knows of an address. GPUSETUP_FAKE_MEMORY: "KIND@FIRST-LAST" in hexadecimal; the kind
   is 1 for the host's memory and 2 for a GPU's. */
int cuPointerGetAttribute(void *to, int attribute, unsigned long long address) {
    const char *text = getenv("GPUSETUP_FAKE_MEMORY");
    unsigned kind;
    unsigned long long first, last;
    if (attribute != 2 || !text || sscanf(text, "%u@%llx-%llx", &kind, &first, &last) != 3) return 1;
    if (address < first || address > last) return 1; /* CUDA_ERROR_INVALID_VALUE */
    *(unsigned *)to = kind;
    return 0;
}
