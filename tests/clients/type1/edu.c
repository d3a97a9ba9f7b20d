/* SPDX-License-Identifier: BSD-3-Clause */
#include <time.h>

#include "edu.h"

enum {
	EDU_ID = 0x00,
	EDU_SOURCE = 0x80,
	EDU_TARGET = 0x88,
	EDU_COUNT = 0x90,
	EDU_COMMAND = 0x98,
	EDU_RUN = 1,
	EDU_TO_MEMORY = 2,
	EDU_BUFFER = 0x40000,
	EDU_ID_VALUE = 0xed,
	HANG_SECONDS = 120,
};

void edu_check(const struct vfio *edu)
{
	uint32_t id = vfio_read32(edu, EDU_ID);

	if ((id & 0xff) != EDU_ID_VALUE)
		fail("%s is no edu device: %x", edu->address, id);
}

void edu_start(const struct vfio *edu, uint64_t iova, size_t size,
	       bool to_memory)
{
	vfio_write32(edu, EDU_SOURCE, to_memory ? EDU_BUFFER : iova);
	vfio_write32(edu, EDU_TARGET, to_memory ? iova : EDU_BUFFER);
	vfio_write32(edu, EDU_COUNT, size);
	vfio_write32(edu, EDU_COMMAND,
		     EDU_RUN | (to_memory ? EDU_TO_MEMORY : 0));
}

void edu_wait(const struct vfio *edu)
{
	time_t end = time(NULL) + HANG_SECONDS;

	while (vfio_read32(edu, EDU_COMMAND) & EDU_RUN)
		if (time(NULL) > end)
			fail("edu: a copy does not end");
}

void edu_fetch(const struct vfio *edu, uint64_t iova, size_t size)
{
	edu_start(edu, iova, size, false);
	edu_wait(edu);
}

void edu_store(const struct vfio *edu, uint64_t iova, size_t size)
{
	edu_start(edu, iova, size, true);
	edu_wait(edu);
}
