/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of a host, its knobs, and callbacks but those of memory. */
#include "host_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* More than a unit needs for one thing that it waits for. */
#define EXPIRIES_MAX 1000

/* Where the next item of a list goes. */
static unsigned int next_place(unsigned int *items)
{
	unsigned int place = (*items)++;

	return place < VTD_KIT_LIST_MAX ? place : VTD_KIT_LIST_MAX - 1;
}

/* Put an item into one of the lists of the host. */
#define LIST_ADD(host, list, count, item)                          \
	do {                                                       \
		pthread_mutex_lock(&(host)->internal->lock);       \
		(host)->list[next_place(&(host)->count)] = (item); \
		pthread_mutex_unlock(&(host)->internal->lock);     \
	} while (0)

static void interrupt_message(void *opaque, uint64_t address, uint32_t data)
{
	struct vtd_kit_host *host = opaque;
	const struct vtd_kit_message item = {
		.address = address,
		.data = data,
	};

	LIST_ADD(host, message, messages, item);
	if (host->on_message != NULL)
		host->on_message(host, &item);
}

static int
device_tlb_invalidate(void *opaque,
		      const struct vtd_device_tlb_invalidation *request)
{
	struct vtd_kit_host *host = opaque;

	LIST_ADD(host, invalidation, invalidations, *request);
	return host->on_invalidation != NULL ?
		       host->on_invalidation(host, request) :
		       vtd_kit_links_invalidate(host, request);
}

static void page_group_response(void *opaque,
				const struct vtd_page_group_response *response)
{
	struct vtd_kit_host *host = opaque;

	LIST_ADD(host, response, responses, *response);
	if (host->on_response != NULL)
		host->on_response(host, response);
	else
		vtd_kit_links_respond(host, response);
}

static uint64_t host_clock(void *opaque)
{
	struct vtd_kit_host *host = opaque;

	return __atomic_load_n(&host->now, __ATOMIC_SEQ_CST);
}

static uint64_t saturated_sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void timer_set(void *opaque, uint64_t nanoseconds)
{
	struct vtd_kit_host *host = opaque;

	pthread_mutex_lock(&host->internal->lock);
	__atomic_store_n(&host->timer, nanoseconds, __ATOMIC_SEQ_CST);
	host->internal->deadline = saturated_sum(host_clock(host), nanoseconds);
	pthread_mutex_unlock(&host->internal->lock);
	if (host->on_timer != NULL)
		host->on_timer(host, nanoseconds);
}

static int notice(struct vtd_kit_host *host,
		  const struct vtd_notice_ticket *ticket)
{
	return host->on_notice != NULL ? host->on_notice(host, ticket) : 0;
}

static bool mappings_wanted(void *opaque,
			    const struct vtd_mappings_changed *change)
{
	struct vtd_kit_host *host = opaque;

	return host->on_change == NULL || host->on_change(host, change);
}

static int mappings_changed(void *opaque,
			    const struct vtd_mappings_changed *change)
{
	struct vtd_kit_host *host = opaque;

	LIST_ADD(host, mappings_change, mappings_changes, *change);
	return notice(host, &change->ticket);
}

static int interrupts_changed(void *opaque,
			      const struct vtd_interrupts_changed *change)
{
	struct vtd_kit_host *host = opaque;

	LIST_ADD(host, interrupts_change, interrupts_changes, *change);
	return notice(host, &change->ticket);
}

static void trace(void *opaque, const char *line)
{
	struct vtd_kit_host *host = opaque;

	pthread_mutex_lock(&host->internal->lock);
	snprintf(host->trace, sizeof(host->trace), "%s", line);
	pthread_mutex_unlock(&host->internal->lock);
}

static void stale_use(void *opaque, const struct vtd_stale_use *use)
{
	struct vtd_kit_host *host = opaque;

	pthread_mutex_lock(&host->internal->lock);
	host->stale_use = *use;
	host->stale_uses++;
	pthread_mutex_unlock(&host->internal->lock);
}

static void lint(void *opaque, const struct vtd_lint_report *report)
{
	struct vtd_kit_host *host = opaque;

	pthread_mutex_lock(&host->internal->lock);
	host->lint = *report;
	host->lints++;
	pthread_mutex_unlock(&host->internal->lock);
}

const struct vtd_host_ops *vtd_kit_host_ops(void)
{
	static const struct vtd_host_ops ops = {
		.size = sizeof(ops),
		.memory_read = vtd_kit_ram_read,
		.memory_write = vtd_kit_ram_write,
		.memory_compare_exchange = vtd_kit_ram_compare_exchange,
		.interrupt_message = interrupt_message,
		.device_tlb_invalidate = device_tlb_invalidate,
		.page_group_response = page_group_response,
		.timer_set = timer_set,
		.clock = host_clock,
		.mappings_changed = mappings_changed,
		.interrupts_changed = interrupts_changed,
		.trace = trace,
		.stale_use = stale_use,
		.lint = lint,
		.mappings_wanted = mappings_wanted,
	};

	return &ops;
}

