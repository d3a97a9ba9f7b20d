/* SPDX-License-Identifier: BSD-3-Clause */
/* RAM of a host: what is there, and access to it that does not tear. */
#include "host_internal.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#define PAGE UINT64_C(4096)
#define PAGE_OF(address) ((address) & ~(PAGE - 1))

static bool overlaps(const struct vtd_kit_range *range, uint64_t address,
		     size_t length)
{
	return range->first <= range->last && address <= range->last &&
	       address + length - 1 >= range->first;
}

static bool is_inside(const struct vtd_kit_host *host, uint64_t address,
		      size_t length)
{
	return length > 0 && address < host->ram_size &&
	       length <= host->ram_size - address;
}

static bool is_ram(const struct vtd_kit_host *host, uint64_t address,
		   size_t length)
{
	const struct vtd_kit_host_internal *internal = host->internal;

	for (unsigned int i = 0; i < internal->holes; i++)
		if (overlaps(&internal->hole[i], address, length))
			return false;
	return is_inside(host, address, length);
}

static void *ram_at(struct vtd_kit_host *host, uint64_t address)
{
	return (char *)host->ram + address;
}

/* The largest of 8, 4 and 1 that can be copied in one piece here. */
static size_t unit_of_copy(uint64_t address, size_t length)
{
	if (address % 8 == 0 && length >= 8)
		return 8;
	if (address % 4 == 0 && length >= 4)
		return 4;
	return 1;
}

static void load(const void *ram, void *buffer, size_t size)
{
	uint64_t word64;
	uint32_t word32;

	switch (size) {
	case 8:
		word64 = __atomic_load_n((const uint64_t *)ram,
					 __ATOMIC_ACQUIRE);
		memcpy(buffer, &word64, size);
		break;
	case 4:
		word32 = __atomic_load_n((const uint32_t *)ram,
					 __ATOMIC_ACQUIRE);
		memcpy(buffer, &word32, size);
		break;
	default:
		*(uint8_t *)buffer =
			__atomic_load_n((const uint8_t *)ram, __ATOMIC_ACQUIRE);
	}
}

static void store(void *ram, const void *buffer, size_t size)
{
	uint64_t word64;
	uint32_t word32;

	switch (size) {
	case 8:
		memcpy(&word64, buffer, size);
		__atomic_store_n((uint64_t *)ram, word64, __ATOMIC_RELEASE);
		break;
	case 4:
		memcpy(&word32, buffer, size);
		__atomic_store_n((uint32_t *)ram, word32, __ATOMIC_RELEASE);
		break;
	default:
		__atomic_store_n((uint8_t *)ram, *(const uint8_t *)buffer,
				 __ATOMIC_RELEASE);
	}
}

/* What the library promises about its accesses. */
static void check_span(uint64_t address, size_t length)
{
	assert(length >= 1 && length <= PAGE &&
	       address / PAGE == (address + length - 1) / PAGE);
	(void)address;
	(void)length;
}

/* Whether this access is one of those that are to fail. */
static bool fails(struct vtd_kit_host *host)
{
	struct vtd_kit_host_internal *internal = host->internal;
	unsigned int access =
		__atomic_fetch_add(&internal->accesses, 1, __ATOMIC_SEQ_CST);

	/* The difference wraps for those before the first. */
	if (access - internal->fail_first >= internal->fail_count)
		return false;
	count(&host->failed);
	return true;
}

static bool is_writable(struct vtd_kit_host *host, uint64_t address,
			size_t length)
{
	return is_ram(host, address, length) &&
	       !overlaps(&host->read_only, address, length) && !fails(host);
}

int vtd_kit_ram_read(void *opaque, uint64_t address, void *buffer,
		     size_t length)
{
	struct vtd_kit_host *host = opaque;
	char *to = buffer;

	check_span(address, length);
	count(&host->reads);
	if (host->before_read != NULL)
		host->before_read(host, address);
	if (!is_ram(host, address, length) || fails(host))
		return -EFAULT;
	while (length > 0) {
		size_t size = unit_of_copy(address, length);

		load(ram_at(host, address), to, size);
		address += size;
		to += size;
		length -= size;
	}
	return 0;
}

