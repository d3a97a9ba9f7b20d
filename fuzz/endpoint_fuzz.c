/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An endpoint among messages, control register writes and accesses in any
 * order; the bus answers what the script says.
 *
 * Promised whatever comes: each wait ends once, each invalidation is completed
 * once and not before the accesses under it have ended, and no access opens that
 * began before a change of the control registers.
 */
#include <string.h>

#include "endpoint_scene.h"

#define STEPS_MAX 4000

typedef void step_fn(struct scene *scene);

static void translation_request(void *bus, const struct vtd_request *request,
				struct vtd_translation *result)
{
	struct scene *scene = bus;

	FUZZ_CHECK(request->address % 4096 == 0);
	scene_react(scene);
	*result = scene_take_answer(scene, request->address);
}

static void page_request(void *bus, const struct vtd_page_request *request)
{
	struct scene *scene = bus;

	FUZZ_CHECK(request->prgi < 512 && request->address % 4096 == 0);
	scene->last_prgi = request->prgi;
	scene->last_pasid = request->pasid;
	scene_react(scene);
}

static void run_later(void *bus)
{
	struct scene *scene = bus;

	FUZZ_CHECK(!scene->run_is_due);
	scene->run_is_due = true;
}

static void respond(struct scene *scene)
{
	unsigned int flags = (unsigned int)fuzz_take(&scene->input, 1);
	const struct vtd_page_group_response response = {
		.pasid_present = (flags & 1) != 0 || scene->last_pasid != 0,
		.pasid = (flags & 14) == 14 ? flags >> 4 : scene->last_pasid,
		.prgi = (flags & 16) != 0 ?
				scene->last_prgi :
				(uint16_t)fuzz_take(&scene->input, 2),
		.code = (flags & 0xe0) == 0xe0 ? VTD_RESPONSE_FAILURE :
						 (flags >> 5 & 1),
	};

	vtd_endpoint_response(scene->ep, &response);
}

static void write_ats(struct scene *scene, bool on, unsigned int stu)
{
	scene->epoch += scene->control.ats != on;
	scene->control.ats = on;
	vtd_endpoint_ats_control(scene->ep, on, stu);
}

static void write_pasid(struct scene *scene, bool on, bool privileged)
{
	privileged = privileged && on;
	scene->epoch += scene->control.pasid != on ||
			scene->control.privileged != privileged;
	scene->control.pasid = on;
	scene->control.privileged = privileged;
	vtd_endpoint_pasid_control(scene->ep, on, privileged);
}

static void write_sid(struct scene *scene, uint16_t sid)
{
	scene->epoch += scene->control.sid != sid;
	scene->control.sid = sid;
	vtd_endpoint_set_source_id(scene->ep, sid);
}

static void run(struct scene *scene)
{
	scene->run_is_due = false;
	vtd_endpoint_run(scene->ep);
}

static void look(struct scene *scene)
{
	struct vtd_dump_endpoint state;
	struct vtd_dump_group group[2];

	vtd_endpoint_pri_status(scene->ep);
	vtd_endpoint_dump(scene->ep, &state, group, 2);
	FUZZ_CHECK(state.pri_outstanding <= PRI_CAPACITY);
	FUZZ_CHECK(state.groups <= state.pri_outstanding);
	FUZZ_CHECK(state.ats_enabled == scene->control.ats);
}

static void write_control(struct scene *scene)
{
	unsigned int flags = (unsigned int)fuzz_take(&scene->input, 1);
	bool on = (flags & 8) != 0;

	switch (flags & 7) {
	case 0:
		write_ats(scene, on, (flags & 16) != 0 ? flags >> 5 : 0);
		break;
	case 1:
		write_pasid(scene, on, (flags & 16) != 0);
		break;
	case 2:
		vtd_endpoint_pri_control(scene->ep, on, (flags & 16) != 0);
		break;
	case 3:
		vtd_endpoint_pri_allocation(scene->ep, flags >> 3);
		break;
	case 4:
		vtd_endpoint_pri_status_clear(scene->ep, (uint16_t)flags);
		break;
	case 5:
		write_sid(scene, (uint16_t)flags);
		break;
	case 6:
		look(scene);
		break;
	default:
		/* Not from inside run_later(). */
		run(scene);
	}
}

