/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two endpoints behind a unit, both of them the library's, with the kit's wire in
 * between; software writes what it likes to registers, tables, queues and control
 * registers, and devices do DMA and ask for pages meanwhile.
 *
 * Promised whatever comes: a wait behind a device-TLB invalidation of everything
 * writes its status when no access is open any more that was open before it, each
 * wait for a page ends once, and a completion never surprises the unit.
 */
#include <string.h>

#include <vtd/dump.h>
#include <vtd/kit/link.h>
#include <vtd/spec/descriptors.h>
#include <vtd/spec/regs.h>

#include "fuzz_host.h"

#define STEPS_MAX 2000
#define LINKS 2
#define ACCESSES 6
#define WAITS 4
#define ALLOCATION 8
#define FIRST_SID 1
#define STATUS (FUZZ_ADDRESS(FUZZ_DATA) + 0x800)

struct access {
	bool open;
	unsigned int link;
	unsigned int opened; /* scene.time then */
	struct vtd_endpoint_mapping mapping;
};

struct wait {
	bool busy;
	struct vtd_endpoint_wait wait;
};

struct scene {
	struct fuzz_host host; /* first: it is what callbacks get */
	struct fuzz_input input;
	struct vtd_host_ops ops;
	struct vtd_config config;
	struct vtd_kit_link link[LINKS];
	struct access access[ACCESSES];
	struct wait wait[WAITS];
	unsigned int time;
	/* The wait that is looked for, 0: none; the link and the time before it. */
	uint32_t awaited;
	uint32_t waits;
	unsigned int awaited_link;
	unsigned int submitted;
};

typedef void step_fn(struct scene *scene);

static struct vtd_kit_link *link_of(struct scene *scene, uint16_t sid)
{
	unsigned int index = sid - FIRST_SID;

	return index < LINKS ? &scene->link[index] : NULL;
}

static int invalidate(void *host,
		      const struct vtd_device_tlb_invalidation *request)
{
	struct vtd_kit_link *link = link_of(host, request->sid);

	FUZZ_CHECK(request->itag < VTD_KIT_ITAGS);
	return link != NULL ? vtd_kit_link_invalidate(link, request) : -1;
}

static void respond(void *host, const struct vtd_page_group_response *response)
{
	struct vtd_kit_link *link = link_of(host, response->sid);

	if (link != NULL)
		vtd_kit_link_respond(link, response);
}

/* The status of the awaited wait: what it covers has ended. */
static int memory_write(void *host, uint64_t address, const void *buffer,
			size_t length)
{
	struct scene *scene = host;
	uint32_t data = 0;

	if (address == STATUS && length == sizeof(data))
		memcpy(&data, buffer, sizeof(data));
	if (data != 0 && data == scene->awaited) {
		for (unsigned int i = 0; i < ACCESSES; i++)
			FUZZ_CHECK(!scene->access[i].open ||
				   scene->access[i].link !=
					   scene->awaited_link ||
				   scene->access[i].opened > scene->submitted);
		scene->awaited = 0;
	}
	return fuzz_host_ops.memory_write(host, address, buffer, length);
}

static struct vtd_endpoint_access take_access(struct scene *scene)
{
	unsigned int flags = (unsigned int)fuzz_take(&scene->input, 1);

	return (struct vtd_endpoint_access){
		.access = (enum vtd_access)(flags & 3),
		.pasid_present = (flags & 4) != 0,
		.privileged = (flags & 0x18) == 0x18,
		.pasid = flags >> 5,
		.address = fuzz_take(&scene->input, 2) << 8,
	};
}

static void open_access(struct scene *scene)
{
	unsigned int index = fuzz_below(&scene->input, ACCESSES);
	struct access *access = &scene->access[index];
	struct vtd_endpoint_access wanted = take_access(scene);

	if (access->open)
		return;
	access->link = index % LINKS;
	if (vtd_endpoint_access_try(scene->link[access->link].endpoint, &wanted,
				    &access->mapping) != VTD_ENDPOINT_OK)
		return;
	access->open = true;
	access->opened = ++scene->time;
	FUZZ_CHECK(((access->mapping.address ^ wanted.address) & 0xfff) == 0);
	FUZZ_CHECK(access->mapping.length >= 1);
}

static void end_of(struct scene *scene, struct access *access)
{
	if (!access->open)
		return;
	access->open = false;
	vtd_endpoint_access_end(scene->link[access->link].endpoint,
				&access->mapping);
}

static void end_access(struct scene *scene)
{
	end_of(scene, &scene->access[fuzz_below(&scene->input, ACCESSES)]);
}

static void waited(void *opaque, enum vtd_endpoint_result result)
{
	struct wait *wait = opaque;

	(void)result;
	FUZZ_CHECK(wait->busy);
	wait->busy = false;
}

