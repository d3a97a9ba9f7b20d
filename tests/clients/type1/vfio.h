/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A PCI function through vfio type1: its registers, and the I/O addresses that
 * it sees.  Every function ends the program with a message when the kernel
 * refuses what has to work.
 */
#ifndef CLIENT_VFIO_H
#define CLIENT_VFIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PAGE = 4096,
	HUGE = 2 * 1024 * 1024,
	MAP_READ = 1, /* for the device, VFIO_DMA_MAP_FLAG_* */
	MAP_WRITE = 2,
	MAP_BOTH = MAP_READ | MAP_WRITE,
};

struct vfio {
	const char *address; /* 0000:00:03.0 */
	int container;
	int group;
	int device;
	uint64_t bar0; /* offset of its registers in the device's file */
};

_Noreturn void fail(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* The function has vfio-pci as its driver already. */
void vfio_open(struct vfio *vfio, const char *address);
void vfio_close(struct vfio *vfio);

uint32_t vfio_read32(const struct vfio *vfio, uint32_t offset);
void vfio_write32(const struct vfio *vfio, uint32_t offset, uint32_t value);

void vfio_map(const struct vfio *vfio, uint64_t iova, void *memory, size_t size,
	      int access);
void vfio_unmap(const struct vfio *vfio, uint64_t iova, size_t size);

/* Zeroed, pinned by its first touch. */
void *memory_new(size_t size);
/* One huge page; NULL when there is none. */
void *memory_new_huge(void);

#endif
