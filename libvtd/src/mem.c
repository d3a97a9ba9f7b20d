/* SPDX-License-Identifier: BSD-3-Clause */
#include "mem.h"

#include <endian.h>
#include <string.h>

/* A word of guest memory that its owner may be writing right now. */
static uint64_t load_word(const uint64_t *word)
{
	return le64toh(__atomic_load_n(word, __ATOMIC_ACQUIRE));
}

/* How often a pair may differ when it is looked at again. */
#define PAIR_TRIES 16

#ifdef __x86_64__
typedef long long vector_of_two __attribute__((vector_size(16)));

/* Processors with AVX load 16 aligned bytes in one piece.  An atomic load of
 * the compiler's would be a compare-and-swap, which needs a writable page. */
static bool load_pair_at_once(const uint64_t *from, uint64_t raw[2])
{
	vector_of_two pair;

	if ((uintptr_t)from % 16 != 0 || !__builtin_cpu_supports("avx"))
		return false;
	__asm__ volatile("movdqa %1, %0"
			 : "=x"(pair)
			 : "m"(*(const vector_of_two *)from)
			 : "memory");
	memcpy(raw, &pair, sizeof(pair));
	return true;
}
#else
static bool load_pair_at_once(const uint64_t *from, uint64_t raw[2])
{
	(void)from;
	(void)raw;
	return false;
}
#endif

/* The pair when it is the same twice: then its words were there together, as
 * long as nobody puts the old ones back in between. */
static bool load_pair_settled(const uint64_t *from, uint64_t words[2])
{
	for (int i = 0; i < PAIR_TRIES; i++) {
		words[0] = load_word(&from[0]);
		words[1] = load_word(&from[1]);
		if (load_word(&from[0]) == words[0] &&
		    load_word(&from[1]) == words[1])
			return true;
	}
	return false;
}

/* Two words that their owner may change in one piece, as an entry of the
 * interrupt remapping table (SPEC 9.9). */
static bool load_pair(const uint64_t *from, uint64_t words[2])
{
	uint64_t raw[2];

	if (!load_pair_at_once(from, raw))
		return load_pair_settled(from, words);
	words[0] = le64toh(raw[0]);
	words[1] = le64toh(raw[1]);
	return true;
}

/* False: use memory_read(), which can have means of its own. */
static bool load_words(const uint64_t *from, uint64_t *words,
		       unsigned int count)
{
	if (count == 2)
		return load_pair(from, words);
	for (unsigned int i = 0; i < count; i++)
		words[i] = load_word(&from[i]);
	return true;
}

bool vtd_mem_read(const struct vtd_mem *mem, uint64_t address, uint64_t *words,
		  unsigned int count)
{
	size_t length = count * sizeof(*words);
	const uint64_t *direct = NULL;

	if (mem->ops->memory_direct != NULL)
		direct = mem->ops->memory_direct(mem->host, address, length);
	if (direct != NULL && load_words(direct, words, count))
		return true;
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
