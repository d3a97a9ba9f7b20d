/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program as others write it, in what C and C++ have in common.
 * check_growth.py compiles it with the public headers as they are, with older
 * ones and with later ones, and links it with the library as it is.  LATER: each
 * structure that can grow has a member `later` that the library does not know.
 */
#include <stdio.h>
#include <string.h>

#include <vtd/endpoint.h>
#include <vtd/vtd.h>

/* A structure in the program's memory, and what the library must leave alone. */
#define GUARDED(type)                    \
	struct {                         \
		struct type s;           \
		unsigned char after[64]; \
	}
#define FILL(guarded) memset(&(guarded), 0xa5, sizeof(guarded))
#define IS_INTACT(guarded) is_filled((guarded).after, sizeof((guarded).after))

static int failed;
static int count;

static bool is_filled(const void *memory, size_t size)
{
	const unsigned char *byte = (const unsigned char *)memory;

	for (size_t i = 0; i < size; i++)
		if (byte[i] != 0xa5)
			return false;
	return true;
}

static void check(const char *name, bool good)
{
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++count, name);
	failed |= !good;
}

static uint64_t ram[1 << 16];

static int memory_read(void *host, uint64_t address, void *buffer,
		       size_t length)
{
	(void)host;
	if (address > sizeof(ram) - length)
		return -1;
	memcpy(buffer, (char *)ram + address, length);
	return 0;
}

static int memory_write(void *host, uint64_t address, const void *buffer,
			size_t length)
{
	(void)host;
	if (address > sizeof(ram) - length)
		return -1;
	memcpy((char *)ram + address, buffer, length);
	return 0;
}

static int memory_compare_exchange(void *host, uint64_t address,
				   uint64_t *expected, uint64_t desired)
{
	(void)host;
	if (address > sizeof(ram) - 8)
		return -1;
	if (ram[address / 8] != *expected) {
		*expected = ram[address / 8];
		return 0;
	}
	ram[address / 8] = desired;
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
	return -1;
}

static void page_group_response(void *host,
				const struct vtd_page_group_response *response)
{
	(void)host;
	(void)response;
}

static void fill_in(struct vtd_host_ops *ops)
{
	memset(ops, 0, sizeof(*ops));
	ops->size = sizeof(*ops);
	ops->memory_read = memory_read;
	ops->memory_write = memory_write;
	ops->memory_compare_exchange = memory_compare_exchange;
	ops->interrupt_message = interrupt_message;
	ops->device_tlb_invalidate = device_tlb_invalidate;
	ops->page_group_response = page_group_response;
#ifdef LATER
	ops->later = 1;
#endif
}

static void check_counters(struct vtd_unit *unit)
{
	GUARDED(vtd_counters) counters;

	FILL(counters);
	vtd_unit_counters(unit, &counters.s, sizeof(counters.s));
	check("counters_end_where_the_program_says",
	      IS_INTACT(counters) && counters.s.config_cache_misses == 0);
#ifdef LATER
	check("counter_is_zero_that_the_library_lacks", counters.s.later == 0);
#endif
}

static void check_requests(struct vtd_unit *unit)
{
	struct vtd_request request;
	struct vtd_interrupt_request interrupt_request;
	GUARDED(vtd_translation) translation;
	GUARDED(vtd_interrupt) interrupt;
	GUARDED(vtd_requester_info) info;
	GUARDED(vtd_dma_bracket) bracket;

	memset(&request, 0, sizeof(request));
	memset(&interrupt_request, 0, sizeof(interrupt_request));
	request.address = 0x1000;
	interrupt_request.address = 0xfee00000;
	FILL(translation);
	FILL(interrupt);
	FILL(info);
	FILL(bracket);
	vtd_unit_dma_begin(unit, &bracket.s);
	vtd_unit_translate(unit, &request, &translation.s);
	vtd_unit_interrupt(unit, &interrupt_request, &interrupt.s);
	vtd_unit_requester(unit, 0, false, 0, &info.s);
	vtd_unit_dma_end(unit, &bracket.s);
	check("results_are_there_and_end_where_they_always_did",
	      translation.s.status == VTD_STATUS_SUCCESS &&
		      translation.s.address == 0x1000 &&
		      interrupt.s.address == 0xfee00000 &&
		      info.s.state == VTD_REQUESTER_OFF &&
		      IS_INTACT(translation) && IS_INTACT(interrupt) &&
		      IS_INTACT(info) && IS_INTACT(bracket));
}

