/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A stand-in for the kernel's VFIO type 1 driver, preloaded into QEMU: it
 * answers for /dev/vfio/vfio and /dev/vfio/N, N below 1000, with one dumb PCI
 * device in each group, keeps mappings by the kernel's rules, and writes down
 * what is mapped and unmapped.  From the environment:
 *
 *	FAKE_VFIO_LOG     the file for that, one line for each call:
 *		map C IOVA SIZE r|rw OFFSET WATCH
 *		unmap C IOVA SIZE WATCH
 *		refused map|unmap C IOVA SIZE REASON
 *		close C
 *	    C is the container's number.  OFFSET is where in the guest's RAM
 *	    the memory is, or "-" when it is not the guest's RAM.
 *	FAKE_VFIO_RAM     the file that is the guest's RAM
 *	FAKE_VFIO_WATCH   WATCH is the 32-bit value at this offset of it
 *	FAKE_VFIO_SINGLE  a container takes one group only
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mappings.h"

enum {
	MAX_FILES = 4096,
	CONFIG_OFFSET = 0x10000,
	BAR_SIZE = 4096,
};

enum kind { KIND_NONE, KIND_CONTAINER, KIND_GROUP, KIND_DEVICE };

struct file {
	enum kind kind;
	int number;
	int groups; /* of a container */
	struct mappings mappings;
};

static struct file files[MAX_FILES];
static int containers;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile const uint32_t *watch;
static int log_fd = -1;

static void write_log(const char *format, ...)
{
	char line[200];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (write(log_fd, line, length) != length)
		abort();
}

/* The guest's RAM appears when QEMU has made it. */
static uint32_t watched(void)
{
	const char *offset = getenv("FAKE_VFIO_WATCH");

	if (!watch && offset) {
		off_t at = strtoull(offset, NULL, 0);
		int fd = open(getenv("FAKE_VFIO_RAM"), O_RDONLY);
		char *page =
			mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, at & ~4095);

		if (page == MAP_FAILED)
			abort();
		watch = (const uint32_t *)(page + (at & 4095));
		close(fd);
	}
	return watch ? *watch : 0;
}

/* Where ADDRESS is in the guest's RAM. */
static void ram_offset(uint64_t address, char *text, size_t size)
{
	char *ram = realpath(getenv("FAKE_VFIO_RAM"), NULL);
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	snprintf(text, size, "-");
	while (ram && maps && fgets(line, sizeof(line), maps)) {
		unsigned long start, end, offset;
		int name = 0;

		line[strcspn(line, "\n")] = '\0';
		sscanf(line, "%lx-%lx %*s %lx %*s %*s %n", &start, &end,
		       &offset, &name);
		if (address < start || address >= end ||
		    strcmp(line + name, ram) != 0)
			continue;
		snprintf(text, size, "%#lx", offset + (address - start));
		break;
	}
	if (maps)
		fclose(maps);
	free(ram);
}

static int refuse(const char *what, const struct file *container,
		  const struct mapping *mapping, int error)
{
	write_log("refused %s %d %#llx %#llx %s\n", what, container->number,
		  (unsigned long long)mapping->iova,
		  (unsigned long long)mapping->size, strerrorname_np(error));
	errno = error;
	return -1;
}

static int dma_map(struct file *container,
		   const struct vfio_iommu_type1_dma_map *arg)
{
	const struct mapping mapping = { .iova = arg->iova, .size = arg->size };
	bool writable = arg->flags & VFIO_DMA_MAP_FLAG_WRITE;
	char offset[32];
	int error;

	error = (arg->vaddr & 4095) ?
			EINVAL :
			mappings_add(&container->mappings, &mapping);
	if (error)
		return refuse("map", container, &mapping, error);
	ram_offset(arg->vaddr, offset, sizeof(offset));
	write_log("map %d %#llx %#llx %s %s %#x\n", container->number,
		  (unsigned long long)arg->iova, (unsigned long long)arg->size,
		  writable ? "rw" : "r", offset, watched());
	return 0;
}

static int dma_unmap(struct file *container,
		     struct vfio_iommu_type1_dma_unmap *arg)
{
	const struct mapping range = { .iova = arg->iova, .size = arg->size };
	int error;

	if (arg->flags & VFIO_DMA_UNMAP_FLAG_ALL) {
		mappings_clear(&container->mappings);
		write_log("unmap %d 0 0 %#x\n", container->number, watched());
		return 0;
	}
	error = mappings_remove(&container->mappings, &range, &arg->size);
	if (error)
		return refuse("unmap", container, &range, error);
	write_log("unmap %d %#llx %#llx %#x\n", container->number,
		  (unsigned long long)range.iova,
		  (unsigned long long)range.size, watched());
	return 0;
}

static int container_ioctl(struct file *container, unsigned long request,
			   void *arg)
{
	struct vfio_iommu_type1_info *info = arg;

	switch (request) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		return (uintptr_t)arg == VFIO_TYPE1v2_IOMMU;
	case VFIO_SET_IOMMU:
		return 0;
	case VFIO_IOMMU_GET_INFO:
		info->flags = VFIO_IOMMU_INFO_PGSIZES;
		info->iova_pgsizes = ~4095ULL;
		info->argsz = sizeof(*info);
		return 0;
	case VFIO_IOMMU_MAP_DMA:
		return dma_map(container, arg);
	case VFIO_IOMMU_UNMAP_DMA:
		return dma_unmap(container, arg);
	}
	errno = ENOTTY;
	return -1;
}

