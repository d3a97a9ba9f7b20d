/* SPDX-License-Identifier: BSD-3-Clause */
#include "mem.h"

#include <endian.h>

/* A word of guest memory that its owner may be writing right now. */
static uint64_t load_word(const uint64_t *word)
{
	return le64toh(__atomic_load_n(word, __ATOMIC_ACQUIRE));
}

bool vtd_mem_read(const struct vtd_mem *mem, uint64_t address, uint64_t *words,
		  unsigned int count)
{
	size_t length = count * sizeof(*words);
	const uint64_t *direct = NULL;

	if (mem->ops->memory_direct != NULL)
		direct = mem->ops->memory_direct(mem->host, address, length);
	if (direct != NULL) {
		for (unsigned int i = 0; i < count; i++)
			words[i] = load_word(&direct[i]);
		return true;
	}
	if (mem->ops->memory_read(mem->host, address, words, length) < 0)
		return false;
	for (unsigned int i = 0; i < count; i++)
		words[i] = le64toh(words[i]);
	return true;
}

bool vtd_mem_write(const struct vtd_mem *mem, uint64_t address,
		   const uint64_t *words, unsigned int count)
{
	uint64_t raw[8];

	for (unsigned int i = 0; i < count; i++)
		raw[i] = htole64(words[i]);
	return mem->ops->memory_write(mem->host, address, raw,
				      count * sizeof(*raw)) >= 0;
}

bool vtd_mem_write_32(const struct vtd_mem *mem, uint64_t address,
		      uint32_t value)
{
	uint32_t raw = htole32(value);

	return mem->ops->memory_write(mem->host, address, &raw, sizeof(raw)) >=
	       0;
}

enum vtd_mem_swap vtd_mem_compare_exchange(const struct vtd_mem *mem,
					   uint64_t address, uint64_t *expected,
					   uint64_t desired)
{
	uint64_t raw = htole64(*expected);
	int swapped = mem->ops->memory_compare_exchange(mem->host, address,
							&raw, htole64(desired));

	if (swapped < 0)
		return VTD_MEM_FAILED;
	if (swapped > 0)
		return VTD_MEM_SWAPPED;
	*expected = le64toh(raw);
	return VTD_MEM_CHANGED;
}
