/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages between a unit and its endpoints go both ways. */
#include <vtd/kit/descriptors.h>
#include <vtd/kit/link.h>

#include "check.h"

#define PASID 5
#define ADDRESS UINT64_C(0x7000)
#define PAGE UINT64_C(0xd000)

/* A process whose pages two devices see. */
struct scene {
	struct fixture *f;
	struct vtd_kit_page_table table;
	struct vtd_kit_page_queue pages;
	struct vtd_kit_link link[2];
	unsigned int looks; /* of hooks */
};

static const uint16_t sids[2] = { 0x0100, 0x0108 };

static int start(void **state, bool check)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct vtd_endpoint_config config;

	fixture_setup((void **)&scene->f);
	if (check) {
		scene->f->config.iotlb = VTD_IOTLB_KEEP;
		scene->f->config.check = true;
		scene->f->config.check_waits = 2;
	}
	vtd_kit_page_table_init(&scene->table, &scene->f->tables,
				VTD_KIT_FIRST_STAGE, 4);
	fixture_run(scene->f, VTD_TTM_SCALABLE);
	vtd_kit_page_queue_start(&scene->pages, scene->f->unit,
				 &scene->f->tables);
	vtd_endpoint_config_init(&config);
	for (unsigned int i = 0; i < 2; i++) {
		struct vtd_kit_sm_context context =
			fixture_sm_context(scene->f, sids[i], 0);

		fixture_pasid_first_stage(scene->f, context.dir, PASID,
					  &scene->table);
		config.sid = sids[i];
		assert_int_equal(vtd_kit_host_connect(&scene->f->host,
						      &scene->link[i], &config),
				 0);
		vtd_kit_link_enable(&scene->link[i], 32);
	}
	vtd_kit_queue_flush(&scene->f->queue);
	*state = scene;
	return 0;
}

static int setup(void **state)
{
	return start(state, false);
}

static int setup_checked(void **state)
{
	return start(state, true);
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	for (unsigned int i = 0; i < 2; i++)
		vtd_kit_host_disconnect(&scene->f->host, &scene->link[i]);
	fixture_teardown((void **)&scene->f);
	free(scene);
	return 0;
}

static struct vtd_endpoint_access read_access(void)
{
	return (struct vtd_endpoint_access){
		.address = ADDRESS,
		.access = VTD_ACCESS_READ,
		.pasid_present = true,
		.pasid = PASID,
	};
}

static enum vtd_endpoint_result try_read(struct scene *scene, unsigned int i,
					 struct vtd_endpoint_mapping *mapping)
{
	struct vtd_endpoint_access access = read_access();

	return vtd_endpoint_access_try(scene->link[i].endpoint, &access,
				       mapping);
}

static void map(struct scene *scene)
{
	vtd_kit_page_table_map(&scene->table, ADDRESS, PAGE, 12, FS_USER_RW);
}

static void access_is_translated_when_endpoints_are_connected(void **state)
{
	struct scene *scene = *state;
	struct vtd_endpoint_mapping mapping;

	map(scene);
	assert_int_equal(try_read(scene, 0, &mapping), VTD_ENDPOINT_OK);
	assert_true(mapping.address == PAGE);
	vtd_endpoint_access_end(scene->link[0].endpoint, &mapping);
}

static bool invalidate(struct scene *scene, unsigned int i)
{
	const struct vtd_kit_descriptor descriptor =
		vtd_kit_pasid_device_tlb(sids[i], PASID, ADDRESS, 12);

	return vtd_kit_queue_invalidate(&scene->f->queue, &descriptor, 1);
}

static void wait_completes_when_the_access_has_ended(void **state)
{
	struct scene *scene = *state;
	struct vtd_endpoint_mapping mapping;

	map(scene);
	assert_int_equal(try_read(scene, 0, &mapping), VTD_ENDPOINT_OK);
	assert_false(invalidate(scene, 0));
	vtd_endpoint_access_end(scene->link[0].endpoint, &mapping);
	assert_true(vtd_kit_queue_is_done(&scene->f->queue));
}

static void wait_completes_when_the_access_is_another_endpoints(void **state)
{
	struct scene *scene = *state;
	struct vtd_endpoint_mapping mapping;

	map(scene);
	assert_int_equal(try_read(scene, 0, &mapping), VTD_ENDPOINT_OK);
	assert_true(invalidate(scene, 1));
	vtd_endpoint_access_end(scene->link[0].endpoint, &mapping);
}

static void waited(void *opaque, enum vtd_endpoint_result result)
{
	*(enum vtd_endpoint_result *)opaque = result;
}

/* Have an endpoint ask for the page, and answer as a kernel does. */
static enum vtd_endpoint_result ask(struct scene *scene, uint8_t code)
{
	enum vtd_endpoint_result result = VTD_ENDPOINT_PAGE_NEEDED;
	struct vtd_endpoint_wait wait = { .done = waited, .opaque = &result };
	const struct vtd_endpoint_access access = read_access();
	struct vtd_kit_descriptor response;
	uint64_t request[2];

	vtd_endpoint_page_request(scene->link[1].endpoint, &access, 1, &wait);
	assert_true(vtd_kit_page_queue_take(&scene->pages, request));
	assert_true((request[1] & VTD_PRD1_ADDRESS) == ADDRESS);
	response = vtd_kit_page_group_response(request, code);
	vtd_kit_queue_invalidate(&scene->f->queue, &response, 1);
	return result;
}

static void wait_succeeds_when_software_answers_success(void **state)
{
	assert_int_equal(ask(*state, VTD_RESPONSE_SUCCESS), VTD_ENDPOINT_OK);
}

