/*
 * `vtd-bench`: a PCI device that measures what DMA and invalidations cost
 *
 * It is linked into QEMU binaries for the bench only, stock ones and those with
 * libvtd (link.py).  There is no guest: registers are written by qtest.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef VTD_BENCH_H
#define VTD_BENCH_H

#include "qemu/thread.h"
#include "qom/object.h"
#include "hw/pci/pci_device.h"

/* 10.0 has some things elsewhere */
#define VTD_BENCH_QEMU_10_1 \
    (QEMU_VERSION_MAJOR * 100 + QEMU_VERSION_MINOR >= 1001)

#define TYPE_VTD_BENCH "vtd-bench"
OBJECT_DECLARE_SIMPLE_TYPE(VtdBench, VTD_BENCH)

/* Registers of 8 bytes in BAR 0, in this order from offset 0 */
typedef enum VtdBenchRegister {
    VTD_BENCH_COMMAND,      /* writing starts it, VtdBenchCommand */
    VTD_BENCH_RUNNING,      /* threads that are not done yet; read only */
    VTD_BENCH_NANOSECONDS,  /* of the last command; read only */
    VTD_BENCH_ERRORS,       /* accesses and waits that failed; read only */
    VTD_BENCH_THREADS,      /* 1..VTD_BENCH_THREADS_MAX */
    VTD_BENCH_COUNT,        /* operations of each thread */
    VTD_BENCH_BASE,         /* first address of the working set */
    VTD_BENCH_PAGES,        /* pages in it, a power of two */
    VTD_BENCH_SEED,         /* of the random sequence */
    /* For VTD_BENCH_INVALIDATE */
    VTD_BENCH_CACHED,       /* pages to be translated before each */
    VTD_BENCH_QUEUE,        /* where the invalidation queue is */
    VTD_BENCH_STATUS,       /* where waits write */
    VTD_BENCH_TAIL,         /* of the queue */
    VTD_BENCH_SIZE,         /* of a descriptor, 16 or 32 */
    VTD_BENCH_WORD0,        /* the descriptor */
    VTD_BENCH_WORD1,
    VTD_BENCH_NUMBER,       /* how many before the wait */
    VTD_BENCH_VARY,         /* not 0: word 1 has the address of a page added */
    VTD_BENCH_REGISTERS,
} VtdBenchRegister;

typedef enum VtdBenchCommand {
    VTD_BENCH_TRANSLATE = 1,    /* call the translate callback */
    VTD_BENCH_READ = 2,         /* pci_dma_read() of 64 bytes */
    VTD_BENCH_INVALIDATE = 3,   /* write the tail; on the main thread */
} VtdBenchCommand;

#define VTD_BENCH_THREADS_MAX 8

/* Bytes of the invalidation queue (IQA.QS 2) */
#define VTD_BENCH_QUEUE_SIZE 16384

typedef struct VtdBenchThread {
    VtdBench *bench;
    uint64_t random;
    int64_t begin;
    int64_t end;
    uint64_t errors;
} VtdBenchThread;

struct VtdBench {
    PCIDevice parent;
    MemoryRegion mmio;
    uint64_t reg[VTD_BENCH_REGISTERS];

    /* Where requests are translated; NULL: nowhere */
    IOMMUMemoryRegion *iommu;
    hwaddr offset; /* of that region's begin */

    VtdBenchThread thread[VTD_BENCH_THREADS_MAX];
    int ready;   /* threads that wait for the others to begin */
    int running;
    uint32_t sequence; /* of waits */
};

/* From the main thread */
void vtd_bench_run(VtdBench *bench);
void vtd_bench_invalidate(VtdBench *bench);

/* A page of the working set, at random; advances the sequence */
static inline uint64_t vtd_bench_page(const VtdBench *bench, uint64_t *random)
{
    *random = *random * 6364136223846793005ULL + 1442695040888963407ULL;
    return bench->reg[VTD_BENCH_BASE] +
           ((*random >> 24) & (bench->reg[VTD_BENCH_PAGES] - 1)) * 4096;
}

/* The translate callback, as QEMU's DMA core calls it */
bool vtd_bench_translate(const VtdBench *bench, uint64_t address);

#endif /* VTD_BENCH_H */