static void ask_for_pages(struct scene *scene)
{
	unsigned int index = fuzz_below(&scene->input, WAITS);
	struct wait *wait = &scene->wait[index];
	const struct vtd_endpoint_access access = take_access(scene);
	struct vtd_endpoint *ep = scene->link[index % LINKS].endpoint;
	unsigned int pages = fuzz_below(&scene->input, ALLOCATION + 2);

	if (wait->busy)
		return;
	*wait = (struct wait){ .busy = true };
	wait->wait.done = waited;
	wait->wait.opaque = wait;
	if (pages == ALLOCATION + 1)
		vtd_endpoint_pasid_stop(ep, access.pasid, &wait->wait);
	else
		vtd_endpoint_page_request(ep, &access, pages, &wait->wait);
}

/* At the tail, wherever that is. */
static void submit(struct scene *scene, const uint64_t (*descriptor)[2],
		   unsigned int count)
{
	struct vtd_unit *unit = scene->host.unit;
	uint64_t iqa = vtd_unit_read(unit, VTD_REG_IQA, 8);
	uint64_t tail = vtd_unit_read(unit, VTD_REG_IQT, 8) & VTD_IQT_QT;
	uint64_t length = UINT64_C(4096) << vtd_field_get(iqa, VTD_IQA_QS);
	unsigned int size = (iqa & VTD_IQA_DW) != 0 ? 32 : 16;

	for (unsigned int i = 0; i < count; i++) {
		const uint64_t words[4] = { descriptor[i][0],
					    descriptor[i][1] };

		fuzz_host_store(&scene->host, (iqa & VTD_IQA_BASE) + tail,
				words, size);
		tail = (tail + size) % length;
	}
	vtd_unit_write(unit, VTD_REG_IQT, tail, 4);
}

/* All of a link, as a driver does; what is open then has to end first. */
static void invalidate_everything(struct scene *scene)
{
	unsigned int link = fuzz_below(&scene->input, LINKS);
	const uint64_t descriptor[3][2] = {
		{ VTD_DESC_IOTLB | 1 << 4, 0 },
		{ VTD_DESC_DEVICE_TLB | (uint64_t)(FIRST_SID + link) << 32,
		  UINT64_C(0x7ffffffffffff001) },
		{ VTD_DESC_WAIT | 1 << 5 | (uint64_t)(scene->waits + 1) << 32,
		  STATUS },
	};

	scene->awaited = ++scene->waits;
	scene->awaited_link = link;
	scene->submitted = scene->time;
	submit(scene, descriptor, 3);
}

/* From here on the queue may be another one, and old descriptors come again. */
static void touch(struct scene *scene)
{
	scene->awaited = 0;
}

static void submit_descriptor(struct scene *scene)
{
	const uint64_t descriptor[1][2] = { { fuzz_take(&scene->input, 8),
					      fuzz_take(&scene->input, 8) } };

	touch(scene);
	submit(scene, descriptor, 1);
}

static void write_register(struct scene *scene)
{
	uint64_t offset = fuzz_take(&scene->input, 2) & 0xfff;
	unsigned int size = fuzz_below(&scene->input, 2) != 0 ? 8 : 4;

	touch(scene);
	vtd_unit_write(scene->host.unit, offset, fuzz_take(&scene->input, size),
		       size);
}

static void write_ram(struct scene *scene)
{
	uint64_t index = fuzz_take(&scene->input, 2) % (FUZZ_RAM_SIZE / 8);
	uint64_t value = fuzz_take(&scene->input, 8);

	if (8 * index / 4096 == FUZZ_QUEUE)
		touch(scene);
	fuzz_host_store(&scene->host, 8 * index, &value, sizeof(value));
}

/* Software takes one page request, and answers the group if it ends there. */
static void serve_page_request(struct scene *scene)
{
	struct vtd_unit *unit = scene->host.unit;
	uint64_t head = vtd_unit_read(unit, VTD_REG_PQH, 8) & 0xfe0;
	uint64_t words[2], descriptor[1][2];
	unsigned int code = fuzz_below(&scene->input, 4);

	if (head == (vtd_unit_read(unit, VTD_REG_PQT, 8) & 0xfe0) ||
	    fuzz_host_ops.memory_read(&scene->host,
				      FUZZ_ADDRESS(FUZZ_REQUESTS) + head, words,
				      sizeof(words)) != 0)
		return;
	vtd_unit_write(unit, VTD_REG_PQH, (head + 32) % 4096, 4);
	if ((words[1] & VTD_PRD1_LPIG) == 0)
		return;
	descriptor[0][0] =
		VTD_DESC_PAGE_GROUP_RESPONSE | (words[0] >> 8 & 1) << 4 |
		(words[0] >> 16 & 0xffff) << 16 | words[0] >> 32 << 32;
	descriptor[0][1] = (words[1] & VTD_PRD1_PRGI) |
			   (uint64_t)(code == 3 ? 15 : code / 2) << 12;
	submit(scene, descriptor, 1);
}

