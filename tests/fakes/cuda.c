/* A stand-in for libcuda.so.1 with the version that GPUSETUP_FAKE_CUDA names (12040 is 12.4). */
#include <stdlib.h>

int cuInit(unsigned flags) { (void)flags; return 0; }

int cuDriverGetVersion(int *to) {
    const char *text = getenv("GPUSETUP_FAKE_CUDA");
    if (!text) return 34; /* CUDA_ERROR_STUB_LIBRARY */
    *to = atoi(text);
    return 0;
}
