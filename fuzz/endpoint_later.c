/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bus whose answers to translation requests come when the script says so: from
 * inside the request, later in any order, twice, with tickets that nobody gave, or
 * never.
 *
 * Promised: each translation ends once, in no epoch but its own, and what an
 * invalidation has overtaken opens nothing.
 */
#include <errno.h>
#include <string.h>

#include "endpoint_scene.h"

struct vtd_translation scene_take_answer(struct scene *scene, uint64_t address)
{
	unsigned int flags = (unsigned int)fuzz_take(&scene->input, 1);

	return (struct vtd_translation){
		.status = (flags & 0xe0) == 0 ? (enum vtd_status)(flags & 3) :
						VTD_STATUS_SUCCESS,
		.address = address,
		.size_shift = fuzz_below(&scene->input, 70),
		.read = (flags & 4) != 0,
		.write = (flags & 8) != 0,
		.untranslated_only = (flags & 0x70) == 0x10,
		.snoop = (flags & 16) != 0,
	};
}

/* Whoever answered first: a ticket ends a translation once. */
static void answer(struct scene *scene, struct asked *asked)
{
	const struct vtd_translation result =
		scene_take_answer(scene, asked->address);
	int error = vtd_endpoint_translation_done(scene->ep, asked->ticket,
						  &result);

	FUZZ_CHECK(error == 0 || error == -ENOENT);
	FUZZ_CHECK(vtd_endpoint_translation_done(scene->ep, asked->ticket,
						 &result) == -ENOENT);
}

/* Requests beyond the places that there are have no answer. */
void scene_translation_request_later(void *bus,
				     const struct vtd_request *request,
				     uint64_t ticket)
{
	struct scene *scene = bus;
	struct asked asked = { .ticket = ticket, .address = request->address };

	FUZZ_CHECK(ticket > scene->last_ticket);
	FUZZ_CHECK(request->address % 4096 == 0);
	scene->last_ticket = ticket;
	if (fuzz_below(&scene->input, 3) == 0)
		answer(scene, &asked);
	else if (scene->asked_count < ASKED)
		scene->asked[scene->asked_count++] = asked;
	scene_react(scene);
}

void scene_answer(struct scene *scene)
{
	unsigned int i = fuzz_below(&scene->input, ASKED);
	const struct vtd_translation any = { .size_shift = 12 };
	struct asked asked;

	if (i >= scene->asked_count) {
		FUZZ_CHECK(vtd_endpoint_translation_done(scene->ep,
							 scene->last_ticket + 1,
							 &any) == -ENOENT);
		return;
	}
	/* Callbacks may change the list. */
	asked = scene->asked[i];
	scene->asked[i] = scene->asked[--scene->asked_count];
	answer(scene, &asked);
}

static void translated(void *opaque, enum vtd_endpoint_result result)
{
	struct translation *translation = opaque;
	struct scene *scene = translation->scene;
	struct access *access = translation->access;

	FUZZ_CHECK(access->state == ACCESS_ASKED);
	FUZZ_CHECK(result <= VTD_ENDPOINT_TRANSLATION_NEEDED);
	access->state = ACCESS_CLOSED;
	FUZZ_CHECK(result != VTD_ENDPOINT_OK || !translation->overtaken);
	if (result == VTD_ENDPOINT_OK)
		scene_opened(scene, access, &translation->translation.mapping,
			     translation->epoch);
	scene_react(scene);
}

/* The access goes on when the answer comes; its place is taken until then. */
void scene_translate(struct scene *scene, struct access *access,
		     const struct vtd_endpoint_access *wanted,
		     unsigned int epoch)
{
	struct translation *translation =
		&scene->translation[access - scene->access];

	*translation = (struct translation){
		.scene = scene,
		.access = access,
		.epoch = epoch,
		.translation = { .done = translated, .opaque = translation },
	};
	access->state = ACCESS_ASKED;
	vtd_endpoint_translate(scene->ep, wanted, &translation->translation);
}
