/* SPDX-License-Identifier: BSD-3-Clause */
/* A bus whose answers to translation requests come later, and an access on it. */
#ifndef VTD_TESTS_ENDPOINT_LATER_H
#define VTD_TESTS_ENDPOINT_LATER_H

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "endpoint_bus.h"

#define ASKED_MAX 64u

/* What the bus has been asked; `bus` has the page that is the answer. */
struct later {
	struct bus bus;
	bool at_once;
	atomic_uint asked;
	uint64_t ticket[ASKED_MAX];
	struct vtd_request request[ASKED_MAX];
	/* Answered by a thread of its own. */
	pthread_t thread;
	atomic_bool stop;
};

static inline int answer_with(struct later *later, unsigned int i,
			      const struct vtd_translation *page)
{
	return vtd_endpoint_translation_done(
		later->bus.ep, later->ticket[i % ASKED_MAX], page);
}

static inline int answer(struct later *later, unsigned int i)
{
	const struct vtd_translation page = bus_page(0x77000);

	return answer_with(later, i, &page);
}

static inline void
request_later(void *opaque, const struct vtd_request *request, uint64_t ticket)
{
	struct later *later = opaque;
	unsigned int i;

	pthread_mutex_lock(&later->bus.lock);
	i = atomic_load(&later->asked);
	later->ticket[i % ASKED_MAX] = ticket;
	later->request[i % ASKED_MAX] = *request;
	atomic_store(&later->asked, i + 1);
	pthread_mutex_unlock(&later->bus.lock);
	if (later->at_once)
		assert_int_equal(answer(later, i), 0);
}

static inline int
later_setup_with(void **state,
		 void (*request)(void *opaque, const struct vtd_request *request,
				 uint64_t ticket))
{
	const struct vtd_endpoint_ops ops = {
		.size = sizeof(ops),
		.page_request = bus_page_request,
		.translation_request_later = request,
	};
	static struct later later;
	struct vtd_endpoint_config config;

	memset(&later, 0, sizeof(later));
	pthread_mutex_init(&later.bus.lock, NULL);
	vtd_endpoint_config_init(&config);
	config.sid = 0x0108;
	assert_int_equal(
		vtd_endpoint_create(&config, &ops, &later, &later.bus.ep), 0);
	bus_enable(&later.bus);
	*state = &later;
	return 0;
}

static inline int later_setup(void **state)
{
	return later_setup_with(state, request_later);
}

/* One access that goes on when something happens. */
struct going {
	struct later *later;
	struct vtd_endpoint_access access;
	struct vtd_endpoint_translation translation;
	atomic_uint ended; /* how often `done` was called */
	unsigned int result;
};

static inline void done(void *opaque, enum vtd_endpoint_result result)
{
	struct going *going = opaque;

	going->result = result;
	atomic_fetch_add(&going->ended, 1);
}

static inline enum vtd_endpoint_result try_it(struct going *going)
{
	struct vtd_endpoint_mapping mapping;
	enum vtd_endpoint_result result = vtd_endpoint_access_try(
		going->later->bus.ep, &going->access, &mapping);

	if (result == VTD_ENDPOINT_OK)
		vtd_endpoint_access_end(going->later->bus.ep, &mapping);
	return result;
}

static inline void ask_again(struct going *going)
{
	going->translation = (struct vtd_endpoint_translation){
		.done = done,
		.opaque = going,
	};
	vtd_endpoint_translate(going->later->bus.ep, &going->access,
			       &going->translation);
}

/* Begin an access and ask for its translation. */
static inline void go(struct later *later, struct going *going)
{
	memset(going, 0, sizeof(*going));
	going->later = later;
	going->result = BUS_PENDING;
	going->access = bus_access(VTD_ACCESS_READ);
	assert_int_equal(try_it(going), VTD_ENDPOINT_TRANSLATION_NEEDED);
	ask_again(going);
}

static inline void end_access(struct going *going)
{
	vtd_endpoint_access_end(going->later->bus.ep,
				&going->translation.mapping);
}

#define LATER_TEST(name) \
	cmocka_unit_test_setup_teardown(name, later_setup, bus_teardown)

#endif /* VTD_TESTS_ENDPOINT_LATER_H */
