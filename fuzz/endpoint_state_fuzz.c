/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loading what somebody says is the state of an endpoint: bytes as they are, or a
 * saved state with some words changed, mostly by one who knows of the checksum.
 * What is taken must be an endpoint that works: whatever is outstanding can be
 * answered, and then all of the allocation can be used.  It can be saved, and is
 * the same when that is loaded.
 */
#include <string.h>

#include <vtd/dump.h>

#include "endpoint_scene.h"
#include "fuzz_state.h"

#define GROUPS 6
#define INDICES 512
#define BLOB VTD_ENDPOINT_STATE_SIZE_MAX

static void translation_request(void *bus, const struct vtd_request *request,
				struct vtd_translation *result)
{
	const unsigned int *flags = bus;

	*result = (struct vtd_translation){
		.status = (*flags & 6) == 6 ? VTD_STATUS_UNSUPPORTED_REQUEST :
					      VTD_STATUS_SUCCESS,
		.address = request->address,
		.size_shift = 12,
		.read = (*flags & 1) != 0,
		.write = (*flags & 1) != 0,
	};
}

static void page_request(void *bus, const struct vtd_page_request *request)
{
	(void)bus;
	FUZZ_CHECK(request->prgi < INDICES);
}

/* `flags` say how the endpoint is configured, and what its bus answers. */
static struct vtd_endpoint *make(unsigned int *flags)
{
	const struct vtd_endpoint_ops ops = {
		.size = sizeof(ops),
		.translation_request = translation_request,
		.page_request = page_request,
	};
	struct vtd_endpoint_config config;
	struct vtd_atc_config atc;
	struct vtd_endpoint *ep;

	vtd_atc_config_init(&atc);
	atc.entries = 16;
	vtd_endpoint_config_init(&config);
	config.atc = &atc;
	config.pasid_bits = (*flags & 8) != 0 ? 0 : 20;
	config.privileged_mode = (*flags & 16) != 0;
	config.pri_capacity = (*flags & 32) != 0 ? PRI_CAPACITY : 2048;
	config.response_pasid_required = (*flags & 64) != 0;
	FUZZ_CHECK(vtd_endpoint_create(&config, &ops, flags, &ep) == 0);
	return ep;
}

static void ignore(void *opaque, enum vtd_endpoint_result result)
{
	bool *ended = opaque;

	(void)result;
	FUZZ_CHECK(!*ended);
	*ended = true;
}

struct waits {
	struct vtd_endpoint_wait wait[GROUPS];
	bool ended[GROUPS];
};

static void ask(struct vtd_endpoint *ep, struct waits *waits, unsigned int i,
		unsigned int flags)
{
	const struct vtd_endpoint_access access = {
		.address = UINT64_C(0x1000) * i,
		.access = VTD_ACCESS_READ,
		.pasid_present = (flags & 1) != 0,
		.pasid = i,
	};

	waits->ended[i] = false;
	waits->wait[i] = (struct vtd_endpoint_wait){
		.done = ignore,
		.opaque = &waits->ended[i],
	};
	vtd_endpoint_page_request(ep, &access, 1 + (flags >> 4 & 3),
				  &waits->wait[i]);
}

static void enable(struct vtd_endpoint *ep, struct fuzz_input *input)
{
	vtd_endpoint_set_source_id(ep, (uint16_t)fuzz_take(input, 1));
	vtd_endpoint_pasid_control(ep, fuzz_below(input, 4) != 1, true);
	vtd_endpoint_ats_control(ep, fuzz_below(input, 4) != 1, 0);
	vtd_endpoint_pri_allocation(ep, (uint32_t)fuzz_take(input, 2));
	vtd_endpoint_pri_control(ep, fuzz_below(input, 4) != 1, false);
}

