/* SPDX-License-Identifier: BSD-3-Clause */
/* Accesses, waits, invalidations, and what is promised about them. */
#include "endpoint_scene.h"

static uint64_t take_address(struct fuzz_input *input)
{
	static const uint64_t bases[] = {
		0, 0x200000, 0x40000000, 0x7f0000000000, 0xffffffffffe00000,
	};

	return bases[fuzz_below(input, 5)] + (fuzz_take(input, 2) << 9);
}

static struct vtd_endpoint_access take_access(struct scene *scene)
{
	unsigned int flags = (unsigned int)fuzz_take(&scene->input, 1);

	return (struct vtd_endpoint_access){
		.address = take_address(&scene->input),
		.access = (enum vtd_access)(flags & 3),
		.pasid_present = (flags & 12) != 0,
		.privileged = (flags & 0x30) == 0x30,
		.pasid = flags >> 6,
		.canceller = (flags & 8) != 0 ?
				     &scene->canceller[flags >> 4 & 1] :
				     NULL,
	};
}

void scene_open_access(struct scene *scene)
{
	struct access *access =
		&scene->access[fuzz_below(&scene->input, ACCESSES)];
	struct vtd_endpoint_access wanted = take_access(scene);
	unsigned int epoch = scene->epoch;
	enum vtd_endpoint_result result;

	if (access->state != ACCESS_CLOSED)
		return;
	/* Callbacks must not take the same place. */
	access->state = ACCESS_OPENING;
	access->access = wanted;
	result = vtd_endpoint_access_try(scene->ep, &wanted, &access->tried);
	access->state = ACCESS_CLOSED;
	if (result == VTD_ENDPOINT_TRANSLATION_NEEDED)
		scene_translate(scene, access, &wanted, epoch);
	else if (result == VTD_ENDPOINT_OK)
		scene_opened(scene, access, &access->tried, epoch);
}

void scene_opened(struct scene *scene, struct access *access,
		  struct vtd_endpoint_mapping *mapping, unsigned int epoch)
{
	access->state = ACCESS_OPEN;
	access->opened = ++scene->time;
	access->mapping = mapping;
	FUZZ_CHECK(epoch == scene->epoch);
	FUZZ_CHECK(mapping->length >= 1 && mapping->length <= UINT64_C(1)
								      << 30);
	FUZZ_CHECK(mapping->address == access->access.address);
}

void scene_end_access(struct scene *scene)
{
	struct access *access =
		&scene->access[fuzz_below(&scene->input, ACCESSES)];

	if (access->state != ACCESS_OPEN)
		return;
	access->state = ACCESS_CLOSED;
	vtd_endpoint_access_end(scene->ep, access->mapping);
}

static bool covers(const struct vtd_device_tlb_invalidation *message,
		   const struct vtd_endpoint_access *access)
{
	uint64_t page = access->address & ~UINT64_C(0xfff);

	if (message->pasid_present && !message->global &&
	    (!access->pasid_present || access->pasid != message->pasid))
		return false;
	return message->first > message->last ||
	       (page <= message->last && (page | 0xfff) >= message->first);
}

/* No access is open that was so when `message` came. */
static void check_drained(const struct scene *scene,
			  const struct vtd_device_tlb_invalidation *message,
			  unsigned int sent)
{
	for (unsigned int i = 0; i < ACCESSES; i++)
		FUZZ_CHECK(scene->access[i].state != ACCESS_OPEN ||
			   scene->access[i].opened > sent ||
			   !covers(message, &scene->access[i].access));
}

static void invalidated(void *opaque,
			const struct vtd_device_tlb_invalidation *request)
{
	struct invalidation *invalidation = opaque;
	struct scene *scene = invalidation->scene;

	FUZZ_CHECK(invalidation->busy);
	FUZZ_CHECK(request->itag == invalidation->message.itag);
	check_drained(scene, &invalidation->message, invalidation->sent);
	if (invalidation->twice)
		check_drained(scene, &invalidation->earlier,
			      invalidation->earlier_sent);
	invalidation->busy = false;
	scene_react(scene);
}

static struct vtd_device_tlb_invalidation take_message(struct scene *scene)
{
	unsigned int flags = (unsigned int)fuzz_take(&scene->input, 1);
	uint64_t first = take_address(&scene->input);
	unsigned int shift = fuzz_below(&scene->input, 64);

	return (struct vtd_device_tlb_invalidation){
		.pasid_present = (flags & 1) != 0,
		.global = (flags & 14) == 14,
		.pasid = flags >> 6,
		.itag = flags & 31,
		.first = first,
		.last = first + (UINT64_C(1) << shift) - 1,
	};
}

void scene_invalidate(struct scene *scene)
{
	struct invalidation *invalidation =
		&scene->invalidation[fuzz_below(&scene->input, INVALIDATIONS)];
	const struct vtd_device_tlb_invalidation message = take_message(scene);

	if (invalidation->busy) {
		if (invalidation->twice)
			return;
		invalidation->twice = true;
		invalidation->earlier = invalidation->message;
		invalidation->earlier_sent = invalidation->sent;
	} else {
		*invalidation = (struct invalidation){
			.busy = true,
			.scene = scene,
			.invalidation = { .done = invalidated,
					  .opaque = invalidation },
		};
	}
	invalidation->message = message;
	invalidation->sent = ++scene->time;
	for (unsigned int i = 0; i < ACCESSES; i++)
		if (scene->access[i].state == ACCESS_ASKED &&
		    covers(&message, &scene->access[i].access))
			scene->translation[i].overtaken = true;
	vtd_endpoint_invalidate(scene->ep, &invalidation->message,
				&invalidation->invalidation);
}

static void waited(void *opaque, enum vtd_endpoint_result result)
{
	struct wait *wait = opaque;

	FUZZ_CHECK(wait->busy);
	FUZZ_CHECK(
		result == VTD_ENDPOINT_OK || result == VTD_ENDPOINT_REFUSED ||
		result == VTD_ENDPOINT_OFF || result == VTD_ENDPOINT_ABORTED);
	wait->busy = false;
	scene_react(wait->scene);
}

void scene_ask_for_pages(struct scene *scene)
{
	struct wait *wait = &scene->wait[fuzz_below(&scene->input, WAITS)];
	const struct vtd_endpoint_access access = take_access(scene);
	unsigned int pages = fuzz_below(&scene->input, PRI_CAPACITY + 2);

	if (wait->busy)
		return;
	*wait = (struct wait){ .busy = true, .scene = scene };
	wait->wait.done = waited;
	wait->wait.opaque = wait;
	if (pages == PRI_CAPACITY + 1)
		vtd_endpoint_pasid_stop(scene->ep, access.pasid, &wait->wait);
	else
		vtd_endpoint_page_request(scene->ep, &access, pages,
					  &wait->wait);
}

void scene_end_accesses(struct scene *scene)
{
	for (unsigned int i = 0; i < ACCESSES; i++) {
		if (scene->access[i].state != ACCESS_OPEN)
			continue;
		scene->access[i].state = ACCESS_CLOSED;
		vtd_endpoint_access_end(scene->ep, scene->access[i].mapping);
	}
}
