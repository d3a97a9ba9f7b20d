/* SPDX-License-Identifier: BSD-3-Clause */
/* An endpoint used by several threads; worth most under ThreadSanitizer. */
#include <sched.h>
#include <stdatomic.h>

#include "endpoint_bus.h"

#define DEVICE_THREADS 4
#define ROUNDS 200

/* One device thread that makes one blocking access. */
struct device {
	struct bus *bus;
	struct vtd_endpoint_access access;
	enum vtd_endpoint_result result;
	pthread_t thread;
};

static void *device_access(void *opaque)
{
	struct device *device = opaque;

	device->result = bus_begin(device->bus, &device->access);
	return NULL;
}

static void device_start(struct device *device, struct bus *bus,
			 struct vtd_endpoint_canceller *canceller)
{
	*device = (struct device){
		.bus = bus,
		.access = bus_access(VTD_ACCESS_READ),
	};
	device->access.canceller = canceller;
	assert_int_equal(pthread_create(&device->thread, NULL, device_access,
					device),
			 0);
}

static enum vtd_endpoint_result device_end(struct device *device)
{
	pthread_join(device->thread, NULL);
	return device->result;
}

static void wait_for_request(struct bus *bus, unsigned int number)
{
	while (bus_logged(bus) < number)
		sched_yield();
}

static void access_goes_on_when_response_comes_from_other_thread(void **state)
{
	struct bus *bus = *state;
	struct device device;

	bus_take_page_away(bus);
	device_start(&device, bus, NULL);
	wait_for_request(bus, 1);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(device_end(&device), VTD_ENDPOINT_OK);
}

static void access_is_aborted_when_cancelled_while_it_waits(void **state)
{
	struct bus *bus = *state;
	struct vtd_endpoint_canceller canceller = { 0 };
	struct device device;

	bus_take_page_away(bus);
	device_start(&device, bus, &canceller);
	wait_for_request(bus, 1);
	vtd_endpoint_cancel(bus->ep, &canceller);
	assert_int_equal(device_end(&device), VTD_ENDPOINT_ABORTED);
}

/* Cancelled instead, it would end before the response, which would count as
 * unexpected. */
static void
access_lasts_until_response_when_finished_while_it_waits(void **state)
{
	struct bus *bus = *state;
	struct vtd_endpoint_canceller canceller = { 0 };
	struct vtd_endpoint_counters counters;
	struct device device;

	bus_take_page_away(bus);
	bus->brings = bus->answer; /* nothing */
	device_start(&device, bus, &canceller);
	wait_for_request(bus, 1);
	vtd_endpoint_finish(bus->ep, &canceller);
	vtd_endpoint_counters(bus->ep, &counters, sizeof(counters));
	assert_int_equal(counters.cancelled_waits, 0);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(device_end(&device), VTD_ENDPOINT_ABORTED);
	assert_int_equal(bus_logged(bus), 1);
}

static void access_is_aborted_when_cancelled_while_it_pauses(void **state)
{
	static struct bus bus;
	struct vtd_endpoint_config config;
	struct vtd_endpoint_canceller canceller = { 0 };
	struct device device;

	(void)state;
	vtd_endpoint_config_init(&config);
	config.page_request_limit = 10000; /* eight minutes */
	bus_start(&bus, &config);
	bus_take_page_away(&bus);
	bus.brings = bus.answer;
	bus.respond_at_once = true;
	device_start(&device, &bus, &canceller);
	wait_for_request(&bus, 5);
	vtd_endpoint_cancel(bus.ep, &canceller);
	assert_int_equal(device_end(&device), VTD_ENDPOINT_ABORTED);
	vtd_endpoint_destroy(bus.ep);
}

static void access_is_aborted_when_function_is_reset(void **state)
{
	struct bus *bus = *state;
	struct device device;

	bus_take_page_away(bus);
	device_start(&device, bus, NULL);
	wait_for_request(bus, 1);
	vtd_endpoint_reset(bus->ep);
	assert_int_equal(device_end(&device), VTD_ENDPOINT_ABORTED);
}

static void access_goes_on_when_others_used_the_allocation(void **state)
{
	struct bus *bus = *state;
	struct device devices[DEVICE_THREADS];

	vtd_endpoint_pri_allocation(bus->ep, 1);
	bus_take_page_away(bus);
	bus->brings = bus->answer;
	for (unsigned int i = 0; i < DEVICE_THREADS; i++)
		device_start(&devices[i], bus, NULL);
	for (unsigned int i = 0; i < DEVICE_THREADS; i++) {
		wait_for_request(bus, i + 1);
		bus_respond(bus, &bus->log[i], VTD_RESPONSE_INVALID);
	}
	for (unsigned int i = 0; i < DEVICE_THREADS; i++)
		assert_int_equal(device_end(&devices[i]), VTD_ENDPOINT_REFUSED);
}

/*
 * Everything at once: devices access a page that an "operating system" takes
 * away and brings back under another address, while waits are cancelled.  An
 * open access must find the memory that it was translated to undisturbed.
 */
struct world {
	struct vtd_endpoint *ep;
	struct vtd_endpoint_canceller canceller;
	pthread_mutex_t lock;
	bool present;
	unsigned int tenant;
	/* What the two frames hold; only the promise protects it. */
	unsigned int frame[2];
	/* One request at a time is remembered per device thread. */
	struct vtd_page_request requests[DEVICE_THREADS];
	unsigned int requested;
	atomic_bool stop;
	atomic_uint wrong;
	atomic_uint accesses;
};

static void world_translate(void *opaque, const struct vtd_request *request,
			    struct vtd_translation *result)
{
	struct world *world = opaque;

