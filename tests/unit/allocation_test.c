/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of the process that runs out: every allocation of every way to create
 * something, one after the other.  And nothing is allocated after that.  The program
 * is linked with --wrap for the functions below.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vtd/record.h>

#include "control.h"
#include "endpoint_bus.h"

void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *memory);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *memory);

static struct {
	unsigned int made;    /* allocations, the failed one included */
	unsigned int failing; /* which of them fails; 0: none */
	long live;
	size_t aligned; /* bytes asked for */
} memory;

static bool fails(void)
{
	return ++memory.made == memory.failing;
}

static void *count(void *made)
{
	memory.live += made != NULL;
	return made;
}

void *__wrap_calloc(size_t number, size_t size)
{
	return fails() ? NULL : count(__real_calloc(number, size));
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : count(__real_malloc(size));
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	/* C11 wants it so. */
	assert_int_equal(size % alignment, 0);
	memory.aligned += size;
	return fails() ? NULL : count(__real_aligned_alloc(alignment, size));
}

void __wrap_free(void *old)
{
	memory.live -= old != NULL;
	__real_free(old);
}

static void begin(unsigned int failing)
{
	memory.made = 0;
	memory.failing = failing;
	memory.aligned = 0;
}

/* ------------------------------------------------------ Creating */

/* Create something, and destroy it if that was possible. */
struct way {
	const char *name;
	int (*create_and_destroy)(void);
	unsigned int allocations;
};

static struct fake_host host;

static int unit_with(struct vtd_config *config)
{
	struct vtd_unit *unit = NULL;
	int error = vtd_unit_create(config, vtd_kit_host_ops(), &host, &unit);

	assert_true((unit != NULL) == (error == 0));
	vtd_unit_destroy(unit);
	return error;
}

static int plain_unit(void)
{
	struct vtd_config config;

	vtd_config_init(&config);
	return unit_with(&config);
}

static int unit_with_caches(void)
{
	struct vtd_config config;

	vtd_config_init(&config);
	config.iotlb = VTD_IOTLB_SIZED;
	return unit_with(&config);
}

static int checked_unit(void)
{
	struct vtd_config config;

	vtd_config_init(&config);
	config.iotlb = VTD_IOTLB_KEEP;
	config.check = true;
	return unit_with(&config);
}

static void ignore_record(void *sink, const struct vtd_record *record)
{
	(void)sink;
	(void)record;
}

static int recorded_unit(void)
{
	const struct vtd_recorder recorder = {
		.size = sizeof(recorder),
		.record = ignore_record,
	};
	struct vtd_unit *unit = NULL;
	struct vtd_config config;
	int error;

	vtd_config_init(&config);
	error = vtd_unit_create_recorded(&config, vtd_kit_host_ops(), &host,
					 &recorder, &unit);
	assert_true((unit != NULL) == (error == 0));
	vtd_unit_destroy(unit);
	return error;
}

static int atc(void)
{
	struct vtd_atc_config config;
	struct vtd_atc *atc = NULL;
	int error;

	vtd_atc_config_init(&config);
	error = vtd_atc_create(&config, &atc);
	assert_true((atc != NULL) == (error == 0));
	vtd_atc_destroy(atc);
	return error;
}

static int endpoint(void)
{
	const struct vtd_endpoint_ops ops = {
		.size = sizeof(ops),
		.translation_request = bus_translation_request,
		.page_request = bus_page_request,
	};
	struct vtd_endpoint_config config;
	struct vtd_endpoint *ep = NULL;
	int error;

	vtd_endpoint_config_init(&config);
	error = vtd_endpoint_create(&config, &ops, NULL, &ep);
	assert_true((ep != NULL) == (error == 0));
	vtd_endpoint_destroy(ep);
	return error;
}

static void check_way(const struct way *way)
{
	unsigned int failing = 1;
	long live = memory.live;

	for (;; failing++) {
		int error;

		begin(failing);
		error = way->create_and_destroy();
		begin(0);
		check_row(way->name, memory.live == live);
		if (error == 0)
			break;
		check_row(way->name, error == -ENOMEM);
		check_row(way->name, failing < 100);
	}
	print_message("%s: %u allocations\n", way->name, failing - 1);
	check_row(way->name, failing > way->allocations);
}

