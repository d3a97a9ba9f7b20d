/*
 * `vtd-bench`: what is measured
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/rcu.h"
#include "qemu/timer.h"
#include "vtd_bench.h"
#if VTD_BENCH_QEMU_10_1
#include "system/address-spaces.h"
#include "system/memory.h"
#else
#include "exec/address-spaces.h"
#include "exec/memory.h"
#endif

#define UNIT_TAIL 0xfed90088ULL

#define WAIT_WITH_STATUS 0x25ULL

bool vtd_bench_translate(const VtdBench *bench, uint64_t address)
{
    IOMMUMemoryRegion *iommu = bench->iommu;
    IOMMUMemoryRegionClass *imrc =
        memory_region_get_iommu_class_nocheck(iommu);
    IOMMUTLBEntry entry;

    WITH_RCU_READ_LOCK_GUARD() {
        entry = imrc->translate(iommu, address - bench->offset, IOMMU_RO, 0);
    }
    return entry.perm & IOMMU_RO;
}

static bool read_memory(VtdBench *bench, uint64_t address)
{
    uint8_t buffer[64];

    return pci_dma_read(&bench->parent, address, buffer, sizeof(buffer)) ==
           MEMTX_OK;
}

static void run(VtdBenchThread *thread)
{
    VtdBench *bench = thread->bench;
    uint64_t count = bench->reg[VTD_BENCH_COUNT];
    /* In locals: threads write to no line that another one reads */
    uint64_t random = thread->random;
    uint64_t errors = 0;

    if (bench->reg[VTD_BENCH_COMMAND] == VTD_BENCH_TRANSLATE) {
        /* As the DMA core, which makes the call inside a critical section */
        RCU_READ_LOCK_GUARD();

        for (uint64_t i = 0; i < count; i++) {
            uint64_t page = vtd_bench_page(bench, &random);

            errors += !vtd_bench_translate(bench, page);
        }
    } else {
        for (uint64_t i = 0; i < count; i++) {
            uint64_t page = vtd_bench_page(bench, &random);

            /* One line of each, not the same in all */
            errors += !read_memory(bench, page + page / 4096 * 37 % 64 * 64);
        }
    }
    thread->errors = errors;
}

/* The time from when all were ready to when the last one is done */
static void sum_up(VtdBench *bench)
{
    int64_t begin = INT64_MAX;
    int64_t end = 0;

    for (unsigned i = 0; i < bench->reg[VTD_BENCH_THREADS]; i++) {
        begin = MIN(begin, bench->thread[i].begin);
        end = MAX(end, bench->thread[i].end);
        bench->reg[VTD_BENCH_ERRORS] += bench->thread[i].errors;
    }
    bench->reg[VTD_BENCH_NANOSECONDS] = end - begin;
}

/* A processor for each thread, or they may take turns on one */
static void pin(unsigned number)
{
    cpu_set_t all, one;
    int cpu = -1;

    if (pthread_getaffinity_np(pthread_self(), sizeof(all), &all) ||
        CPU_COUNT(&all) <= number) {
        return;
    }
    for (unsigned i = 0; i <= number; i++) {
        do {
            cpu++;
        } while (!CPU_ISSET(cpu, &all));
    }
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
}

static void *run_thread(void *opaque)
{
    VtdBenchThread *thread = opaque;
    VtdBench *bench = thread->bench;
    int threads = bench->reg[VTD_BENCH_THREADS];

    if (threads > 1) {
        pin(thread - bench->thread);
    }
    rcu_register_thread();
    qatomic_inc(&bench->ready);
    while (qatomic_read(&bench->ready) < threads) {
        cpu_relax();
    }
    thread->begin = get_clock();
    run(thread);
    thread->end = get_clock();
    rcu_unregister_thread();
    /* The last one sums up, and only then is nobody running */
    if (qatomic_fetch_inc(&bench->ready) == 2 * threads - 1) {
        sum_up(bench);
        qatomic_store_release(&bench->running, 0);
    }
    return NULL;
}