static void wait_is_refused_when_software_answers_invalid(void **state)
{
	assert_int_equal(ask(*state, VTD_RESPONSE_INVALID),
			 VTD_ENDPOINT_REFUSED);
}

/* Before the unit has the request it is in no queue. */
static void look_at_queue(struct vtd_kit_link *link,
			  const struct vtd_page_request *request)
{
	struct scene *scene = link->opaque;
	uint64_t queued[2];

	assert_true(request->address == ADDRESS);
	assert_false(vtd_kit_page_queue_take(&scene->pages, queued));
	scene->looks++;
}

/* The answer is on its way: what it says goes, and it is not kept. */
static void take_page_away(struct vtd_kit_link *link,
			   const struct vtd_request *request,
			   const struct vtd_translation *result)
{
	struct scene *scene = link->opaque;

	assert_true(request->address == ADDRESS && result->address == PAGE);
	link->on_translation = NULL;
	assert_true(invalidate(scene, 0));
	scene->looks++;
}

static void hooks_are_called_when_messages_are_on_the_wire(void **state)
{
	struct scene *scene = *state;
	struct vtd_endpoint_mapping mapping;
	struct vtd_atc_counters counters;

	scene->link[1].opaque = scene;
	scene->link[1].before_page_request = look_at_queue;
	assert_int_equal(ask(scene, VTD_RESPONSE_SUCCESS), VTD_ENDPOINT_OK);
	assert_int_equal(scene->looks, 1);
	map(scene);
	scene->link[0].opaque = scene;
	scene->link[0].on_translation = take_page_away;
	assert_int_equal(try_read(scene, 0, &mapping), VTD_ENDPOINT_OK);
	vtd_endpoint_access_end(scene->link[0].endpoint, &mapping);
	assert_int_equal(scene->looks, 2);
	vtd_endpoint_atc_counters(scene->link[0].endpoint, &counters,
				  sizeof(counters));
	assert_int_equal(counters.discarded_fills, 1);
}

static void invalidation_times_out_when_no_endpoint_is_connected(void **state)
{
	struct scene *scene = *state;
	const struct vtd_kit_descriptor descriptor =
		vtd_kit_pasid_device_tlb(0x0110, PASID, ADDRESS, 12);

	assert_false(
		vtd_kit_queue_invalidate(&scene->f->queue, &descriptor, 1));
	vtd_kit_host_pass_time(&scene->f->host,
			       scene->f->config.device_tlb_timeout);
	assert_true((vtd_kit_read_32(scene->f->unit, VTD_REG_FSTS) &
		     VTD_FSTS_ITE) != 0);
}

static void read_page(struct scene *scene)
{
	struct vtd_endpoint_mapping mapping;

	assert_int_equal(try_read(scene, 0, &mapping), VTD_ENDPOINT_OK);
	vtd_endpoint_access_end(scene->link[0].endpoint, &mapping);
}

/* The page is used, gives way to another, and the unit's cache is invalidated. */
static void exchange(struct scene *scene)
{
	const struct vtd_kit_descriptor iotlb =
		vtd_kit_pasid_iotlb(FIXTURE_DID, PASID);

	map(scene);
	read_page(scene);
	vtd_kit_page_table_map(&scene->table, ADDRESS, PAGE + 0x1000, 12,
			       FS_USER_RW);
	assert_true(vtd_kit_queue_invalidate(&scene->f->queue, &iotlb, 1));
}

static void use_is_reported_when_the_devices_cache_was_forgotten(void **state)
{
	struct scene *scene = *state;
	const struct vtd_kit_host *host = &scene->f->host;

	exchange(scene);
	read_page(scene);
	assert_true(invalidate(scene, 1));
	assert_true(invalidate(scene, 1));
	assert_int_equal(host->stale_uses, 0);
	read_page(scene);
	assert_int_equal(host->stale_uses, 1);
	assert_int_equal(host->stale_use.cache, VTD_CACHE_DEVICE_TLB);
	assert_int_equal(host->stale_use.request.sid, sids[0]);
	assert_int_equal(host->stale_use.pasid, PASID);
	assert_true(host->stale_use.used.address == PAGE);
	assert_true(host->stale_use.memory.address == PAGE + 0x1000);
	assert_int_equal(host->stale_use.near_count, 2);
	assert_int_equal(host->stale_use.near[0].spared,
			 VTD_SPARED_OTHER_DEVICE);
}

static void
nothing_is_reported_when_the_devices_cache_was_invalidated(void **state)
{
	struct scene *scene = *state;

	exchange(scene);
	read_page(scene);
	for (unsigned int i = 0; i < 4; i++) {
		assert_true(invalidate(scene, 0));
		read_page(scene);
	}
	assert_int_equal(scene->f->host.stale_uses, 0);
}

#define CHECKED_TEST(name) \
	cmocka_unit_test_setup_teardown(name, setup_checked, teardown)
#define LINK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINK_TEST(access_is_translated_when_endpoints_are_connected),
		LINK_TEST(wait_completes_when_the_access_has_ended),
		LINK_TEST(wait_completes_when_the_access_is_another_endpoints),
		LINK_TEST(wait_succeeds_when_software_answers_success),
		LINK_TEST(wait_is_refused_when_software_answers_invalid),
		LINK_TEST(hooks_are_called_when_messages_are_on_the_wire),
		LINK_TEST(invalidation_times_out_when_no_endpoint_is_connected),
		CHECKED_TEST(
			use_is_reported_when_the_devices_cache_was_forgotten),
		CHECKED_TEST(
			nothing_is_reported_when_the_devices_cache_was_invalidated),
	};

	return RUN_TESTS(tests);
}