static void enable_all(struct scene *scene)
{
	write_pasid(scene, true, true);
	write_ats(scene, true, 0);
	vtd_endpoint_pri_allocation(scene->ep, PRI_CAPACITY);
	vtd_endpoint_pri_control(scene->ep, true, false);
}

static void cancel(struct scene *scene)
{
	unsigned int flags = fuzz_below(&scene->input, 4);

	if ((flags & 2) != 0)
		vtd_endpoint_cancel(scene->ep, &scene->canceller[flags & 1]);
	else
		vtd_endpoint_cancel_end(scene->ep,
					&scene->canceller[flags & 1]);
}

static void reset(struct scene *scene)
{
	scene->epoch++;
	scene->control.ats = false;
	scene->control.pasid = false;
	scene->control.privileged = false;
	vtd_endpoint_reset(scene->ep);
	enable_all(scene);
}

static step_fn *const steps[] = {
	scene_open_access,
	scene_open_access,
	scene_open_access,
	scene_end_access,
	scene_end_access,
	scene_invalidate,
	scene_invalidate,
	scene_ask_for_pages,
	scene_ask_for_pages,
	respond,
	respond,
	write_control,
	cancel,
	reset,
	scene_answer,
	scene_answer,
};

static void step(struct scene *scene)
{
	/* Scripts for a bus that answers at once know no later answers. */
	const unsigned int count = sizeof(steps) / sizeof(*steps);

	steps[fuzz_below(&scene->input, scene->later ? count : count - 2)](
		scene);
}

void scene_react(struct scene *scene)
{
	if (scene->depth >= 3 || fuzz_below(&scene->input, 4) != 1)
		return;
	scene->depth++;
	step(scene);
	scene->depth--;
}

static void start(struct scene *scene)
{
	unsigned int flags = (unsigned int)fuzz_take(&scene->input, 1);
	const bool later = (flags & 64) != 0;
	const struct vtd_endpoint_ops ops = {
		.size = sizeof(ops),
		.translation_request = later ? NULL : translation_request,
		.translation_request_later =
			later ? scene_translation_request_later : NULL,
		.page_request = page_request,
		.run_later = (flags & 8) != 0 ? run_later : NULL,
	};
	struct vtd_endpoint_config config;
	struct vtd_atc_config atc;

	scene->later = later;
	vtd_atc_config_init(&atc);
	atc.ways = 1 + (flags & 1);
	atc.entries = atc.ways * (1 + (flags >> 1 & 1));
	atc.page_sizes = VTD_PAGE_4K | ((flags & 4) != 0 ? VTD_PAGE_2M : 0);
	vtd_endpoint_config_init(&config);
	config.atc = &atc;
	config.pri_capacity = PRI_CAPACITY;
	config.response_pasid_required = (flags & 32) == 0;
	FUZZ_CHECK(vtd_endpoint_create(&config, &ops, scene, &scene->ep) == 0);
	enable_all(scene);
}

/* After the end of all accesses and a reset, nothing is left over. */
static void finish(struct scene *scene)
{
	scene->input.at = scene->input.size;
	scene_end_accesses(scene);
	vtd_endpoint_reset(scene->ep);
	while (scene->run_is_due)
		run(scene);
	for (unsigned int i = 0; i < ACCESSES; i++)
		FUZZ_CHECK(scene->access[i].state == ACCESS_CLOSED);
	for (unsigned int i = 0; i < WAITS; i++)
		FUZZ_CHECK(!scene->wait[i].busy);
	for (unsigned int i = 0; i < INVALIDATIONS; i++)
		FUZZ_CHECK(!scene->invalidation[i].busy);
	FUZZ_CHECK(vtd_endpoint_pri_status(scene->ep) & VTD_PRI_STOPPED);
	vtd_endpoint_destroy(scene->ep);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct scene scene;

	memset(&scene, 0, sizeof(scene));
	scene.input = (struct fuzz_input){ .bytes = bytes, .size = size };
	start(&scene);
	for (unsigned int i = 0; i < STEPS_MAX && fuzz_has_more(&scene.input);
	     i++)
		step(&scene);
	finish(&scene);
	return 0;
}
