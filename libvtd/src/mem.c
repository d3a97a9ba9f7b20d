/* SPDX-License-Identifier: BSD-3-Clause */
#include "mem.h"

#include <errno.h>
#include <string.h>

#include <vtd/spec/tables.h>

#define RANGE_UNIT (UINT64_C(1) << VTD_PAGE_SHIFT)

static const struct vtd_ram_range no_range;
static const struct vtd_ram_map no_ram = { &no_range, 0, { 0 } };

void vtd_mem_init(struct vtd_mem *mem, const struct vtd_host_ops *ops,
		  void *host, bool by_callbacks)
{
	mem->ops = ops;
	mem->host = host;
	atomic_init(&mem->ram, &no_ram);
	atomic_init(&mem->largest, &no_range);
	mem->by_callbacks = by_callbacks;
	mem->aside = &no_ram;
}

/* ---------------------------------------------------------- Published memory */

static bool range_is_valid(const struct vtd_ram_range *range)
{
	uintptr_t memory = (uintptr_t)range->memory;

	/* The last byte has an address on both sides. */
	return range->length != 0 && memory != 0 &&
	       memory % sizeof(uint64_t) == 0 &&
	       (range->first | range->length) % RANGE_UNIT == 0 &&
	       range->length - 1 <= UINT64_MAX - range->first &&
	       range->length - 1 <= UINTPTR_MAX - memory;
}

static bool is_behind(const struct vtd_ram_range *range,
		      const struct vtd_ram_range *before)
{
	return range->first > before->first &&
	       range->first - before->first >= before->length;
}

static bool map_is_valid(const struct vtd_ram_map *map)
{
	if (map->count != 0 && map->range == NULL)
		return false;
	for (size_t i = 0; i < map->count; i++)
		if (!range_is_valid(&map->range[i]) ||
		    (i > 0 && !is_behind(&map->range[i], &map->range[i - 1])))
			return false;
	return true;
}

static const struct vtd_ram_range *largest_of(const struct vtd_ram_map *map)
{
	const struct vtd_ram_range *largest = &no_range;

	for (size_t i = 0; i < map->count; i++)
		if (map->range[i].length > largest->length)
			largest = &map->range[i];
	return largest;
}

int vtd_mem_set_ram(struct vtd_mem *mem, const struct vtd_ram_map *map,
		    const struct vtd_ram_map **previous)
{
	const struct vtd_ram_map *before;

	if (map == NULL)
		map = &no_ram;
	if (!map_is_valid(map))
		return -EINVAL;
	if (mem->by_callbacks) {
		before = mem->aside;
		mem->aside = map;
	} else {
		before = atomic_exchange(&mem->ram, map);
		atomic_store(&mem->largest, largest_of(map));
	}
	if (previous != NULL)
		*previous = before != &no_ram ? before : NULL;
	return 0;
}

struct vtd_mem_window vtd_mem_find(const struct vtd_mem *mem, uint64_t address)
{
	const struct vtd_ram_map *map =
		atomic_load_explicit(&mem->ram, memory_order_acquire);
	const struct vtd_ram_range *range = map->range;

	/* Of `count` ranges from `range` on, the last that begins at `address` or
	 * before; the first if there is none. */
	for (size_t count = map->count; count > 1; count -= count / 2)
		if (range[count / 2].first <= address)
			range += count / 2;
	if (map->count == 0 || address - range->first >= range->length)
		range = &no_range;
	return vtd_mem_window_of(range);
}

/* ------------------------------------------------------------------- Reading */

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
		words[0] = vtd_mem_load(&from[0]);
		words[1] = vtd_mem_load(&from[1]);
		if (vtd_mem_load(&from[0]) == words[0] &&
		    vtd_mem_load(&from[1]) == words[1])
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
		words[i] = vtd_mem_load(&from[i]);
	return true;
}

bool vtd_mem_read_by_host(const struct vtd_mem *mem, uint64_t address,
			  uint64_t *words, unsigned int count)
{
	size_t length = count * sizeof(*words);

	if (mem->ops->memory_read(mem->host, address, words, length) < 0)
		return false;
	for (unsigned int i = 0; i < count; i++)
		words[i] = le64toh(words[i]);
	return true;
}

bool vtd_mem_read(const struct vtd_mem *mem, uint64_t address, uint64_t *words,
		  unsigned int count)
{
	struct vtd_mem_window window = vtd_mem_window(mem);
	const uint64_t *direct = vtd_mem_at(mem, &window, address);

	/* Aligned to its size, so all of it is in the range. */
	return (direct != NULL && load_words(direct, words, count)) ||
	       vtd_mem_read_by_host(mem, address, words, count);
}

/* ------------------------------------------------------------------- Writing */

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
