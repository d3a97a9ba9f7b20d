/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loading what somebody says is a state: bytes as they are, or a saved state
 * with some words changed, which gets behind the first checks.  What is taken
 * must be a unit that works, and can be saved and loaded again.
 */
#include <string.h>

#include <vtd/spec/regs.h>

#include "fuzz_host.h"
#include "fuzz_state.h"

/* Whose device-TLB is invalidated. */
#define ENDPOINT 5
/* No configuration has registers behind it. */
#define REGISTERS_END UINT64_C(0x300)

struct scene {
	struct fuzz_host host;
	struct fuzz_input input;
	struct vtd_config config;
};

static struct vtd_unit *new_unit(struct scene *scene)
{
	struct vtd_unit *unit;

	FUZZ_CHECK(vtd_unit_create(&scene->config, &fuzz_host_ops, &scene->host,
				   &unit) == 0);
	return unit;
}

/* The state of a unit in the middle of its work: an invalidation is on its way
 * and a wait behind it, a page request and a fault are there. */
static size_t make_state(struct scene *scene, uint8_t *blob)
{
	struct vtd_unit *unit = new_unit(scene);
	const struct vtd_page_request request = {
		.sid = 1,
		.pasid_present = true,
		.pasid = 4,
		.read = true,
		.last = true,
	};
	const struct vtd_request write = {
		.sid = 0x80,
		.access = VTD_ACCESS_WRITE,
	};
	struct fuzz_input *input = scene->host.input;
	struct fuzz_input none = { .size = 0 };
	struct vtd_translation result;
	const uint64_t queue[6] = {
		[0] = 0x0000000000010008 | (uint64_t)ENDPOINT << 32,
		[4] = 0x0000000200000025,
		[5] = FUZZ_ADDRESS(FUZZ_DATA),
	};
	size_t size;

	scene->host.unit = unit;
	fuzz_host_program(&scene->host, VTD_TTM_SCALABLE);
	/* Nothing is taken from the input: the answer is "no endpoint", and
	 * then there is nothing on its way. */
	scene->host.input = &none;
	vtd_unit_page_request(unit, &request);
	vtd_unit_translate(unit, &write, &result);
	scene->host.input = input;
	fuzz_host_store(&scene->host, FUZZ_ADDRESS(FUZZ_QUEUE), queue,
			sizeof(queue));
	vtd_unit_write(unit, VTD_REG_IQT, 64, 4);
	size = vtd_unit_save(unit, blob, VTD_STATE_SIZE_MAX);
	vtd_unit_destroy(unit);
	return size;
}

/* Use it in all ways. */
static void use(struct scene *scene)
{
	struct vtd_unit *unit = scene->host.unit;
	const struct vtd_request request = {
		.sid = 1,
		.type = (enum vtd_address_type)fuzz_below(&scene->input, 3),
		.pasid_present = fuzz_below(&scene->input, 2) != 0,
		.pasid = fuzz_below(&scene->input, 16),
		.address = fuzz_take(&scene->input, 4),
	};
	const struct vtd_page_request page = {
		.sid = 1,
		.read = true,
		.last = true,
	};
	struct vtd_translation result;

	vtd_unit_translate(unit, &request, &result);
	vtd_unit_page_request(unit, &page);
	vtd_unit_device_tlb_complete(unit, ENDPOINT, UINT32_MAX, 1);
	vtd_unit_device_tlb_complete(unit, (uint16_t)request.pasid, UINT32_MAX,
				     1);
	vtd_unit_write(unit, VTD_REG_FSTS, UINT32_MAX, 4);
	vtd_unit_write(unit, VTD_REG_IQT, fuzz_take(&scene->input, 2), 4);
	scene->host.now = UINT64_MAX / 2;
	vtd_unit_timer_expired(unit);
}

static void go_on(struct scene *scene)
{
	static uint8_t saved[VTD_STATE_SIZE_MAX];
	size_t size;

	for (uint64_t i = 0; i < REGISTERS_END; i += 8)
		vtd_unit_read(scene->host.unit, i, 8);
	use(scene);
	size = vtd_unit_save(scene->host.unit, saved, sizeof(saved));
	FUZZ_CHECK(size <= sizeof(saved));
	vtd_unit_destroy(scene->host.unit);
	scene->host.unit = new_unit(scene);
	FUZZ_CHECK(vtd_unit_load(scene->host.unit, saved, size, NULL) == 0);
	use(scene);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct fuzz_changes changes = {
		.limit = 16,
		.index_bytes = 2,
	};
	static uint8_t blob[VTD_STATE_SIZE_MAX + 64];
	static struct scene scene;
	const char *reason = NULL;
	int error;

	scene.input = (struct fuzz_input){ .bytes = bytes, .size = size };
	fuzz_config(&scene.config, (uint8_t)fuzz_take(&scene.input, 1));
	fuzz_host_init(&scene.host, &scene.input);
	if (fuzz_below(&scene.input, 8) == 0) {
		scene.host.unit = new_unit(&scene);
		error = vtd_unit_load(scene.host.unit, bytes + scene.input.at,
				      size - scene.input.at, &reason);
	} else {
		size = make_state(&scene, blob);
		size = fuzz_change_state(&scene.input, &changes, blob, size);
		scene.host.unit = new_unit(&scene);
		error = vtd_unit_load(scene.host.unit, blob, size, &reason);
	}
	FUZZ_CHECK((error == 0) == (reason == NULL));
	if (error == 0)
		go_on(&scene);
	vtd_unit_destroy(scene.host.unit);
	return 0;
}