	(void)request;
	pthread_mutex_lock(&world->lock);
	*result = bus_page((uint64_t)world->tenant << 12);
	result->read = world->present;
	result->write = world->present;
	pthread_mutex_unlock(&world->lock);
}

static void world_page_request(void *opaque,
			       const struct vtd_page_request *request)
{
	struct world *world = opaque;

	pthread_mutex_lock(&world->lock);
	if (world->requested < DEVICE_THREADS)
		world->requests[world->requested++] = *request;
	else
		atomic_fetch_add(&world->wrong, 1);
	pthread_mutex_unlock(&world->lock);
}

static void world_respond(struct world *world)
{
	struct vtd_page_group_response response;
	bool any;

	for (;;) {
		pthread_mutex_lock(&world->lock);
		any = world->requested;
		if (any) {
			const struct vtd_page_request *request =
				&world->requests[--world->requested];

			response = (struct vtd_page_group_response){
				.pasid_present = request->pasid_present,
				.pasid = request->pasid,
				.prgi = request->prgi,
			};
		}
		pthread_mutex_unlock(&world->lock);
		if (!any)
			return;
		vtd_endpoint_response(world->ep, &response);
	}
}

static void *world_device(void *opaque)
{
	struct world *world = opaque;
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct vtd_endpoint_mapping mapping;

	access.canceller = &world->canceller;
	while (!atomic_load(&world->stop)) {
		if (vtd_endpoint_access_begin(world->ep, &access, &mapping) !=
		    VTD_ENDPOINT_OK)
			continue;
		if (world->frame[(mapping.address >> 12) & 1] !=
		    mapping.address >> 12)
			atomic_fetch_add(&world->wrong, 1);
		atomic_fetch_add(&world->accesses, 1);
		vtd_endpoint_access_end(world->ep, &mapping);
	}
	return NULL;
}

static void world_init(struct world *world)
{
	const struct vtd_endpoint_ops ops = {
		.size = sizeof(ops),
		.translation_request = world_translate,
		.page_request = world_page_request,
	};
	struct vtd_endpoint_config config;

	*world = (struct world){ .present = true };
	pthread_mutex_init(&world->lock, NULL);
	vtd_endpoint_config_init(&config);
	assert_int_equal(vtd_endpoint_create(&config, &ops, world, &world->ep),
			 0);
	vtd_endpoint_pasid_control(world->ep, true, false);
	vtd_endpoint_ats_control(world->ep, true, 0);
	/* Less than there are devices, so that they queue up; what was
	 * cancelled stays outstanding and counts too. */
	vtd_endpoint_pri_allocation(world->ep, DEVICE_THREADS - 1);
	vtd_endpoint_pri_control(world->ep, true, false);
}

static void set_flag(void *opaque,
		     const struct vtd_device_tlb_invalidation *request)
{
	(void)request;
	atomic_store((atomic_bool *)opaque, true);
}

static void world_set(struct world *world, bool present, unsigned int tenant)
{
	pthread_mutex_lock(&world->lock);
	world->present = present;
	world->tenant = tenant;
	pthread_mutex_unlock(&world->lock);
}

/* Unmap, invalidate, wait for the completion: now the frames are nobody's. */
static void world_move_page(struct world *world, unsigned int tenant)
{
	const struct vtd_device_tlb_invalidation page = {
		.pasid_present = true,
		.pasid = BUS_PASID,
		.first = BUS_ADDRESS,
		.last = BUS_ADDRESS + 0xfff,
	};
	atomic_bool done = false;
	struct vtd_atc_invalidation invalidation = {
		.done = set_flag,
		.opaque = &done,
	};

	world_set(world, false, tenant - 1);
	vtd_endpoint_invalidate(world->ep, &page, &invalidation);
	while (!atomic_load(&done))
		sched_yield();
	world->frame[tenant & 1] = tenant;
	world_set(world, true, tenant);
	world_respond(world);
}

static void open_access_is_undisturbed_when_all_happens_at_once(void **state)
{
	struct world world;
	pthread_t devices[DEVICE_THREADS];

	(void)state;
	world_init(&world);
	for (unsigned int i = 0; i < DEVICE_THREADS; i++)
		pthread_create(&devices[i], NULL, world_device, &world);
	for (unsigned int round = 1; round <= ROUNDS; round++) {
		unsigned int before = atomic_load(&world.accesses);

		world_move_page(&world, round);
		if (round % 16 == 0) {
			vtd_endpoint_cancel(world.ep, &world.canceller);
			vtd_endpoint_cancel_end(world.ep, &world.canceller);
		}
		/* Somebody gets through between two moves. */
		while (atomic_load(&world.accesses) == before) {
			world_respond(&world);
			sched_yield();
		}
	}
	atomic_store(&world.stop, true);
	vtd_endpoint_cancel(world.ep, &world.canceller);
	for (unsigned int i = 0; i < DEVICE_THREADS; i++)
		pthread_join(devices[i], NULL);
	assert_int_equal(world.wrong, 0);
	vtd_endpoint_destroy(world.ep);
	pthread_mutex_destroy(&world.lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(access_goes_on_when_response_comes_from_other_thread),
		BUS_TEST(access_is_aborted_when_cancelled_while_it_waits),
		BUS_TEST(
			access_lasts_until_response_when_finished_while_it_waits),
		cmocka_unit_test(
			access_is_aborted_when_cancelled_while_it_pauses),
		BUS_TEST(access_is_aborted_when_function_is_reset),
		BUS_TEST(access_goes_on_when_others_used_the_allocation),
		cmocka_unit_test(
			open_access_is_undisturbed_when_all_happens_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
