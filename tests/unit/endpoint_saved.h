/* SPDX-License-Identifier: BSD-3-Clause */
/* Endpoints that are saved, and others that are loaded (endpoint_bus.h). */
#ifndef VTD_TESTS_ENDPOINT_SAVED_H
#define VTD_TESTS_ENDPOINT_SAVED_H

#include <vtd/dump.h>

#include "endpoint_bus.h"
#include "saved.h"

static inline void save_endpoint(struct vtd_endpoint *ep, struct saved *saved)
{
	saved->size = vtd_endpoint_save(ep, saved->byte, sizeof(saved->byte));
	assert_in_range(saved->size, 1, VTD_ENDPOINT_STATE_SIZE_MAX);
}

static inline void load_endpoint(struct vtd_endpoint *ep,
				 const struct saved *saved)
{
	const char *reason = "";

	assert_int_equal(
		vtd_endpoint_load(ep, saved->byte, saved->size, &reason), 0);
	assert_null(reason);
}

/* Another machine's endpoint, as after reset. */
static inline void make_other(struct bus *other,
			      const struct vtd_endpoint_config *config)
{
	bus_start(other, config);
	vtd_endpoint_reset(other->ep);
}

static inline struct vtd_dump_endpoint told_of(struct bus *bus)
{
	struct vtd_dump_endpoint told;

	vtd_endpoint_dump(bus->ep, &told, NULL, 0);
	return told;
}

/* The endpoint goes on in `other`, which has what the bus had. */
static inline void move_endpoint(struct bus *bus, struct bus *other)
{
	static struct saved saved;
	struct vtd_endpoint_config config;

	vtd_endpoint_config_init(&config);
	config.page_request_limit = 4;
	save_endpoint(bus->ep, &saved);
	make_other(other, &config);
	other->answer = bus->answer;
	other->brings = bus->brings;
	load_endpoint(other->ep, &saved);
}

static inline void end_other(struct bus *other)
{
	vtd_endpoint_destroy(other->ep);
	pthread_mutex_destroy(&other->lock);
}

#endif /* VTD_TESTS_ENDPOINT_SAVED_H */