/* The state of an endpoint that has asked for some pages. */
static size_t make_state(struct fuzz_input *input, unsigned int *flags,
			 uint8_t *blob)
{
	struct vtd_endpoint *ep = make(flags);
	struct waits waits;
	size_t size;

	enable(ep, input);
	for (unsigned int i = 0; i < GROUPS; i++) {
		struct vtd_page_group_response response = { .prgi = 0 };

		ask(ep, &waits, i, (unsigned int)fuzz_take(input, 1));
		response.prgi = (uint16_t)fuzz_below(input, 16);
		response.pasid_present = true;
		response.pasid = response.prgi;
		response.code = fuzz_below(input, 16) == 15;
		vtd_endpoint_response(ep, &response);
	}
	size = vtd_endpoint_save(ep, blob, BLOB);
	FUZZ_CHECK(size <= BLOB);
	vtd_endpoint_reset(ep);
	for (unsigned int i = 0; i < GROUPS; i++)
		FUZZ_CHECK(waits.ended[i]);
	vtd_endpoint_destroy(ep);
	return size;
}

/* Software answers all that it has. */
static void answer_all(struct vtd_endpoint *ep)
{
	static struct vtd_dump_group group[INDICES];
	struct vtd_dump_endpoint told;

	vtd_endpoint_dump(ep, &told, group, INDICES);
	FUZZ_CHECK(told.groups <= INDICES);
	vtd_endpoint_pri_status_clear(ep, UINT16_MAX);
	for (size_t i = 0; i < told.groups; i++) {
		const struct vtd_page_group_response response = {
			.sid = told.sid,
			.pasid_present = group[i].pasid_present,
			.pasid = group[i].pasid,
			.prgi = group[i].prgi,
		};

		FUZZ_CHECK(!group[i].waited);
		vtd_endpoint_response(ep, &response);
	}
	vtd_endpoint_dump(ep, &told, group, 0);
	FUZZ_CHECK(told.groups == 0 && told.pri_outstanding == 0 &&
		   told.pri_status == 0);
}

/* Access, answer, stop, ask anew. */
static void use(struct vtd_endpoint *ep)
{
	const struct vtd_endpoint_access access = { .address = 0x7000,
						    .access = VTD_ACCESS_READ };
	struct vtd_endpoint_access attempt = access;
	struct vtd_endpoint_mapping mapping;
	struct waits waits;

	if (vtd_endpoint_access_try(ep, &attempt, &mapping) == VTD_ENDPOINT_OK)
		vtd_endpoint_access_end(ep, &mapping);
	answer_all(ep);
	vtd_endpoint_pri_control(ep, false, false);
	FUZZ_CHECK((vtd_endpoint_pri_status(ep) & VTD_PRI_STOPPED) != 0);
	vtd_endpoint_pri_control(ep, true, false);
	vtd_endpoint_pri_allocation(ep, 4);
	ask(ep, &waits, 0, 0);
	vtd_endpoint_reset(ep);
	FUZZ_CHECK(waits.ended[0]);
}

static void check_taken(struct vtd_endpoint *ep, unsigned int *flags)
{
	static uint8_t saved[BLOB], again[BLOB];
	size_t size = vtd_endpoint_save(ep, saved, sizeof(saved));
	struct vtd_endpoint *other = make(flags);

	FUZZ_CHECK(size <= sizeof(saved));
	FUZZ_CHECK(vtd_endpoint_load(other, saved, size, NULL) == 0);
	FUZZ_CHECK(vtd_endpoint_save(other, again, sizeof(again)) == size);
	FUZZ_CHECK(memcmp(saved, again, size) == 0);
	use(ep);
	use(other);
	vtd_endpoint_destroy(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct fuzz_changes changes = {
		.limit = 8,
		.index_bytes = 1,
		.bits = true,
	};
	static uint8_t blob[BLOB + 64];
	struct fuzz_input input = { .bytes = bytes, .size = size };
	unsigned int flags = (unsigned int)fuzz_take(&input, 1);
	const char *reason = NULL;
	struct vtd_endpoint *ep = make(&flags);
	int error;

	if (fuzz_below(&input, 8) == 1) {
		error = vtd_endpoint_load(ep, bytes + input.at, size - input.at,
					  &reason);
	} else {
		size = make_state(&input, &flags, blob);
		size = fuzz_change_state(&input, &changes, blob, size);
		error = vtd_endpoint_load(ep, blob, size, &reason);
	}
	FUZZ_CHECK((error == 0) == (reason == NULL));
	if (error == 0)
		check_taken(ep, &flags);
	vtd_endpoint_destroy(ep);
	return 0;
}
