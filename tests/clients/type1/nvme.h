/* SPDX-License-Identifier: BSD-3-Clause */
/* The admin queue of an NVMe controller, polled; Identify is all it is asked. */
#ifndef CLIENT_NVME_H
#define CLIENT_NVME_H

#include "vfio.h"

enum {
	NVME_DEPTH = 32,
	NVME_SUCCESS = 0,
};

struct nvme {
	const struct vfio *vfio;
	uint32_t *submission;
	uint32_t *completion;
	unsigned int tail;
	unsigned int head;
	unsigned int phase;
};

/* Maps its queues at iova (two pages) and enables the controller. */
void nvme_start(struct nvme *nvme, const struct vfio *vfio, uint64_t iova);
void nvme_stop(struct nvme *nvme);

/* Puts Identify Controller into the queue, its page to go to iova. */
void nvme_identify(struct nvme *nvme, uint64_t iova);
/* Tells the controller about all that is in the queue. */
void nvme_submit(struct nvme *nvme);
/* Waits for one completion; its status field. */
unsigned int nvme_complete(struct nvme *nvme);

/* Whether the page holds an Identify Controller structure of QEMU. */
bool nvme_is_identity(const void *page);

#endif
