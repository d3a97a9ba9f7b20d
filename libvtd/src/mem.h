/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guest memory as the paths see it: little-endian 64-bit words in host order.
 * Guest memory is hostile and changes meanwhile: a structure is fetched once
 * into a local, checked there, and never looked at again.
 */
#ifndef VTD_SRC_MEM_H
#define VTD_SRC_MEM_H

#include <endian.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vtd/host.h>

struct vtd_mem {
	const struct vtd_host_ops *ops;
	void *host;
	/* RAM that the host has published (vtd_unit_set_ram()), or an empty map,
	 * and the largest of its ranges, which most tables are in. */
	const struct vtd_ram_map *_Atomic ram;
	const struct vtd_ram_range *_Atomic largest;
	/* Published RAM is kept in `aside`, and all is read by callbacks. */
	bool by_callbacks;
	const struct vtd_ram_map *aside;
};

void vtd_mem_init(struct vtd_mem *mem, const struct vtd_host_ops *ops,
		  void *host, bool by_callbacks);

/* Callers exclude each other.  Returns as vtd_unit_set_ram() does. */
int vtd_mem_set_ram(struct vtd_mem *mem, const struct vtd_ram_map *map,
		    const struct vtd_ram_map **previous);

/*
 * One range of that RAM, for whoever reads several words: each is looked for
 * there first.  It is kept in a local, and is good until the call into the
 * library returns that it was made in.
 */
struct vtd_mem_window {
	uint64_t first;
	uint64_t length; /* 0: not RAM that is published */
	/* Its host address less its guest address, modulo 2^64. */
	uint64_t bias;
};

static inline struct vtd_mem_window
vtd_mem_window_of(const struct vtd_ram_range *range)
{
	return (struct vtd_mem_window){
		.first = range->first,
		.length = range->length,
		.bias = (uint64_t)(uintptr_t)range->memory - range->first,
	};
}

/* The window to begin with. */
static inline struct vtd_mem_window vtd_mem_window(const struct vtd_mem *mem)
{
	return vtd_mem_window_of(
		atomic_load_explicit(&mem->largest, memory_order_acquire));
}

/* The window that `address` is in. */
struct vtd_mem_window vtd_mem_find(const struct vtd_mem *mem, uint64_t address);

/* Where the word at `address`, 8-byte aligned, is; NULL: not RAM that is
 * published. */
static inline const uint64_t *vtd_mem_at(const struct vtd_mem *mem,
					 struct vtd_mem_window *window,
					 uint64_t address)
{
	if (__builtin_expect(address - window->first >= window->length, 0)) {
		struct vtd_mem_window found = vtd_mem_find(mem, address);

		if (found.length == 0)
			return NULL;
		*window = found;
	}
	return (const uint64_t *)(uintptr_t)(address + window->bias);
}

/* A word of guest memory that its owner may be writing right now. */
static inline uint64_t vtd_mem_load(const uint64_t *word)
{
	return le64toh(__atomic_load_n(word, __ATOMIC_ACQUIRE));
}

/* Read by the host's callback, as vtd_mem_read() does. */
bool vtd_mem_read_by_host(const struct vtd_mem *mem, uint64_t address,
			  uint64_t *words, unsigned int count);

/* vtd_mem_read() of one word, for those who read several and keep a window. */
static inline bool vtd_mem_read_word(const struct vtd_mem *mem,
				     struct vtd_mem_window *window,
				     uint64_t address, uint64_t *word)
{
	if (__builtin_expect(address - window->first >= window->length, 0)) {
		struct vtd_mem_window found = vtd_mem_find(mem, address);
		uint64_t read;

		if (found.length == 0) {
			/* Not by `word`: that is to stay in a register. */
			if (!vtd_mem_read_by_host(mem, address, &read, 1))
				return false;
			*word = read;
			return true;
		}
		*window = found;
	}
	*word = vtd_mem_load(
		(const uint64_t *)(uintptr_t)(address + window->bias));
	return true;
}

/* vtd_mem_read() for those who read several structures and keep a window; it reads
 * no two words in one piece. */
static inline bool
vtd_mem_read_words(const struct vtd_mem *mem, struct vtd_mem_window *window,
		   uint64_t address, uint64_t *words, unsigned int count)
{
	const uint64_t *from = vtd_mem_at(mem, window, address);

	if (from == NULL)
		return vtd_mem_read_by_host(mem, address, words, count);
	for (unsigned int i = 0; i < count; i++)
		words[i] = vtd_mem_load(&from[i]);
	return true;
}

/*
 * Read `count` words (1..8) at `address`, which is aligned to their size (a
 * power of two), so that they never cross a page.  One word and two are read in
 * one piece; more are not.  False: not RAM.
 */
bool vtd_mem_read(const struct vtd_mem *mem, uint64_t address, uint64_t *words,
		  unsigned int count);

/* Write `count` words likewise. */
bool vtd_mem_write(const struct vtd_mem *mem, uint64_t address,
		   const uint64_t *words, unsigned int count);

/* Write 32 bits at a 4-byte aligned address. */
bool vtd_mem_write_32(const struct vtd_mem *mem, uint64_t address,
		      uint32_t value);

enum vtd_mem_swap {
	VTD_MEM_SWAPPED,
	VTD_MEM_CHANGED, /* *expected now holds what was found */
	VTD_MEM_FAILED,
};

/* Compare-and-swap of the word at an 8-byte aligned address. */
enum vtd_mem_swap vtd_mem_compare_exchange(const struct vtd_mem *mem,
					   uint64_t address, uint64_t *expected,
					   uint64_t desired);

#endif /* VTD_SRC_MEM_H */
