/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The invalidation queue as a kernel with many threads uses it: descriptors and
 * a wait go in together under a lock, and each thread polls for its own wait.
 */
#ifndef VTD_TESTS_TOY_QUEUE_H
#define VTD_TESTS_TOY_QUEUE_H

#include <pthread.h>
#include <stdint.h>

#include "regs.h"
#include "toy_frames.h"

#define TOY_BATCH_MAX 16

/* Descriptors that are submitted together. */
struct toy_batch {
	unsigned int count;
	uint64_t words[TOY_BATCH_MAX][2];
};

void toy_batch_add(struct toy_batch *batch, uint64_t word0, uint64_t word1);

/* 7h and 6h for all of a PASID; 6h for the 2^shift bytes at `address`. */
void toy_batch_pasid_cache(struct toy_batch *batch, uint16_t did,
			   uint32_t pasid);
void toy_batch_iotlb(struct toy_batch *batch, uint16_t did, uint32_t pasid);
void toy_batch_iotlb_page(struct toy_batch *batch, uint16_t did, uint32_t pasid,
			  uint64_t address, unsigned int shift);
/* 8h for the 2^shift bytes at `address`, for all of a PASID (shift 64). */
void toy_batch_device_tlb(struct toy_batch *batch, uint16_t sid, uint32_t pasid,
			  uint64_t address, unsigned int shift);
/* 5h without status, before what follows. */
void toy_batch_fence(struct toy_batch *batch);

struct toy_queue {
	struct regs_queue *regs; /* enabled; nobody else uses it */
	struct toy_log *log;
	pthread_mutex_t lock;
	uint64_t status; /* a page of status words */
	uint32_t sequence;
};

void toy_queue_init(struct toy_queue *queue, struct regs_queue *regs,
		    struct vtd_kit_tables *tables, struct toy_log *log);
void toy_queue_destroy(struct toy_queue *queue);

/* Submit the batch and a wait with `flags` (VTD_DESC_WAIT0_*), and return when
 * it has completed. */
void toy_queue_do(struct toy_queue *queue, const struct toy_batch *batch,
		  uint64_t flags);

/* The two halves of it. */
uint32_t toy_queue_submit(struct toy_queue *queue,
			  const struct toy_batch *batch, uint64_t flags);
bool toy_queue_is_done(struct toy_queue *queue, uint32_t sequence);

#endif /* VTD_TESTS_TOY_QUEUE_H */