int vtd_kit_ram_write(void *opaque, uint64_t address, const void *buffer,
		      size_t length)
{
	struct vtd_kit_host *host = opaque;
	const char *from = buffer;

	check_span(address, length);
	if (!is_writable(host, address, length))
		return -EFAULT;
	while (length > 0) {
		size_t size = unit_of_copy(address, length);

		store(ram_at(host, address), from, size);
		address += size;
		from += size;
		length -= size;
	}
	count(&host->writes);
	return 0;
}

int vtd_kit_ram_compare_exchange(void *opaque, uint64_t address,
				 uint64_t *expected, uint64_t desired)
{
	struct vtd_kit_host *host = opaque;

	assert(address % 8 == 0);
	if (host->before_swap != NULL)
		host->before_swap(host, address);
	if (!is_writable(host, address, 8))
		return -EFAULT;
	if (!__atomic_compare_exchange_n((uint64_t *)ram_at(host, address),
					 expected, desired, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return 0;
	count(&host->swaps);
	return 1;
}

/* The hole, in whole pages, that ends after `from` and begins first; without one,
 * what is behind RAM. */
static struct vtd_kit_range next_hole(const struct vtd_kit_host *host,
				      uint64_t from)
{
	struct vtd_kit_range next = { host->ram_size, UINT64_MAX };

	for (unsigned int i = 0; i < host->internal->holes; i++) {
		const struct vtd_kit_range *hole = &host->internal->hole[i];

		if (hole->last >= from && PAGE_OF(hole->first) < next.first)
			next = (struct vtd_kit_range){
				PAGE_OF(hole->first), hole->last | (PAGE - 1)
			};
	}
	return next;
}

static void add_range(struct vtd_kit_host *host, struct vtd_kit_map *map,
		      uint64_t first, uint64_t end)
{
	if (first >= end)
		return;
	map->range[map->map.count++] = (struct vtd_ram_range){
		.first = first,
		.length = end - first,
		.memory = ram_at(host, first),
	};
}

/* All of RAM but the holes. */
static void draw_map(struct vtd_kit_host *host, struct vtd_kit_map *map)
{
	struct vtd_kit_range hole;

	*map = (struct vtd_kit_map){ .map.range = map->range };
	for (uint64_t from = 0; from < host->ram_size; from = hole.last + 1) {
		hole = next_hole(host, from);
		add_range(host, map, from, hole.first);
		if (hole.last == UINT64_MAX)
			break;
	}
}

void vtd_kit_host_publish(struct vtd_kit_host *host)
{
	struct vtd_kit_host_internal *internal = host->internal;
	/* The other one may be in force. */
	struct vtd_kit_map *map = &internal->map[internal->maps++ % 2];
	bool callbacks = host->before_read != NULL || internal->fail_count != 0;
	int error;

	draw_map(host, map);
	error = vtd_unit_set_ram(
		host->unit, host->published && !callbacks ? &map->map : NULL,
		NULL);
	assert(error == 0);
	(void)error;
}

static bool is_word(const struct vtd_kit_host *host, uint64_t address,
		    size_t size)
{
	return address % size == 0 && is_inside(host, address, size);
}

uint64_t vtd_kit_host_get_64(struct vtd_kit_host *host, uint64_t address)
{
	uint64_t value;

	if (!is_word(host, address, 8))
		return UINT64_MAX;
	load(ram_at(host, address), &value, sizeof(value));
	return le64toh(value);
}

void vtd_kit_host_set_64(struct vtd_kit_host *host, uint64_t address,
			 uint64_t value)
{
	value = htole64(value);
	if (is_word(host, address, 8))
		store(ram_at(host, address), &value, sizeof(value));
}

uint32_t vtd_kit_host_get_32(struct vtd_kit_host *host, uint64_t address)
{
	uint32_t value;

	if (!is_word(host, address, 4))
		return UINT32_MAX;
	load(ram_at(host, address), &value, sizeof(value));
	return le32toh(value);
}

void vtd_kit_host_set_32(struct vtd_kit_host *host, uint64_t address,
			 uint32_t value)
{
	value = htole32(value);
	if (is_word(host, address, 4))
		store(ram_at(host, address), &value, sizeof(value));
}
