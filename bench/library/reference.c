/* SPDX-License-Identifier: BSD-3-Clause */
#include "reference.h"

#include "measure.h"

void bench_walk_init(struct bench_walk *walk, const struct bench_tables *tables)
{
	bool first = tables->stage == BENCH_FIRST_STAGE;

	*walk = (struct bench_walk){
		.ram = tables->memory->ram,
		.size = tables->memory->size,
		.root = tables->root + tables->gpa_offset,
		.want = first ? VTD_FS_P | VTD_FS_US | VTD_FS_A :
				VTD_SS_R | VTD_SS_A,
		.reserved = VTD_BITS(51, 48) | (first ? 0 : VTD_SS_RESERVED),
	};
}

/* The walk stays in line where 24 loads are wanted, and is a function where it
 * stands for a translation. */
static inline uint64_t walk_from(const struct bench_walk *walk, uint64_t table,
				 uint64_t address)
{
	for (unsigned int shift = 39;; shift -= 9) {
		uint64_t entry;

		if (table >= walk->size)
			return 0;
		entry = *(const volatile uint64_t
				  *)(const void *)(walk->ram + table +
						   (address >> shift & 0x1ff) *
							   8);
		if ((entry & walk->want) != walk->want ||
		    (entry & walk->reserved) != 0)
			return 0;
		table = entry & VTD_FS_ADDRESS;
		if (shift == 12)
			return table | (address & 0xfff);
		if ((entry & VTD_FS_PS) != 0)
			return 0;
	}
}

__attribute__((noinline)) uint64_t bench_walk(const struct bench_walk *walk,
					      uint64_t address)
{
	return walk_from(walk, walk->root, address);
}

__attribute__((noinline)) uint64_t
bench_walk_nested(const struct bench_walk *first_stage,
		  const struct bench_walk *second_stage, uint64_t address)
{
	uint64_t table = first_stage->root;

	for (unsigned int shift = 39;; shift -= 9) {
		uint64_t at = walk_from(second_stage, second_stage->root,
					table + (address >> shift & 0x1ff) * 8);
		uint64_t entry;

		if (at == 0 || at >= first_stage->size)
			return 0;
		entry = *(const volatile uint64_t
				  *)(const void *)(first_stage->ram + at);
		if ((entry & first_stage->want) != first_stage->want ||
		    (entry & first_stage->reserved) != 0)
			return 0;
		table = entry & VTD_FS_ADDRESS;
		if (shift == 12)
			return walk_from(second_stage, second_stage->root,
					 table | (address & 0xfff));
		if ((entry & VTD_FS_PS) != 0)
			return 0;
	}
}

void bench_run_walk(void *context, struct bench_random *random,
		    unsigned int count)
{
	const struct bench_walks *walks = context;
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++)
		sum += bench_walk(&walks->first,
				  bench_page(&walks->pages,
					     bench_random(random)));
	bench_sink = sum;
}

void bench_run_walk_dependent(void *context, struct bench_random *random,
			      unsigned int count)
{
	const struct bench_walks *walks = context;
	uint64_t zero = bench_zero;
	uint64_t last = 0;

	for (unsigned int i = 0; i < count; i++)
		last = bench_walk(&walks->first,
				  bench_page(&walks->pages,
					     bench_random(random) ^
						     (last & zero)));
	bench_sink = last;
}

void bench_run_walk_nested(void *context, struct bench_random *random,
			   unsigned int count)
{
	const struct bench_walks *walks = context;
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++)
		sum += bench_walk_nested(&walks->first, &walks->second,
					 bench_page(&walks->pages,
						    bench_random(random)));
	bench_sink = sum;
}

void bench_run_walk_nested_dependent(void *context, struct bench_random *random,
				     unsigned int count)
{
	const struct bench_walks *walks = context;
	uint64_t zero = bench_zero;
	uint64_t last = 0;

	for (unsigned int i = 0; i < count; i++)
		last = bench_walk_nested(&walks->first, &walks->second,
					 bench_page(&walks->pages,
						    bench_random(random) ^
							    (last & zero)));
	bench_sink = last;
}

__attribute__((noinline)) static void empty_call(const void *a, const void *b,
						 void *c)
{
	__asm__ volatile("" : : "r"(a), "r"(b), "r"(c) : "memory");
}

void bench_run_empty_call(void *context, struct bench_random *random,
			  unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		uint64_t address = bench_random(random);

		empty_call(context, &address, random);
	}
}