static void creation_fails_whole_when_an_allocation_fails(void **state)
{
	static const struct way ways[] = {
		{ "unit", plain_unit, 1 },
		{ "unit with caches", unit_with_caches, 8 },
		{ "unit with check", checked_unit, 9 },
		{ "recorded unit", recorded_unit, 2 },
		{ "ATC", atc, 4 },
		{ "endpoint", endpoint, 5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		check_way(&ways[i]);
}

/* Of small pages, unless it is large. */
static void cache_takes_little_when_it_is_small(void **state)
{
	(void)state;
	begin(0);
	assert_int_equal(atc(), 0);
	assert_in_range(memory.aligned, 1, 65536);
}

/* Nor after a refusal, whoever finds the fault. */
static void creation_leaves_nothing_when_it_is_refused(void **state)
{
	const struct vtd_endpoint_ops ops = {
		.size = sizeof(ops),
		.translation_request = bus_translation_request,
		.page_request = bus_page_request,
	};
	struct vtd_endpoint_config config;
	struct vtd_atc_config no_ways;
	struct vtd_endpoint *ep;
	struct vtd_atc *atc;
	long live = memory.live;

	(void)state;
	vtd_atc_config_init(&no_ways);
	no_ways.ways = 0;
	assert_int_equal(vtd_atc_create(&no_ways, &atc), -EINVAL);
	vtd_endpoint_config_init(&config);
	config.atc = &no_ways;
	assert_int_equal(vtd_endpoint_create(&config, &ops, NULL, &ep),
			 -EINVAL);
	config.atc = NULL;
	config.page_request_limit = 0;
	assert_int_equal(vtd_endpoint_create(&config, &ops, NULL, &ep),
			 -EINVAL);
	assert_int_equal(memory.live, live);
}

/* ------------------------------------------------------ Afterwards */

static void use(struct fixture *f)
{
	static uint8_t blob[VTD_STATE_SIZE_MAX];
	struct regs_page_queue queue;
	size_t size;

	regs_page_queue_start(&queue, f->unit, &f->tables);
	control_fault(f, 1);
	control_page_request(f);
	control_translate(f);
	regs_queue_put(&f->queue, UINT64_C(0x0000010000000003), 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	size = vtd_unit_save(f->unit, blob, sizeof(blob));
	assert_int_equal(vtd_unit_load(f->unit, blob, size, NULL), 0);
	assert_int_equal(vtd_unit_load(f->unit, blob, size - 8, NULL), -EINVAL);
	vtd_unit_timer_expired(f->unit);
	vtd_unit_device_tlb_complete(f->unit, CONTROL_SID, UINT32_MAX, 1);
	vtd_unit_reset(f->unit, VTD_RESET_POWER_GOOD);
}

static void unit_allocates_nothing_when_it_is_there(void **state)
{
	struct fixture *f;

	assert_int_equal(control_setup(state), 0);
	f = *state;
	begin(0);
	use(f);
	assert_int_equal(memory.made, 0);
	fixture_teardown(state);
}

static void endpoint_allocates_nothing_when_it_is_there(void **state)
{
	static uint8_t blob[VTD_ENDPOINT_STATE_SIZE_MAX];
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked asked;
	struct bus *bus;
	size_t size;

	bus_setup(state);
	bus = *state;
	begin(0);
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OK);
	ask(bus, &asked);
	size = vtd_endpoint_save(bus->ep, blob, sizeof(blob));
	assert_int_equal(vtd_endpoint_load(bus->ep, blob, size, NULL), 0);
	assert_int_equal(vtd_endpoint_load(bus->ep, blob, size - 8, NULL),
			 -EINVAL);
	vtd_endpoint_reset(bus->ep);
	assert_int_equal(memory.made, 0);
	bus_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creation_fails_whole_when_an_allocation_fails),
		cmocka_unit_test(cache_takes_little_when_it_is_small),
		cmocka_unit_test(creation_leaves_nothing_when_it_is_refused),
		cmocka_unit_test(unit_allocates_nothing_when_it_is_there),
		cmocka_unit_test(endpoint_allocates_nothing_when_it_is_there),
	};
	int failed;

	vtd_kit_host_init(&host, 4096);
	failed = RUN_TESTS(tests);
	vtd_kit_host_destroy(&host);
	return failed;
}
