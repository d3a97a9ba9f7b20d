/*
 * `vtd-bench`: registers, and the QOM type
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/module.h"
#include "vtd_bench.h"

/* Where the DMA of this device goes */
static void find_iommu(VtdBench *bench)
{
    AddressSpace *as = pci_device_iommu_address_space(&bench->parent);
    MemoryRegionSection section =
        memory_region_find(as->root, bench->reg[VTD_BENCH_BASE], 1);

    bench->iommu = NULL;
    if (!section.mr) {
        return;
    }
    if (memory_region_is_iommu(section.mr)) {
        bench->iommu = IOMMU_MEMORY_REGION(section.mr);
        bench->offset = section.offset_within_address_space -
                        section.offset_within_region;
    }
    memory_region_unref(section.mr);
}

static bool parameters_are_sane(const VtdBench *bench)
{
    const uint64_t *reg = bench->reg;
    uint64_t size = reg[VTD_BENCH_SIZE];

    return reg[VTD_BENCH_THREADS] >= 1 &&
           reg[VTD_BENCH_THREADS] <= VTD_BENCH_THREADS_MAX &&
           is_power_of_2(reg[VTD_BENCH_PAGES]) &&
           (size == 16 || size == 32) &&
           reg[VTD_BENCH_NUMBER] < VTD_BENCH_QUEUE_SIZE / size - 1 &&
           reg[VTD_BENCH_TAIL] < VTD_BENCH_QUEUE_SIZE &&
           reg[VTD_BENCH_TAIL] % size == 0;
}

static void command(VtdBench *bench)
{
    bench->reg[VTD_BENCH_NANOSECONDS] = 0;
    bench->reg[VTD_BENCH_ERRORS] = 1;
    if (qatomic_read(&bench->running) || !parameters_are_sane(bench)) {
        return;
    }
    bench->reg[VTD_BENCH_ERRORS] = 0;
    find_iommu(bench);
    switch (bench->reg[VTD_BENCH_COMMAND]) {
    case VTD_BENCH_TRANSLATE:
    case VTD_BENCH_READ:
        vtd_bench_run(bench);
        break;
    case VTD_BENCH_INVALIDATE:
        vtd_bench_invalidate(bench);
        break;
    }
}

static uint64_t mmio_read(void *opaque, hwaddr address, unsigned size)
{
    VtdBench *bench = opaque;
    unsigned index = address / 8;

    if (index == VTD_BENCH_RUNNING) {
        return qatomic_load_acquire(&bench->running);
    }
    return index < VTD_BENCH_REGISTERS ? bench->reg[index] : 0;
}

static void mmio_write(void *opaque, hwaddr address, uint64_t value,
                       unsigned size)
{
    VtdBench *bench = opaque;
    unsigned index = address / 8;

    if (index >= VTD_BENCH_REGISTERS ||
        (index >= VTD_BENCH_RUNNING && index <= VTD_BENCH_ERRORS)) {
        return;
    }
    bench->reg[index] = value;
    if (index == VTD_BENCH_COMMAND) {
        command(bench);
    }
}

static const MemoryRegionOps mmio_ops = {
    .read = mmio_read,
    .write = mmio_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 8, .max_access_size = 8 },
    .impl = { .min_access_size = 8, .max_access_size = 8 },
};

static void realize(PCIDevice *dev, Error **errp)
{
    VtdBench *bench = VTD_BENCH(dev);

    memory_region_init_io(&bench->mmio, OBJECT(dev), &mmio_ops, bench,
                          TYPE_VTD_BENCH, 4096);
    pci_register_bar(dev, 0, PCI_BASE_ADDRESS_SPACE_MEMORY, &bench->mmio);
}

#if VTD_BENCH_QEMU_10_1
static void class_init(ObjectClass *klass, const void *data)
#else
static void class_init(ObjectClass *klass, void *data)
#endif
{
    PCIDeviceClass *pci = PCI_DEVICE_CLASS(klass);

    pci->realize = realize;
    pci->vendor_id = PCI_VENDOR_ID_QEMU;
    pci->device_id = 0x11f0;
    pci->class_id = PCI_CLASS_OTHERS;
    DEVICE_CLASS(klass)->desc = "what DMA and invalidations cost";
}

static const TypeInfo vtd_bench_types[] = {
    {
        .name = TYPE_VTD_BENCH,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(VtdBench),
        .class_init = class_init,
        .interfaces = (const InterfaceInfo[]) {
            { INTERFACE_CONVENTIONAL_PCI_DEVICE },
            { },
        },
    },
};

DEFINE_TYPES(vtd_bench_types)