/* A function without capabilities and interrupts, with one memory BAR. */
static int new_device(int number)
{
	uint8_t config[PCI_CFG_SPACE_SIZE] = { 0 };
	int fd = memfd_create("fake-vfio-device", MFD_CLOEXEC);

	config[PCI_VENDOR_ID] = 0x36;
	config[PCI_VENDOR_ID + 1] = 0x1b;
	config[PCI_DEVICE_ID] = 0xfe;
	config[PCI_CLASS_DEVICE + 1] = 0xff;
	if (fd < 0 || fd >= MAX_FILES || ftruncate(fd, CONFIG_OFFSET) ||
	    pwrite(fd, config, sizeof(config), CONFIG_OFFSET) != sizeof(config))
		abort();
	files[fd] = (struct file){ .kind = KIND_DEVICE, .number = number };
	return fd;
}

static int set_container(int fd)
{
	struct file *container = &files[fd];

	if (container->groups && getenv("FAKE_VFIO_SINGLE")) {
		errno = EINVAL;
		return -1;
	}
	container->groups++;
	return 0;
}

static int group_ioctl(struct file *group, unsigned long request, void *arg)
{
	struct vfio_group_status *status = arg;

	switch (request) {
	case VFIO_GROUP_GET_STATUS:
		status->flags = VFIO_GROUP_FLAGS_VIABLE;
		return 0;
	case VFIO_GROUP_SET_CONTAINER:
		return set_container(*(const int *)arg);
	case VFIO_GROUP_UNSET_CONTAINER:
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD:
		return new_device(group->number);
	}
	errno = ENOTTY;
	return -1;
}

static int region_info(struct vfio_region_info *info)
{
	info->argsz = sizeof(*info);
	info->flags = info->size = info->offset = 0;
	if (info->index >= VFIO_PCI_VGA_REGION_INDEX) {
		errno = EINVAL;
		return -1;
	}
	if (info->index != 0 && info->index != VFIO_PCI_CONFIG_REGION_INDEX)
		return 0;
	info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	info->size = info->index ? PCI_CFG_SPACE_SIZE : BAR_SIZE;
	info->offset = info->index ? CONFIG_OFFSET : 0;
	return 0;
}

static int device_ioctl(unsigned long request, void *arg)
{
	struct vfio_device_info *info = arg;
	struct vfio_irq_info *irq = arg;

	switch (request) {
	case VFIO_DEVICE_GET_INFO:
		info->argsz = sizeof(*info);
		info->flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
		info->num_regions = VFIO_PCI_NUM_REGIONS;
		info->num_irqs = VFIO_PCI_NUM_IRQS;
		return 0;
	case VFIO_DEVICE_GET_REGION_INFO:
		return region_info(arg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		if (irq->index > VFIO_PCI_MSIX_IRQ_INDEX)
			break;
		irq->flags = irq->count = 0;
		return 0;
	case VFIO_DEVICE_SET_IRQS:
	case VFIO_DEVICE_RESET:
		return 0;
	}
	errno = ENOTTY;
	return -1;
}

/* ---- what QEMU calls */

#define real(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

static int open_fake(const char *path)
{
	struct file file = { .kind = KIND_GROUP };
	int fd;

	if (strcmp(path, "/dev/vfio/vfio") == 0)
		file.kind = KIND_CONTAINER;
	else if (sscanf(path, "/dev/vfio/%d", &file.number) != 1)
		return -1;
	fd = memfd_create("fake-vfio", MFD_CLOEXEC);
	if (fd < 0 || fd >= MAX_FILES)
		abort();
	pthread_mutex_lock(&lock);
	if (file.kind == KIND_CONTAINER)
		file.number = containers++;
	files[fd] = file;
	pthread_mutex_unlock(&lock);
	return fd;
}

static int open_any(const char *path, int flags, mode_t mode)
{
	int fd = strncmp(path, "/dev/vfio/", 10) == 0 ? open_fake(path) : -1;

	return fd >= 0 ? fd : real(openat)(AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = va_arg(args, mode_t);
	va_end(args);
	return open_any(path, flags, mode);
}

/* The names under which programs built with other options know it. */
int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open_any(path, flags, 0);
}

int __open64_2(const char *path, int flags) __attribute__((alias("__open_2")));

/* QEMU takes a device for a mediated one by where "subsystem" leads to. */
char *realpath(const char *path, char *resolved)
{
	static const char mdev[] = "/sys/bus/mdev";
	char link[64] = "";

	if (resolved || readlink(path, link, sizeof(link) - 1) < 0 ||
	    strcmp(link, mdev) != 0)
		return real(realpath)(path, resolved);
	return strdup(mdev);
}

int close(int fd)
{
	if (fd >= 0 && fd < MAX_FILES && files[fd].kind != KIND_NONE) {
		pthread_mutex_lock(&lock);
		if (files[fd].kind == KIND_CONTAINER)
			write_log("close %d\n", files[fd].number);
		mappings_clear(&files[fd].mappings);
		files[fd].kind = KIND_NONE;
		pthread_mutex_unlock(&lock);
	}
	return real(close)(fd);
}

int ioctl(int fd, unsigned long request, ...)
{
	int status = -1;
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (fd < 0 || fd >= MAX_FILES || files[fd].kind == KIND_NONE)
		return real(ioctl)(fd, request, arg);
	pthread_mutex_lock(&lock);
	switch (files[fd].kind) {
	case KIND_CONTAINER:
		status = container_ioctl(&files[fd], request, arg);
		break;
	case KIND_GROUP:
		status = group_ioctl(&files[fd], request, arg);
		break;
	default:
		status = device_ioctl(request, arg);
	}
	pthread_mutex_unlock(&lock);
	return status;
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("FAKE_VFIO_LOG");

	if (path)
		log_fd = real(openat)(AT_FDCWD, path,
				      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
				      0644);
}
