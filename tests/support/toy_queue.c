/* SPDX-License-Identifier: BSD-3-Clause */
#include "toy_queue.h"

#include <assert.h>
#include <sched.h>

#include <vtd/kit/descriptors.h>

/* Of 32 bytes, in the one page that the queue has. */
#define DESCRIPTOR_SIZE UINT32_C(32)
#define QUEUE_SIZE UINT32_C(4096)
/* More than there are threads, so that a later wait finds its word free. */
#define STATUS_WORDS 64

#define QUEUE_ERRORS (VTD_FSTS_IQE | VTD_FSTS_ICE | VTD_FSTS_ITE)

void toy_batch_add(struct toy_batch *batch, uint64_t word0, uint64_t word1)
{
	assert(batch->count < TOY_BATCH_MAX);
	batch->words[batch->count][0] = word0;
	batch->words[batch->count][1] = word1;
	batch->count++;
}

static void put(struct toy_batch *batch, struct vtd_kit_descriptor descriptor)
{
	toy_batch_add(batch, descriptor.word[0], descriptor.word[1]);
}

void toy_batch_pasid_cache(struct toy_batch *batch, uint16_t did,
			   uint32_t pasid)
{
	put(batch, vtd_kit_pasid_cache(did, pasid));
}

void toy_batch_iotlb(struct toy_batch *batch, uint16_t did, uint32_t pasid)
{
	put(batch, vtd_kit_pasid_iotlb(did, pasid));
}

void toy_batch_iotlb_page(struct toy_batch *batch, uint16_t did, uint32_t pasid,
			  uint64_t address, unsigned int shift)
{
	put(batch, vtd_kit_pasid_iotlb_pages(did, pasid, address, shift));
}

void toy_batch_device_tlb(struct toy_batch *batch, uint16_t sid, uint32_t pasid,
			  uint64_t address, unsigned int shift)
{
	put(batch, vtd_kit_pasid_device_tlb(sid, pasid, address, shift));
}

void toy_batch_fence(struct toy_batch *batch)
{
	toy_batch_add(batch, VTD_DESC_WAIT | VTD_DESC_WAIT0_FN, 0);
}

void toy_queue_init(struct toy_queue *queue, struct regs_queue *regs,
		    struct vtd_kit_tables *tables, struct toy_log *log)
{
	*queue = (struct toy_queue){
		.regs = regs,
		.log = log,
		.status = tables_page(tables),
	};
	pthread_mutex_init(&queue->lock, NULL);
}

void toy_queue_destroy(struct toy_queue *queue)
{
	pthread_mutex_destroy(&queue->lock);
}

/* Descriptors that fit in; one slot stays free. */
static unsigned int room(struct toy_queue *queue)
{
	uint32_t head = regs_read_32(queue->regs->unit, VTD_REG_IQH);
	uint32_t used = (queue->regs->tail - head) % QUEUE_SIZE;

	return (QUEUE_SIZE - used) / DESCRIPTOR_SIZE - 1;
}

static uint64_t status_of(const struct toy_queue *queue, uint32_t sequence)
{
	return queue->status + 4 * (sequence % STATUS_WORDS);
}

uint32_t toy_queue_submit(struct toy_queue *queue,
			  const struct toy_batch *batch, uint64_t flags)
{
	uint32_t sequence;

	pthread_mutex_lock(&queue->lock);
	while (room(queue) < batch->count + 1) {
		pthread_mutex_unlock(&queue->lock);
		sched_yield();
		pthread_mutex_lock(&queue->lock);
	}
	sequence = ++queue->sequence;
	for (unsigned int i = 0; i < batch->count; i++)
		regs_queue_put(queue->regs, batch->words[i][0],
			       batch->words[i][1]);
	regs_queue_put(queue->regs,
		       VTD_DESC_WAIT | VTD_DESC_WAIT0_SW | flags |
			       vtd_field_make(VTD_DESC_WAIT0_STATUS_DATA,
					      sequence),
		       status_of(queue, sequence));
	regs_queue_submit(queue->regs);
	pthread_mutex_unlock(&queue->lock);
	return sequence;
}

bool toy_queue_is_done(struct toy_queue *queue, uint32_t sequence)
{
	uint32_t status =
		fake_host_get_32(queue->regs->host, status_of(queue, sequence));

	/* A later one may have used the word meanwhile. */
	return (int32_t)(status - sequence) >= 0;
}

void toy_queue_do(struct toy_queue *queue, const struct toy_batch *batch,
		  uint64_t flags)
{
	uint32_t sequence = toy_queue_submit(queue, batch, flags);

	while (!toy_queue_is_done(queue, sequence)) {
		uint32_t status = regs_read_32(queue->regs->unit, VTD_REG_FSTS);

		if ((status & QUEUE_ERRORS) != 0) {
			toy_fail(queue->log, "invalidation queue error",
				 status);
			return;
		}
		sched_yield();
	}
}
