/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guest memory of the bench: flat, from guest-physical 0, filled before anything
 * is measured.  Builders of tables, with every right, and accessed and dirty bits
 * set: nothing that is measured writes to tables.
 */
#ifndef VTD_BENCH_MEMORY_H
#define VTD_BENCH_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vtd/spec/tables.h>

#define BENCH_PAGE UINT64_C(4096)

struct bench_memory {
	uint8_t *ram;
	uint64_t size;
	uint64_t next; /* where the next pages are taken; none is given back */
};

/* `huge`: ask for huge pages, as QEMU does for RAM; not for memory that is
 * mostly never touched.  Ends the program if there is not enough. */
void bench_memory_init(struct bench_memory *memory, uint64_t size, bool huge);
void bench_memory_destroy(struct bench_memory *memory);

/* Zeroed pages, `count` in a row. */
uint64_t bench_memory_pages(struct bench_memory *memory, uint64_t count);

static inline uint64_t *bench_memory_word(const struct bench_memory *memory,
					  uint64_t address)
{
	return (uint64_t *)(void *)(memory->ram + address);
}

enum bench_stage { BENCH_FIRST_STAGE, BENCH_SECOND_STAGE };

/* Tables of four levels, with pages of 4 KiB. */
struct bench_tables {
	struct bench_memory *memory;
	enum bench_stage stage;
	uint64_t root; /* where it is in RAM */
	/* Added to the addresses that entries have of lower tables: what makes
	 * guest-physical addresses of them. */
	uint64_t gpa_offset;
};

void bench_tables_init(struct bench_tables *tables, struct bench_memory *memory,
		       enum bench_stage stage);
/* Map `pages` pages from `input` on to those from `output` on. */
void bench_tables_map(const struct bench_tables *tables, uint64_t input,
		      uint64_t output, uint64_t pages);

#endif /* VTD_BENCH_MEMORY_H */
