/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <time.h>

#include "nvme.h"

enum {
	NVME_CC = 0x14,
	NVME_CSTS = 0x1c,
	NVME_AQA = 0x24,
	NVME_ASQ = 0x28,
	NVME_ACQ = 0x30,
	NVME_SQ_DOORBELL = 0x1000,
	NVME_CQ_DOORBELL = 0x1004, /* CAP.DSTRD is 0 in QEMU */
	CC_ENABLE = 1,
	CC_ENTRY_SIZES = 6 << 16 | 4 << 20, /* 64 and 16 bytes */
	CSTS_READY = 1,
	IDENTIFY = 6,
	IDENTIFY_CONTROLLER = 1,
	MODEL = 24, /* offset in the structure */
	SUBMISSION_WORDS = 16,
	COMPLETION_WORDS = 4,
	HANG_SECONDS = 120,
};

static void wait_ready(const struct vfio *vfio, uint32_t ready)
{
	time_t end = time(NULL) + HANG_SECONDS;

	while ((vfio_read32(vfio, NVME_CSTS) & CSTS_READY) != ready)
		if (time(NULL) > end)
			fail("nvme: the controller does not become %sready",
			     ready ? "" : "un");
}

void nvme_start(struct nvme *nvme, const struct vfio *vfio, uint64_t iova)
{
	nvme->vfio = vfio;
	nvme->submission = memory_new(PAGE);
	nvme->completion = memory_new(PAGE);
	nvme->tail = nvme->head = 0;
	nvme->phase = 1;
	vfio_write32(vfio, NVME_CC, 0);
	wait_ready(vfio, 0);
	vfio_map(vfio, iova, nvme->submission, PAGE, MAP_READ);
	/* The controller reads nothing there, but may: first-stage tables
	 * have no mapping to write only.
	 */
	vfio_map(vfio, iova + PAGE, nvme->completion, PAGE, MAP_BOTH);
	vfio_write32(vfio, NVME_AQA, (NVME_DEPTH - 1) << 16 | (NVME_DEPTH - 1));
	vfio_write32(vfio, NVME_ASQ, iova);
	vfio_write32(vfio, NVME_ASQ + 4, iova >> 32);
	vfio_write32(vfio, NVME_ACQ, iova + PAGE);
	vfio_write32(vfio, NVME_ACQ + 4, (iova + PAGE) >> 32);
	vfio_write32(vfio, NVME_CC, CC_ENTRY_SIZES | CC_ENABLE);
	wait_ready(vfio, CSTS_READY);
}

void nvme_stop(struct nvme *nvme)
{
	vfio_write32(nvme->vfio, NVME_CC, 0);
	wait_ready(nvme->vfio, 0);
}

void nvme_identify(struct nvme *nvme, uint64_t iova)
{
	uint32_t *entry = nvme->submission + nvme->tail * SUBMISSION_WORDS;

	memset(entry, 0, SUBMISSION_WORDS * 4);
	entry[0] = IDENTIFY | nvme->tail << 16;
	entry[6] = (uint32_t)iova;
	entry[7] = iova >> 32;
	entry[10] = IDENTIFY_CONTROLLER;
	nvme->tail = (nvme->tail + 1) % NVME_DEPTH;
}

void nvme_submit(struct nvme *nvme)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	vfio_write32(nvme->vfio, NVME_SQ_DOORBELL, nvme->tail);
}

unsigned int nvme_complete(struct nvme *nvme)
{
	uint32_t *entry = nvme->completion + nvme->head * COMPLETION_WORDS;
	time_t end = time(NULL) + HANG_SECONDS;
	uint32_t last;

	for (;;) {
		last = __atomic_load_n(&entry[3], __ATOMIC_ACQUIRE);
		if ((last >> 16 & 1) == nvme->phase)
			break;
		if (time(NULL) > end)
			fail("nvme: a command does not end");
	}
	if (++nvme->head == NVME_DEPTH) {
		nvme->head = 0;
		nvme->phase ^= 1;
	}
	vfio_write32(nvme->vfio, NVME_CQ_DOORBELL, nvme->head);
	return last >> 17;
}

bool nvme_is_identity(const void *page)
{
	return !memcmp((const char *)page + MODEL, "QEMU NVMe Ctrl", 14);
}
