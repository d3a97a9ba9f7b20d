/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * QEMU's edu device: it copies between a buffer of its own and memory, some
 * time after it was told to, at addresses below 256 MiB.
 */
#ifndef CLIENT_EDU_H
#define CLIENT_EDU_H

#include "vfio.h"

void edu_check(const struct vfio *edu);
/* Starts a copy of size bytes (a page at most). */
void edu_start(const struct vfio *edu, uint64_t iova, size_t size,
	       bool to_memory);
void edu_wait(const struct vfio *edu);

/* Both at once. */
void edu_fetch(const struct vfio *edu, uint64_t iova, size_t size);
void edu_store(const struct vfio *edu, uint64_t iova, size_t size);

#endif
