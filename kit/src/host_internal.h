/* SPDX-License-Identifier: BSD-3-Clause */
/* What struct vtd_kit_host has behind it. */
#ifndef VTD_KIT_HOST_INTERNAL_H
#define VTD_KIT_HOST_INTERNAL_H

#include <pthread.h>

#include <vtd/kit/link.h>

struct vtd_kit_map {
	struct vtd_ram_map map;
	struct vtd_ram_range range[VTD_KIT_HOLES_MAX + 1];
};

struct vtd_kit_host_internal {
	bool ram_is_ours;
	pthread_mutex_t lock; /* of the lists, and of the timer's deadline */
	uint64_t deadline;
	unsigned int holes;
	struct vtd_kit_range hole[VTD_KIT_HOLES_MAX];
	/* Accesses by callback, and which of them fail. */
	unsigned int accesses;
	unsigned int fail_first;
	unsigned int fail_count;
	struct vtd_kit_link *links; /* endpoints that it delivers to */
	struct vtd_kit_map map[2];  /* the one in force, and the one before */
	unsigned int maps;
};

/* Counts that several threads may advance. */
static inline void count(unsigned int *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_SEQ_CST);
}

/* Callbacks. */
int vtd_kit_ram_read(void *opaque, uint64_t address, void *buffer,
		     size_t length);
int vtd_kit_ram_write(void *opaque, uint64_t address, const void *buffer,
		      size_t length);
int vtd_kit_ram_compare_exchange(void *opaque, uint64_t address,
				 uint64_t *expected, uint64_t desired);

/* What is for an endpoint that is connected; without one there is no answer. */
int vtd_kit_links_invalidate(struct vtd_kit_host *host,
			     const struct vtd_device_tlb_invalidation *request);
void vtd_kit_links_respond(struct vtd_kit_host *host,
			   const struct vtd_page_group_response *response);

#endif /* VTD_KIT_HOST_INTERNAL_H */
