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
#include <vtd/kit/host.h>

#include "golden_endpoints.h"
#include "golden_units.h"

#define RAM_SIZE (UINT64_C(64) << 20)
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

/* Says what came of it; false: not what should. */
static bool tell(const char *what, size_t number, int error, const char *reason,
		 bool same, bool is_latest)
{
	printf("%s %zu: %s, %s\n", what, number, error == 0 ? "loaded" : reason,
	       same ? "saved as the same bytes" : "saved as other bytes");
	return error == 0 && same == is_latest;
}

static bool check_unit(struct vtd_kit_host *host, size_t number)
{
	size_t size = take_bytes(&golden_units[number]);
	struct vtd_config config = { .size = sizeof(config) };
	const char *reason = "no such unit";
	struct vtd_unit *unit = NULL;
	size_t again = 0;
	int error;

	error = vtd_state_config(before, size, &config, &reason);
	config.device_tlb_timeout = 1000;
	if (error == 0)
		error = vtd_unit_create(&config, vtd_kit_host_ops(), host,
					&unit);
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
	static struct vtd_kit_host host;
	bool good = true;

	if (vtd_kit_host_init(&host, RAM_SIZE) != 0)
		return 1;
	for (size_t i = 0; i < COUNT(golden_units); i++)
		good &= check_unit(&host, i);
	vtd_kit_host_destroy(&host);
	for (size_t i = 0; i < COUNT(golden_endpoints); i++)
		good &= check_endpoint(i);
	return good ? 0 : 1;
}