static void check_ram(struct vtd_unit *unit)
{
	struct vtd_ram_range range;
	struct vtd_ram_map map;
	const struct vtd_ram_map *before = &map;

	memset(&range, 0, sizeof(range));
	memset(&map, 0, sizeof(map));
	range.length = sizeof(ram);
	range.memory = ram;
	map.range = &range;
	map.count = 1;
	check("ram_is_published_and_taken_back",
	      vtd_unit_set_ram(unit, &map, &before) == 0 && before == NULL &&
		      vtd_unit_set_ram(unit, NULL, &before) == 0 &&
		      before == &map);
}

static void check_unit(void)
{
	GUARDED(vtd_config) config;
	GUARDED(vtd_host_ops) ops;
	struct vtd_unit *unit = NULL;

	FILL(config);
	FILL(ops);
	vtd_config_init(&config.s);
	fill_in(&ops.s);
	check("defaults_end_where_the_program_says",
	      IS_INTACT(config) && config.s.size == sizeof(config.s));
	check("unit_is_created",
	      vtd_config_check(&config.s) == NULL &&
		      vtd_unit_create_check(&config.s, &ops.s) == NULL &&
		      vtd_unit_create(&config.s, &ops.s, NULL, &unit) == 0);
	if (unit != NULL) {
		check_counters(unit);
		check_requests(unit);
		check_ram(unit);
	}
	vtd_unit_destroy(unit);
#ifdef LATER
	check("unit_is_refused_for_a_member_that_the_library_lacks",
	      config.s.later == 0 &&
		      (config.s.later = 1,
		       vtd_unit_create(&config.s, &ops.s, NULL, &unit)) != 0);
#endif
}

static void translation_request(void *bus, const struct vtd_request *request,
				struct vtd_translation *result)
{
	(void)bus;
	(void)request;
	memset(result, 0, sizeof(*result));
}

static void page_request(void *bus, const struct vtd_page_request *request)
{
	(void)bus;
	(void)request;
}

static void check_endpoint_counters(struct vtd_endpoint *ep)
{
	GUARDED(vtd_endpoint_counters) counters;
	GUARDED(vtd_atc_counters) atc_counters;

	FILL(counters);
	FILL(atc_counters);
	vtd_endpoint_counters(ep, &counters.s, sizeof(counters.s));
	vtd_endpoint_atc_counters(ep, &atc_counters.s, sizeof(atc_counters.s));
	check("endpoint_counters_end_where_the_program_says",
	      IS_INTACT(counters) && IS_INTACT(atc_counters) &&
		      counters.s.translation_requests == 0 &&
		      atc_counters.s.hits == 0);
#ifdef LATER
	check("endpoint_counters_are_zero_that_the_library_lacks",
	      counters.s.later == 0 && atc_counters.s.later == 0);
#endif
}

static void check_endpoint(void)
{
	GUARDED(vtd_endpoint_config) config;
	GUARDED(vtd_atc_config) atc;
	struct vtd_endpoint_ops ops;
	struct vtd_endpoint *ep = NULL;
	struct vtd_atc *alone = NULL;

	FILL(config);
	FILL(atc);
	vtd_endpoint_config_init(&config.s);
	vtd_atc_config_init(&atc.s);
	memset(&ops, 0, sizeof(ops));
	ops.size = sizeof(ops);
	ops.translation_request = translation_request;
	ops.page_request = page_request;
	check("endpoint_defaults_end_where_the_program_says",
	      IS_INTACT(config) && config.s.size == sizeof(config.s) &&
		      IS_INTACT(atc) && atc.s.size == sizeof(atc.s));
	check("endpoint_is_created",
	      vtd_atc_config_check(&atc.s) == NULL &&
		      vtd_endpoint_create_check(&config.s, &ops) == NULL &&
		      vtd_atc_create(&atc.s, &alone) == 0 &&
		      vtd_endpoint_create(&config.s, &ops, NULL, &ep) == 0);
	if (ep != NULL)
		check_endpoint_counters(ep);
	vtd_atc_destroy(alone);
	vtd_endpoint_destroy(ep);
#ifdef LATER
	check("endpoint_is_refused_for_a_member_that_the_library_lacks",
	      config.s.later == 0 && atc.s.later == 0 &&
		      (config.s.later = 1,
		       vtd_endpoint_create(&config.s, &ops, NULL, &ep)) != 0 &&
		      (atc.s.later = 1, vtd_atc_create(&atc.s, &alone)) != 0);
#endif
}

int main(void)
{
	check_unit();
	check_endpoint();
	return failed;
}
