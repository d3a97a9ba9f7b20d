/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_host.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static bool overlaps(const struct fake_range *range, uint64_t address,
		     size_t length)
{
	return range->first <= range->last && address <= range->last &&
	       address + length - 1 >= range->first;
}

static bool is_ram(const struct fake_host *host, uint64_t address,
		   size_t length)
{
	return length > 0 && address < FAKE_HOST_RAM_SIZE &&
	       length <= FAKE_HOST_RAM_SIZE - address &&
	       !overlaps(&host->hole, address, length);
}

static void *ram_at(struct fake_host *host, uint64_t address)
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

static int memory_read(void *opaque, uint64_t address, void *buffer,
		       size_t length)
{
	struct fake_host *host = opaque;
	char *to = buffer;

	assert(length <= 4096 &&
	       address / 4096 == (address + length - 1) / 4096);
	atomic_fetch_add(&host->reads, 1);
	if (host->before_read != NULL)
		host->before_read(host, address);
	if (!is_ram(host, address, length))
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

static int memory_write(void *opaque, uint64_t address, const void *buffer,
			size_t length)
{
	struct fake_host *host = opaque;
	const char *from = buffer;

	assert(length <= 4096 &&
	       address / 4096 == (address + length - 1) / 4096);
	if (!is_ram(host, address, length) ||
	    overlaps(&host->read_only, address, length))
		return -EFAULT;
	while (length > 0) {
		size_t size = unit_of_copy(address, length);

		store(ram_at(host, address), from, size);
		address += size;
		from += size;
		length -= size;
	}
	atomic_fetch_add(&host->writes, 1);
	return 0;
}

static int memory_compare_exchange(void *opaque, uint64_t address,
				   uint64_t *expected, uint64_t desired)
{
	struct fake_host *host = opaque;

	assert(address % 8 == 0);
	if (host->before_swap != NULL)
		host->before_swap(host, address);
	if (!is_ram(host, address, 8) || overlaps(&host->read_only, address, 8))
		return -EFAULT;
	if (!__atomic_compare_exchange_n((uint64_t *)ram_at(host, address),
					 expected, desired, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return 0;
	atomic_fetch_add(&host->swaps, 1);
	return 1;
}

/* Where the next item of a list goes; the last place is used again when the
 * list is full.  Lock held. */
#define LIST_NEXT(host, list, count)                        \
	(&(host)->list[(host)->count < FAKE_HOST_LIST_MAX ? \
			       (host)->count++ :            \
			       ((host)->count++, FAKE_HOST_LIST_MAX - 1)])

static void interrupt_message(void *opaque, uint64_t address, uint32_t data)
{
	struct fake_host *host = opaque;
	struct fake_message item = { address, data };

	pthread_mutex_lock(&host->lock);
	*LIST_NEXT(host, message, messages) = item;
	pthread_mutex_unlock(&host->lock);
	if (host->on_message != NULL)
		host->on_message(host, &item);
}

static int
device_tlb_invalidate(void *opaque,
		      const struct vtd_device_tlb_invalidation *request)
{
	struct fake_host *host = opaque;

	pthread_mutex_lock(&host->lock);
	*LIST_NEXT(host, invalidation, invalidations) = *request;
	pthread_mutex_unlock(&host->lock);
	if (host->on_invalidation != NULL)
		return host->on_invalidation(host, request);
	return 0;
}

static void page_group_response(void *opaque,
				const struct vtd_page_group_response *response)
{
	struct fake_host *host = opaque;

	pthread_mutex_lock(&host->lock);
	*LIST_NEXT(host, response, responses) = *response;
	pthread_mutex_unlock(&host->lock);
	if (host->on_response != NULL)
		host->on_response(host, response);
}

static void timer_set(void *opaque, uint64_t nanoseconds)
{
	struct fake_host *host = opaque;

	atomic_store(&host->timer, nanoseconds);
	if (host->on_timer != NULL)
		host->on_timer(host, nanoseconds);
}

static uint64_t host_clock(void *opaque)
{
	struct fake_host *host = opaque;

	return atomic_load(&host->now);
}

static int mappings_changed(void *opaque,
			    const struct vtd_mappings_changed *change)
{
	struct fake_host *host = opaque;

	pthread_mutex_lock(&host->lock);
	*LIST_NEXT(host, mappings_change, mappings_changes) = *change;
	pthread_mutex_unlock(&host->lock);
	return host->on_notice != NULL ?
		       host->on_notice(host, &change->ticket) :
		       0;
}

static int interrupts_changed(void *opaque,
			      const struct vtd_interrupts_changed *change)
{
	struct fake_host *host = opaque;

	pthread_mutex_lock(&host->lock);
	*LIST_NEXT(host, interrupts_change, interrupts_changes) = *change;
	pthread_mutex_unlock(&host->lock);
	return host->on_notice != NULL ?
		       host->on_notice(host, &change->ticket) :
		       0;
}

static void trace(void *opaque, const char *line)
{
	struct fake_host *host = opaque;

	pthread_mutex_lock(&host->lock);
	snprintf(host->trace, sizeof(host->trace), "%s", line);
	pthread_mutex_unlock(&host->lock);
}

const struct vtd_host_ops fake_host_ops = {
	.size = sizeof(struct vtd_host_ops),
	.memory_read = memory_read,
	.memory_write = memory_write,
	.memory_compare_exchange = memory_compare_exchange,
	.interrupt_message = interrupt_message,
	.device_tlb_invalidate = device_tlb_invalidate,
	.page_group_response = page_group_response,
	.timer_set = timer_set,
	.clock = host_clock,
	.mappings_changed = mappings_changed,
	.interrupts_changed = interrupts_changed,
	.trace = trace,
};

void fake_host_init(struct fake_host *host)
{
	memset(host, 0, sizeof(*host));
	host->ram = mmap(NULL, FAKE_HOST_RAM_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert(host->ram != MAP_FAILED);
	host->hole = FAKE_RANGE_NONE;
	host->read_only = FAKE_RANGE_NONE;
	host->published = getenv("VTD_PUBLISHED") != NULL;
	pthread_mutex_init(&host->lock, NULL);
}

void fake_host_destroy(struct fake_host *host)
{
	munmap(host->ram, FAKE_HOST_RAM_SIZE);
	pthread_mutex_destroy(&host->lock);
}

static void add_range(struct fake_host *host, struct fake_map *map,
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

void fake_host_publish(struct fake_host *host)
{
	/* The other one may be in force. */
	struct fake_map *map = &host->map[host->maps++ % 2];
	const struct fake_range *hole = &host->hole;
	int error;

	*map = (struct fake_map){ .map.range = map->range };
	if (hole->first <= hole->last) {
		add_range(host, map, 0, hole->first & ~UINT64_C(0xfff));
		add_range(host, map, (hole->last | 0xfff) + 1,
			  FAKE_HOST_RAM_SIZE);
	} else {
		add_range(host, map, 0, FAKE_HOST_RAM_SIZE);
	}
	error = vtd_unit_set_ram(
		host->unit,
		host->published && host->before_read == NULL ? &map->map : NULL,
		NULL);
	assert(error == 0);
	(void)error;
}

void fake_host_set_hole(struct fake_host *host, uint64_t address, uint64_t size)
{
	host->hole = size == 0 ?
			     FAKE_RANGE_NONE :
			     (struct fake_range){ address, address + size - 1 };
	if (host->unit != NULL)
		fake_host_publish(host);
}

void fake_host_watch_reads(struct fake_host *host,
			   void (*before_read)(struct fake_host *host,
					       uint64_t address))
{
	host->before_read = before_read;
	if (host->unit != NULL)
		fake_host_publish(host);
}

void fake_host_forget(struct fake_host *host)
{
	pthread_mutex_lock(&host->lock);
	host->messages = 0;
	host->invalidations = 0;
	host->responses = 0;
	host->mappings_changes = 0;
	host->interrupts_changes = 0;
	pthread_mutex_unlock(&host->lock);
	atomic_store(&host->reads, 0);
	atomic_store(&host->writes, 0);
	atomic_store(&host->swaps, 0);
}

uint64_t fake_host_get_64(struct fake_host *host, uint64_t address)
{
	uint64_t value;

	assert(address % 8 == 0 && address < FAKE_HOST_RAM_SIZE);
	load(ram_at(host, address), &value, sizeof(value));
	return le64toh(value);
}

void fake_host_set_64(struct fake_host *host, uint64_t address, uint64_t value)
{
	assert(address % 8 == 0 && address < FAKE_HOST_RAM_SIZE);
	value = htole64(value);
	store(ram_at(host, address), &value, sizeof(value));
}

uint32_t fake_host_get_32(struct fake_host *host, uint64_t address)
{
	uint32_t value;

	assert(address % 4 == 0 && address < FAKE_HOST_RAM_SIZE);
	load(ram_at(host, address), &value, sizeof(value));
	return le32toh(value);
}

void fake_host_set_32(struct fake_host *host, uint64_t address, uint32_t value)
{
	assert(address % 4 == 0 && address < FAKE_HOST_RAM_SIZE);
	value = htole32(value);
	store(ram_at(host, address), &value, sizeof(value));
}

int fake_host_complete_at_once(struct fake_host *host,
			       const struct vtd_device_tlb_invalidation *item)
{
	vtd_unit_device_tlb_complete(host->unit, item->sid,
				     UINT32_C(1) << item->itag, 1);
	return 0;
}

int fake_host_no_endpoint(struct fake_host *host,
			  const struct vtd_device_tlb_invalidation *item)
{
	(void)host;
	(void)item;
	return -ENODEV;
}