static void write_control(struct scene *scene)
{
	unsigned int flags = (unsigned int)fuzz_take(&scene->input, 1);
	struct vtd_kit_link *link = &scene->link[flags >> 7];
	bool on = (flags & 8) != 0;

	switch (flags & 7) {
	case 0:
		vtd_endpoint_ats_control(link->endpoint, on, flags >> 5 & 1);
		break;
	case 1:
		vtd_endpoint_pasid_control(link->endpoint, on, flags & 16);
		break;
	case 2:
		vtd_endpoint_pri_control(link->endpoint, on, flags & 16);
		break;
	case 3:
		vtd_endpoint_reset(link->endpoint);
		break;
	default:
		vtd_kit_link_enable(link, ALLOCATION);
	}
}

static void reset(struct scene *scene)
{
	touch(scene);
	vtd_unit_reset(scene->host.unit, VTD_RESET_WARM);
	fuzz_host_program(&scene->host, fuzz_below(&scene->input, 4) == 0 ?
						VTD_TTM_LEGACY :
						VTD_TTM_SCALABLE);
}

static void clear_errors(struct scene *scene)
{
	touch(scene);
	vtd_unit_write(scene->host.unit, VTD_REG_FSTS, UINT32_MAX, 4);
	vtd_unit_write(scene->host.unit, VTD_REG_PRS, UINT32_MAX, 4);
}

static void look(struct scene *scene)
{
	struct vtd_dump_endpoint state;

	for (unsigned int i = 0; i < LINKS; i++) {
		vtd_endpoint_dump(scene->link[i].endpoint, &state, NULL, 0);
		FUZZ_CHECK(state.groups <= state.pri_outstanding);
	}
	/* Each completion was asked for. */
	FUZZ_CHECK((vtd_unit_read(scene->host.unit, VTD_REG_FSTS, 4) &
		    VTD_FSTS_ICE) == 0);
}

static step_fn *const steps[] = {
	open_access,
	open_access,
	open_access,
	end_access,
	end_access,
	ask_for_pages,
	ask_for_pages,
	serve_page_request,
	serve_page_request,
	invalidate_everything,
	invalidate_everything,
	submit_descriptor,
	write_register,
	write_ram,
	write_control,
	reset,
	clear_errors,
	look,
};

static void start(struct scene *scene)
{
	struct vtd_endpoint_config config;
	struct vtd_atc_config atc;

	fuzz_config(&scene->config, (uint8_t)fuzz_take(&scene->input, 1));
	fuzz_host_init(&scene->host, &scene->input);
	scene->ops = fuzz_host_ops;
	scene->ops.device_tlb_invalidate = invalidate;
	scene->ops.page_group_response = respond;
	scene->ops.memory_write = memory_write;
	scene->ops.mappings_changed = NULL;
	scene->ops.interrupts_changed = NULL;
	FUZZ_CHECK(vtd_unit_create(&scene->config, &scene->ops, scene,
				   &scene->host.unit) == 0);
	fuzz_host_program(&scene->host, VTD_TTM_SCALABLE);
	vtd_atc_config_init(&atc);
	atc.entries = 8;
	atc.ways = 2;
	vtd_endpoint_config_init(&config);
	config.atc = &atc;
	config.pri_capacity = ALLOCATION;
	for (unsigned int i = 0; i < LINKS; i++) {
		config.sid = (uint16_t)(FIRST_SID + i);
		FUZZ_CHECK(vtd_kit_connect(&scene->link[i], scene->host.unit,
					   &config) == 0);
		vtd_kit_link_enable(&scene->link[i], ALLOCATION);
	}
}

/* After the end of all accesses and a reset of all, nothing is left over. */
static void finish(struct scene *scene)
{
	scene->input.at = scene->input.size;
	for (unsigned int i = 0; i < ACCESSES; i++)
		end_of(scene, &scene->access[i]);
	for (unsigned int i = 0; i < LINKS; i++)
		vtd_endpoint_reset(scene->link[i].endpoint);
	for (unsigned int i = 0; i < WAITS; i++)
		FUZZ_CHECK(!scene->wait[i].busy);
	for (unsigned int i = 0; i < LINKS; i++)
		vtd_kit_disconnect(&scene->link[i]);
	vtd_unit_destroy(scene->host.unit);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct scene scene;
	struct fuzz_host host = scene.host; /* it knows what is in RAM */

	memset(&scene, 0, sizeof(scene));
	scene.host = host;
	scene.input = (struct fuzz_input){ .bytes = bytes, .size = size };
	start(&scene);
	for (unsigned int i = 0; i < STEPS_MAX && fuzz_has_more(&scene.input);
	     i++)
		steps[fuzz_below(&scene.input, sizeof(steps) / sizeof(*steps))](
			&scene);
	finish(&scene);
	return 0;
}