void vtd_bench_run(VtdBench *bench)
{
    unsigned threads = bench->reg[VTD_BENCH_THREADS];

    if (bench->reg[VTD_BENCH_COMMAND] == VTD_BENCH_TRANSLATE &&
        !bench->iommu) {
        bench->reg[VTD_BENCH_ERRORS] = 1;
        return;
    }
    bench->ready = 0;
    qatomic_set(&bench->running, threads);
    for (unsigned i = 0; i < threads; i++) {
        QemuThread thread;

        bench->thread[i] = (VtdBenchThread) {
            .bench = bench,
            .random = bench->reg[VTD_BENCH_SEED] + i,
        };
        qemu_thread_create(&thread, "vtd-bench", run_thread, &bench->thread[i],
                           QEMU_THREAD_DETACHED);
    }
}

/* ------------------------------------------------------- invalidations */

static void put(VtdBench *bench, uint64_t word0, uint64_t word1)
{
    uint64_t *reg = bench->reg;
    uint64_t words[4] = { cpu_to_le64(word0), cpu_to_le64(word1) };

    address_space_write(&address_space_memory,
                        reg[VTD_BENCH_QUEUE] + reg[VTD_BENCH_TAIL],
                        MEMTXATTRS_UNSPECIFIED, words, reg[VTD_BENCH_SIZE]);
    reg[VTD_BENCH_TAIL] =
        (reg[VTD_BENCH_TAIL] + reg[VTD_BENCH_SIZE]) % VTD_BENCH_QUEUE_SIZE;
}

/* Pages in a row, from anywhere in what is cached */
static void put_all(VtdBench *bench, uint64_t *random)
{
    uint64_t *reg = bench->reg;
    uint64_t pages = MAX(reg[VTD_BENCH_CACHED], 1);
    uint64_t first = vtd_bench_page(bench, random) / 4096;

    for (uint64_t i = 0; i < reg[VTD_BENCH_NUMBER]; i++) {
        uint64_t page =
            reg[VTD_BENCH_BASE] + (first + i) % pages * 4096;

        put(bench, reg[VTD_BENCH_WORD0],
            reg[VTD_BENCH_WORD1] + (reg[VTD_BENCH_VARY] ? page : 0));
    }
    bench->sequence++;
    put(bench, (uint64_t)bench->sequence << 32 | WAIT_WITH_STATUS,
        reg[VTD_BENCH_STATUS]);
}

static bool fill(const VtdBench *bench)
{
    bool ok = true;

    for (uint64_t i = 0; i < bench->reg[VTD_BENCH_CACHED]; i++) {
        ok &= vtd_bench_translate(bench,
                                  bench->reg[VTD_BENCH_BASE] + i * 4096);
    }
    return ok;
}

/* What reading the clock costs, at least */
static int64_t clock_cost(void)
{
    int64_t least = INT64_MAX;

    for (unsigned i = 0; i < 1000; i++) {
        int64_t begin = get_clock();
        int64_t end = get_clock();

        least = MIN(least, end - begin);
    }
    return least;
}

static int64_t time_tail(VtdBench *bench)
{
    int64_t begin = get_clock();

    address_space_stl_le(&address_space_memory, UNIT_TAIL,
                         bench->reg[VTD_BENCH_TAIL], MEMTXATTRS_UNSPECIFIED,
                         NULL);
    return get_clock() - begin;
}

/* A processor's write of the tail, again and again */
void vtd_bench_invalidate(VtdBench *bench)
{
    uint64_t *reg = bench->reg;
    uint64_t random = reg[VTD_BENCH_SEED];
    int64_t cost = clock_cost();
    int64_t sum = 0;

    if (!bench->iommu) {
        reg[VTD_BENCH_ERRORS] = 1;
        return;
    }
    for (uint64_t i = 0; i < reg[VTD_BENCH_COUNT]; i++) {
        reg[VTD_BENCH_ERRORS] += !fill(bench);
        put_all(bench, &random);
        sum += time_tail(bench) - cost;
        reg[VTD_BENCH_ERRORS] +=
            address_space_ldl_le(&address_space_memory, reg[VTD_BENCH_STATUS],
                                 MEMTXATTRS_UNSPECIFIED,
                                 NULL) != bench->sequence;
    }
    reg[VTD_BENCH_NANOSECONDS] = MAX(sum, 0);
}
