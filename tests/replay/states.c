/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For machines without cmocka (tools/replay-s390x): loads the states that the tests
 * keep, and saves them again.  Those of the latest version are the same bytes then.
 */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include <vtd/capabilities.h>
#include <vtd/endpoint.h>

#include "golden_endpoints.h"
#include "golden_units.h"

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

static uint8_t before[VTD_STATE_SIZE_MAX];
static uint8_t after[VTD_STATE_SIZE_MAX];

static size_t take_bytes(const struct golden *golden)
{
	for (size_t i = 0; i < golden->count; i++) {
		uint64_t raw = htole64(golden->words[i]);

		memcpy(before + 8 * i, &raw, sizeof(raw));
	}
	return 8 * golden->count;
}

static int memory_read(void *host, uint64_t address, void *buffer,
		       size_t length)
{
	(void)host;
	(void)address;
	memset(buffer, 0, length);
	return 0;
}

static int memory_write(void *host, uint64_t address, const void *buffer,
			size_t length)
{
	(void)host;
	(void)address;
	(void)buffer;
	(void)length;
	return 0;
}

static int memory_compare_exchange(void *host, uint64_t address,
				   uint64_t *expected, uint64_t desired)
{
	(void)host;
	(void)address;
	(void)expected;
	(void)desired;
	return 1;
}

static void interrupt_message(void *host, uint64_t address, uint32_t data)
{
	(void)host;
	(void)address;
	(void)data;
}

static int
device_tlb_invalidate(void *host,
		      const struct vtd_device_tlb_invalidation *request)
{
	(void)host;
	(void)request;
	return 0;
}

static void page_group_response(void *host,
				const struct vtd_page_group_response *response)
{
	(void)host;
	(void)response;
}

static void timer_set(void *host, uint64_t nanoseconds)
{
	(void)host;
	(void)nanoseconds;
}

static uint64_t clock_now(void *host)
{
	(void)host;
	return 1;
}

/* Says what came of it; false: not what should. */
static bool tell(const char *what, size_t number, int error, const char *reason,
		 bool same, bool is_latest)
{
	printf("%s %zu: %s, %s\n", what, number, error == 0 ? "loaded" : reason,
	       same ? "saved as the same bytes" : "saved as other bytes");
	return error == 0 && same == is_latest;
}

static bool check_unit(size_t number)
{
	const struct vtd_host_ops ops = {
		.size = sizeof(ops),
		.memory_read = memory_read,
		.memory_write = memory_write,
		.memory_compare_exchange = memory_compare_exchange,
		.interrupt_message = interrupt_message,
		.device_tlb_invalidate = device_tlb_invalidate,
		.page_group_response = page_group_response,
		.timer_set = timer_set,
		.clock = clock_now,
	};
	size_t size = take_bytes(&golden_units[number]);
	struct vtd_config config = { .size = sizeof(config) };
	const char *reason = "no such unit";
	struct vtd_unit *unit = NULL;
	size_t again = 0;
	int error;

	error = vtd_state_config(before, size, &config, &reason);
	config.device_tlb_timeout = 1000;
	if (error == 0)
		error = vtd_unit_create(&config, &ops, NULL, &unit);
	if (error == 0)
		error = vtd_unit_load(unit, before, size, &reason);
	if (error == 0)
		again = vtd_unit_save(unit, after, sizeof(after));
	vtd_unit_destroy(unit);
	return tell("unit", number, error, reason,
		    again == size && memcmp(before, after, size) == 0,
		    number == COUNT(golden_units) - 1);
}

static void translation_request(void *bus, const struct vtd_request *request,
				struct vtd_translation *result)
{
	(void)bus;
	(void)request;
	(void)result;
}

static void page_request(void *bus, const struct vtd_page_request *request)
{
	(void)bus;
	(void)request;
}

static bool check_endpoint(size_t number)
{
	const struct vtd_endpoint_ops ops = {
		.size = sizeof(ops),
		.translation_request = translation_request,
		.page_request = page_request,
	};
	size_t size = take_bytes(&golden_endpoints[number]);
	struct vtd_endpoint_config config;
	struct vtd_endpoint *ep = NULL;
	const char *reason = "no such endpoint";
	size_t again = 0;
	int error;

	vtd_endpoint_config_init(&config);
	error = vtd_endpoint_create(&config, &ops, NULL, &ep);
	if (error == 0)
		error = vtd_endpoint_load(ep, before, size, &reason);
	if (error == 0)
		again = vtd_endpoint_save(ep, after, sizeof(after));
	vtd_endpoint_destroy(ep);
	return tell("endpoint", number, error, reason,
		    again == size && memcmp(before, after, size) == 0,
		    number == COUNT(golden_endpoints) - 1);
}

int main(void)
{
	bool good = true;

	for (size_t i = 0; i < COUNT(golden_units); i++)
		good &= check_unit(i);
	for (size_t i = 0; i < COUNT(golden_endpoints); i++)
		good &= check_endpoint(i);
	return good ? 0 : 1;
}
