/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory.h"

#include <sys/mman.h>

#include "measure.h"

void bench_memory_init(struct bench_memory *memory, uint64_t size, bool huge)
{
	void *ram = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (ram == MAP_FAILED)
		bench_die("no room for guest memory");
	/* Without huge pages it is slower, for the references too. */
	if (huge)
		madvise(ram, size, MADV_HUGEPAGE);
	*memory = (struct bench_memory){
		.ram = ram,
		.size = size,
		.next = UINT64_C(1) << 20,
	};
}

void bench_memory_destroy(struct bench_memory *memory)
{
	munmap(memory->ram, memory->size);
}

uint64_t bench_memory_pages(struct bench_memory *memory, uint64_t count)
{
	uint64_t size = count * BENCH_PAGE;
	uint64_t address = memory->next;

	memory->next = address + size;
	if (memory->next > memory->size)
		bench_die("guest memory is too small");
	return address;
}

void bench_tables_init(struct bench_tables *tables, struct bench_memory *memory,
		       enum bench_stage stage)
{
	*tables = (struct bench_tables){
		.memory = memory,
		.stage = stage,
		.root = bench_memory_pages(memory, 1),
	};
}

static uint64_t entry_bits(const struct bench_tables *tables, bool leaf)
{
	if (tables->stage == BENCH_FIRST_STAGE)
		return VTD_FS_P | VTD_FS_RW | VTD_FS_US | VTD_FS_A |
		       (leaf ? VTD_FS_D : 0);
	return VTD_SS_R | VTD_SS_W | VTD_SS_A | (leaf ? VTD_SS_D : 0);
}

/* The entry of `input` in the table at `table` that maps 2^shift bytes. */
static uint64_t *entry_of(const struct bench_tables *tables, uint64_t table,
			  uint64_t input, unsigned int shift)
{
	return bench_memory_word(tables->memory,
				 table + (input >> shift & 0x1ff) * 8);
}

/* The last-level table for `input`; those above it are made. */
static uint64_t leaf_table(const struct bench_tables *tables, uint64_t input)
{
	uint64_t table = tables->root;

	for (unsigned int shift = 39; shift > 12; shift -= 9) {
		uint64_t *entry = entry_of(tables, table, input, shift);

		if (*entry == 0)
			*entry = (bench_memory_pages(tables->memory, 1) +
				  tables->gpa_offset) |
				 entry_bits(tables, false);
		table = (*entry & VTD_TABLE_ADDRESS) - tables->gpa_offset;
	}
	return table;
}

void bench_tables_map(const struct bench_tables *tables, uint64_t input,
		      uint64_t output, uint64_t pages)
{
	uint64_t bits = entry_bits(tables, true);

	for (uint64_t i = 0; i < pages; i++) {
		uint64_t page = input + i * BENCH_PAGE;

		*entry_of(tables, leaf_table(tables, page), page, 12) =
			(output + i * BENCH_PAGE) | bits;
	}
}
