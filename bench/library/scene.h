/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A unit with all that vtd_config_init() says, on flat guest memory: the host,
 * and what software programs.
 */
#ifndef VTD_BENCH_SCENE_H
#define VTD_BENCH_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include <vtd/spec/descriptors.h>
#include <vtd/spec/regs.h>
#include <vtd/vtd.h>

#include "memory.h"

/* An invalidation queue of 256-bit descriptors (IQA.QS 2: 16 KiB). */
#define BENCH_QUEUE_SIZE UINT32_C(16384)

struct bench_scene {
	struct bench_memory memory;
	struct vtd_ram_range range; /* all of it, published to the unit */
	struct vtd_ram_map map;
	struct vtd_unit *unit;
	uint64_t root;
	uint64_t queue;
	uint64_t status; /* of waits */
	uint32_t tail;
	uint32_t sequence;
	uint64_t responses; /* page group responses that have come */
};

/* Guest memory of `size` bytes; see bench_memory_init(). */
void bench_scene_init(struct bench_scene *scene, uint64_t size, bool huge);
void bench_scene_destroy(struct bench_scene *scene);
/* Set the root table, start the queue, turn translation on. */
void bench_scene_enable(struct bench_scene *scene, unsigned int ttm);

/* Interrupts are remapped by the table of 2^(size + 1) entries. */
void bench_scene_interrupt_table(struct bench_scene *scene, uint64_t table,
				 unsigned int size);

void bench_scene_legacy(struct bench_scene *scene, uint16_t sid,
			const struct bench_tables *second_stage);
/* Returns a directory for PASIDs of 20 bits. */
uint64_t bench_scene_scalable(struct bench_scene *scene, uint16_t sid,
			      uint32_t rid_pasid);
/* The entry is of the type `pgtt`, with the tables that are given, or NULL. */
void bench_scene_pasid(struct bench_scene *scene, uint64_t dir, uint32_t pasid,
		       const struct bench_tables *first_stage,
		       const struct bench_tables *second_stage);

/* Store a descriptor at the tail, write the tail, and put a wait: it has to be
 * over when the tail is written. */
void bench_queue_put(struct bench_scene *scene, uint64_t word0, uint64_t word1);
void bench_queue_submit(struct bench_scene *scene);
void bench_queue_wait(struct bench_scene *scene);

#endif /* VTD_BENCH_SCENE_H */
