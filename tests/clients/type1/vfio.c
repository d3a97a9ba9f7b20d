/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vfio.h"

void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("FAIL ");
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(1);
}

static int group_number(const char *address)
{
	char path[128], link[256];
	ssize_t length;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group",
		 address);
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0)
		fail("%s: no IOMMU group", address);
	link[length] = '\0';
	return atoi(strrchr(link, '/') + 1);
}

static void open_group(struct vfio *vfio)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char path[64];

	snprintf(path, sizeof(path), "/dev/vfio/%d",
		 group_number(vfio->address));
	vfio->group = open(path, O_RDWR);
	if (vfio->group < 0)
		fail("%s: %s", path, strerror(errno));
	if (ioctl(vfio->group, VFIO_GROUP_GET_STATUS, &status) ||
	    !(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		fail("%s: the group is not viable", path);
	if (ioctl(vfio->group, VFIO_GROUP_SET_CONTAINER, &vfio->container))
		fail("%s: no container: %s", path, strerror(errno));
}

/* DMA of the function is off until software turns it on. */
static void enable_bus_master(const struct vfio *vfio)
{
	struct vfio_region_info config = {
		.argsz = sizeof(config),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	uint16_t command;

	if (ioctl(vfio->device, VFIO_DEVICE_GET_REGION_INFO, &config))
		fail("no configuration space: %s", strerror(errno));
	if (pread(vfio->device, &command, 2, config.offset + PCI_COMMAND) != 2)
		fail("the command register cannot be read");
	command |= PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY;
	if (pwrite(vfio->device, &command, 2, config.offset + PCI_COMMAND) != 2)
		fail("the command register cannot be written");
}

void vfio_open(struct vfio *vfio, const char *address)
{
	struct vfio_region_info bar0 = {
		.argsz = sizeof(bar0),
		.index = VFIO_PCI_BAR0_REGION_INDEX,
	};

	vfio->address = address;
	vfio->container = open("/dev/vfio/vfio", O_RDWR);
	if (vfio->container < 0)
		fail("/dev/vfio/vfio: %s", strerror(errno));
	open_group(vfio);
	if (ioctl(vfio->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		fail("no type1 IOMMU: %s", strerror(errno));
	vfio->device = ioctl(vfio->group, VFIO_GROUP_GET_DEVICE_FD, address);
	if (vfio->device < 0)
		fail("%s: %s", address, strerror(errno));
	if (ioctl(vfio->device, VFIO_DEVICE_GET_REGION_INFO, &bar0))
		fail("%s: no registers: %s", address, strerror(errno));
	vfio->bar0 = bar0.offset;
	enable_bus_master(vfio);
}

void vfio_close(struct vfio *vfio)
{
	close(vfio->device);
	close(vfio->group);
	close(vfio->container);
}

uint32_t vfio_read32(const struct vfio *vfio, uint32_t offset)
{
	uint32_t value;

	if (pread(vfio->device, &value, 4, vfio->bar0 + offset) != 4)
		fail("%s: register %xh cannot be read", vfio->address, offset);
	return value;
}

void vfio_write32(const struct vfio *vfio, uint32_t offset, uint32_t value)
{
	if (pwrite(vfio->device, &value, 4, vfio->bar0 + offset) != 4)
		fail("%s: register %xh cannot be written", vfio->address,
		     offset);
}

void vfio_map(const struct vfio *vfio, uint64_t iova, void *memory, size_t size,
	      int access)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = access,
		.vaddr = (uintptr_t)memory,
		.iova = iova,
		.size = size,
	};

	if (ioctl(vfio->container, VFIO_IOMMU_MAP_DMA, &map))
		fail("map of %zx bytes at %llx: %s", size,
		     (unsigned long long)iova, strerror(errno));
}

void vfio_unmap(const struct vfio *vfio, uint64_t iova, size_t size)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = size,
	};

	if (ioctl(vfio->container, VFIO_IOMMU_UNMAP_DMA, &unmap) ||
	    unmap.size != size)
		fail("unmap of %zx bytes at %llx: %s, %llx unmapped", size,
		     (unsigned long long)iova, strerror(errno),
		     (unsigned long long)unmap.size);
}

static void *map_memory(size_t size, int flags)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	memset(memory, 0, size);
	return memory;
}

void *memory_new(size_t size)
{
	void *memory = map_memory(size, 0);

	if (!memory)
		fail("no memory");
	return memory;
}

void *memory_new_huge(void)
{
	return map_memory(HUGE, MAP_HUGETLB);
}
