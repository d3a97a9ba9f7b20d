/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is at the other end of an endpoint's wire in the endpoint tests: one
 * page that translates or does not, and a log of page requests.  No remapping
 * unit.
 */
#ifndef VTD_TESTS_ENDPOINT_BUS_H
#define VTD_TESTS_ENDPOINT_BUS_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <vtd/endpoint.h>

#define BUS_PASID 0x42
#define BUS_ADDRESS UINT64_C(0x7f0000001000)
#define BUS_LOG 1024

struct bus {
	struct vtd_endpoint *ep;
	pthread_mutex_t lock;
	/* The answer to every translation request. */
	struct vtd_translation answer;
	/* What the page is when it has been asked for; `answer` becomes it. */
	struct vtd_translation brings;
	/* Answer page requests from inside page_request(). */
	bool respond_at_once;
	uint8_t code;
	/* Called from inside callbacks, to make races happen. */
	void (*in_translation)(struct bus *bus);
	void (*in_page_request)(struct bus *bus);
	void *opaque;

	unsigned int run_later_calls;
	struct vtd_request translation; /* the last one */
	struct vtd_page_request log[BUS_LOG];
	unsigned int logged;
};

static inline void bus_translation_request(void *opaque,
					   const struct vtd_request *request,
					   struct vtd_translation *result)
{
	struct bus *bus = opaque;

	pthread_mutex_lock(&bus->lock);
	bus->translation = *request;
	*result = bus->answer;
	pthread_mutex_unlock(&bus->lock);
	if (bus->in_translation)
		bus->in_translation(bus);
}

/* Send the response to a request that was logged. */
static inline void bus_respond(struct bus *bus,
			       const struct vtd_page_request *request,
			       uint8_t code)
{
	const struct vtd_page_group_response response = {
		.sid = request->sid,
		.pasid_present = request->pasid_present,
		.pasid = request->pasid,
		.prgi = request->prgi,
		.code = code,
	};

	pthread_mutex_lock(&bus->lock);
	bus->answer = bus->brings;
	pthread_mutex_unlock(&bus->lock);
	vtd_endpoint_response(bus->ep, &response);
}

static inline void bus_page_request(void *opaque,
				    const struct vtd_page_request *request)
{
	struct bus *bus = opaque;

	pthread_mutex_lock(&bus->lock);
	if (bus->logged < BUS_LOG)
		bus->log[bus->logged++] = *request;
	pthread_mutex_unlock(&bus->lock);
	if (bus->in_page_request)
		bus->in_page_request(bus);
	if (bus->respond_at_once && request->last)
		bus_respond(bus, request, bus->code);
}

static inline unsigned int bus_logged(struct bus *bus)
{
	unsigned int logged;

	pthread_mutex_lock(&bus->lock);
	logged = bus->logged;
	pthread_mutex_unlock(&bus->lock);
	return logged;
}

/* A page that may be read and written. */
static inline struct vtd_translation bus_page(uint64_t address)
{
	return (struct vtd_translation){
		.address = address,
		.size_shift = 12,
		.read = true,
		.write = true,
	};
}

static inline void bus_run_later(void *opaque)
{
	struct bus *bus = opaque;

	bus->run_later_calls++;
}

static inline void bus_enable(struct bus *bus)
{
	vtd_endpoint_pasid_control(bus->ep, true, true);
	vtd_endpoint_ats_control(bus->ep, true, 0);
	vtd_endpoint_pri_allocation(bus->ep, UINT32_MAX);
	vtd_endpoint_pri_control(bus->ep, true, false);
}

/* An endpoint with ATS, PASID and PRI on; the page is there. */
static inline void bus_start_with(struct bus *bus,
				  const struct vtd_endpoint_config *config,
				  void (*run_later)(void *opaque))
{
	const struct vtd_endpoint_ops ops = {
		.size = sizeof(ops),
		.translation_request = bus_translation_request,
		.page_request = bus_page_request,
		.run_later = run_later,
	};

	*bus = (struct bus){ .answer = bus_page(0x77000),
			     .brings = bus_page(0x77000) };
	pthread_mutex_init(&bus->lock, NULL);
	assert_int_equal(vtd_endpoint_create(config, &ops, bus, &bus->ep), 0);
	bus_enable(bus);
}

static inline void bus_start(struct bus *bus,
			     const struct vtd_endpoint_config *config)
{
	bus_start_with(bus, config, NULL);
}

static inline struct bus *bus_set_up(void (*run_later)(void *opaque))
{
	static struct bus bus;
	struct vtd_endpoint_config config;

	vtd_endpoint_config_init(&config);
	config.sid = 0x0108;
	config.page_request_limit = 4;
	bus_start_with(&bus, &config, run_later);
	return &bus;
}

static inline int bus_setup(void **state)
{
	*state = bus_set_up(NULL);
	return 0;
}

static inline int bus_setup_later(void **state)
{
	*state = bus_set_up(bus_run_later);
	return 0;
}

static inline int bus_teardown(void **state)
{
	struct bus *bus = *state;

	vtd_endpoint_destroy(bus->ep);
	pthread_mutex_destroy(&bus->lock);
	return 0;
}

/* The page is not there until it is asked for. */
static inline void bus_take_page_away(struct bus *bus)
{
	bus->answer = (struct vtd_translation){ .size_shift = 12 };
}

static inline struct vtd_endpoint_access bus_access(enum vtd_access rights)
{
	return (struct vtd_endpoint_access){
		.address = BUS_ADDRESS + 0x123,
		.access = rights,
		.pasid_present = true,
		.pasid = BUS_PASID,
	};
}

/* Open and end an access. */
static inline enum vtd_endpoint_result
bus_try(struct bus *bus, const struct vtd_endpoint_access *access)
{
	struct vtd_endpoint_access once = *access;
	struct vtd_endpoint_mapping mapping;
	enum vtd_endpoint_result result =
		vtd_endpoint_access_try(bus->ep, &once, &mapping);

	if (result == VTD_ENDPOINT_OK)
		vtd_endpoint_access_end(bus->ep, &mapping);
	return result;
}

static inline enum vtd_endpoint_result
bus_begin(struct bus *bus, const struct vtd_endpoint_access *access)
{
	struct vtd_endpoint_mapping mapping;
	enum vtd_endpoint_result result =
		vtd_endpoint_access_begin(bus->ep, access, &mapping);

	if (result == VTD_ENDPOINT_OK)
		vtd_endpoint_access_end(bus->ep, &mapping);
	return result;
}

#define BUS_PENDING 99u

/* A wait and how it ended. */
struct asked {
	struct vtd_endpoint_wait wait;
	unsigned int result; /* enum vtd_endpoint_result, or BUS_PENDING */
};

static inline void note_result(void *opaque, enum vtd_endpoint_result result)
{
	struct asked *asked = opaque;

	assert_int_equal(asked->result, BUS_PENDING);
	asked->result = result;
}

static inline void ask_for(struct bus *bus, struct asked *asked,
			   const struct vtd_endpoint_access *access,
			   unsigned int pages)
{
	asked->wait = (struct vtd_endpoint_wait){
		.done = note_result,
		.opaque = asked,
	};
	asked->result = BUS_PENDING;
	vtd_endpoint_page_request(bus->ep, access, pages, &asked->wait);
}

static inline void ask(struct bus *bus, struct asked *asked)
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	ask_for(bus, asked, &access, 1);
}

#define BUS_TEST(name) \
	cmocka_unit_test_setup_teardown(name, bus_setup, bus_teardown)

#endif /* VTD_TESTS_ENDPOINT_BUS_H */