int vtd_kit_host_init_on(struct vtd_kit_host *host, void *ram,
			 uint64_t ram_size)
{
	struct vtd_kit_host_internal *internal;

	if (ram_size == 0 || ram_size % 4096 != 0 || ram_size > SIZE_MAX ||
	    ram == NULL || (uintptr_t)ram % 8 != 0)
		return -EINVAL;
	internal = calloc(1, sizeof(*internal));
	if (internal == NULL)
		return -ENOMEM;
	memset(host, 0, sizeof(*host));
	host->ram = ram;
	host->ram_size = ram_size;
	host->read_only = (struct vtd_kit_range){ 1, 0 };
	host->internal = internal;
	pthread_mutex_init(&internal->lock, NULL);
	return 0;
}

int vtd_kit_host_init(struct vtd_kit_host *host, uint64_t ram_size)
{
	void *ram;
	int error;

	if (ram_size == 0 || ram_size > SIZE_MAX)
		return -EINVAL;
	ram = mmap(NULL, (size_t)ram_size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (ram == MAP_FAILED)
		return -ENOMEM;
	error = vtd_kit_host_init_on(host, ram, ram_size);
	if (error != 0)
		munmap(ram, (size_t)ram_size);
	else
		host->internal->ram_is_ours = true;
	return error;
}

void vtd_kit_host_destroy(struct vtd_kit_host *host)
{
	if (host->internal->ram_is_ours)
		munmap(host->ram, (size_t)host->ram_size);
	pthread_mutex_destroy(&host->internal->lock);
	free(host->internal);
}

int vtd_kit_unit_create(const struct vtd_config *config,
			struct vtd_kit_host *host, struct vtd_unit **unit)
{
	int error = vtd_unit_create(config, vtd_kit_host_ops(), host, unit);

	if (error != 0)
		return error;
	host->unit = *unit;
	vtd_kit_host_publish(host);
	return 0;
}

static void memory_changed(struct vtd_kit_host *host)
{
	if (host->unit != NULL)
		vtd_kit_host_publish(host);
}

int vtd_kit_host_add_hole(struct vtd_kit_host *host, uint64_t address,
			  uint64_t size)
{
	struct vtd_kit_host_internal *internal = host->internal;

	if (size == 0 || size - 1 > UINT64_MAX - address)
		return -EINVAL;
	if (internal->holes == VTD_KIT_HOLES_MAX)
		return -ENOSPC;
	internal->hole[internal->holes++] =
		(struct vtd_kit_range){ address, address + (size - 1) };
	memory_changed(host);
	return 0;
}

void vtd_kit_host_fill_holes(struct vtd_kit_host *host)
{
	host->internal->holes = 0;
	memory_changed(host);
}

void vtd_kit_host_watch_reads(struct vtd_kit_host *host,
			      void (*before_read)(struct vtd_kit_host *host,
						  uint64_t address))
{
	host->before_read = before_read;
	memory_changed(host);
}

void vtd_kit_host_fail_access(struct vtd_kit_host *host, unsigned int nth,
			      unsigned int count)
{
	struct vtd_kit_host_internal *internal = host->internal;

	internal->fail_first = internal->accesses + (nth - 1);
	internal->fail_count = nth == 0 ? 0 : count;
	memory_changed(host);
}

/* Take the request for a call by the time `end`: when it is due, or UINT64_MAX. */
static uint64_t take_timer(struct vtd_kit_host *host, uint64_t end)
{
	uint64_t due = UINT64_MAX;

	pthread_mutex_lock(&host->internal->lock);
	if (host->timer != 0 && host->internal->deadline <= end) {
		due = host->internal->deadline;
		__atomic_store_n(&host->timer, 0, __ATOMIC_SEQ_CST);
	}
	pthread_mutex_unlock(&host->internal->lock);
	return due;
}

void vtd_kit_host_pass_time(struct vtd_kit_host *host, uint64_t nanoseconds)
{
	uint64_t end = saturated_sum(host_clock(host), nanoseconds);

	for (unsigned int i = 0; i < EXPIRIES_MAX; i++) {
		uint64_t due = take_timer(host, end);

		if (due == UINT64_MAX)
			break;
		__atomic_store_n(&host->now, due, __ATOMIC_SEQ_CST);
		vtd_unit_timer_expired(host->unit);
	}
	__atomic_store_n(&host->now, end, __ATOMIC_SEQ_CST);
}

void vtd_kit_host_forget(struct vtd_kit_host *host)
{
	pthread_mutex_lock(&host->internal->lock);
	host->messages = 0;
	host->invalidations = 0;
	host->responses = 0;
	host->mappings_changes = 0;
	host->interrupts_changes = 0;
	host->stale_uses = 0;
	host->lints = 0;
	pthread_mutex_unlock(&host->internal->lock);
	__atomic_store_n(&host->reads, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&host->writes, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&host->swaps, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&host->failed, 0, __ATOMIC_SEQ_CST);
}

int vtd_kit_complete_at_once(struct vtd_kit_host *host,
			     const struct vtd_device_tlb_invalidation *item)
{
	vtd_unit_device_tlb_complete(host->unit, item->sid,
				     UINT32_C(1) << item->itag, 1);
	return 0;
}

int vtd_kit_no_endpoint(struct vtd_kit_host *host,
			const struct vtd_device_tlb_invalidation *item)
{
	(void)host;
	(void)item;
	return -ENODEV;
}
