/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A unit under software and devices that do what the script says: registers,
 * tables and queues in RAM, requests, completions, resets, snapshots.
 */
#include <string.h>

#include <vtd/dump.h>
#include <vtd/spec/regs.h>

#include "fuzz_host.h"

#define STEPS_MAX 4000
#define BRACKETS_MAX 4
/* Each makes a unit and costs as much as some hundred other steps. */
#define MIGRATIONS_MAX 3
/* What there is to see may be far apart in hostile tables. */
#define DUMPS_MAX 1

struct scene {
	struct fuzz_host host;
	struct fuzz_input input;
	struct vtd_config config;
	unsigned int migrations;
	unsigned int dumps;
	unsigned int brackets;
	struct vtd_dma_bracket bracket[BRACKETS_MAX];
};

typedef void step_fn(struct scene *scene);

static unsigned int size_of_access(struct fuzz_input *input)
{
	static const uint8_t sizes[] = { 4, 8, 4, 8, 4, 8, 1, 2 };

	return sizes[fuzz_below(input, sizeof(sizes))];
}

static void write_register(struct scene *scene)
{
	uint64_t offset = fuzz_take(&scene->input, 2) & 0x1fff;
	unsigned int size = size_of_access(&scene->input);

	vtd_unit_write(scene->host.unit, offset, fuzz_take(&scene->input, size),
		       size);
}

/* Mappings of whoever is found first, and all of the queues and caches. */
static void dump(struct scene *scene)
{
	struct vtd_unit *unit = scene->host.unit;
	struct vtd_dump_requesters requesters = { 0 };
	struct vtd_dump_requester requester[4];
	struct vtd_dump_mapping mapping[4];
	struct vtd_dump_cached cached[4];
	struct vtd_dump_queue queue;
	struct vtd_page_request request[4];
	uint32_t cursor = 0;
	size_t count;

	if (++scene->dumps > DUMPS_MAX)
		return;
	count = vtd_unit_dump_requesters(unit, &requesters, requester, 4);
	FUZZ_CHECK(count <= 4);
	if (count > 0) {
		struct vtd_dump_mappings mappings = {
			.sid = requester[count - 1].sid,
			.pasid_present = requester[count - 1].pasid_present,
			.pasid = requester[count - 1].pasid,
			.last = 0xfffff,
		};

		count = vtd_unit_dump_mappings(unit, &mappings, mapping, 4);
		FUZZ_CHECK(count <= 4);
		for (size_t i = 0; i < count; i++)
			FUZZ_CHECK(mapping[i].first <= mapping[i].last);
	}
	while (cursor != VTD_DUMP_END)
		FUZZ_CHECK(vtd_unit_dump_cache(unit, &cursor, cached, 4) <= 4);
	cursor = 0;
	FUZZ_CHECK(vtd_unit_dump_page_requests(unit, &cursor, request, 4) <= 4);
	vtd_unit_dump_queue(unit, &queue);
	FUZZ_CHECK(queue.waits <= VTD_DUMP_WAITS_MAX);
	FUZZ_CHECK(queue.outstanding <= VTD_DUMP_ITAGS);
}

static void read_register(struct scene *scene)
{
	uint64_t offset = fuzz_take(&scene->input, 2) & 0x1fff;

	/* Nothing is there, and few inputs ask: a dump takes long. */
	if (offset >= 0x1fc0)
		dump(scene);
	vtd_unit_read(scene->host.unit, offset, size_of_access(&scene->input));
}

static void write_ram(struct scene *scene)
{
	uint64_t index = fuzz_take(&scene->input, 2) % (FUZZ_RAM_SIZE / 8);
	uint64_t value = fuzz_take(&scene->input, 8);

	fuzz_host_store(&scene->host, 8 * index, &value, sizeof(value));
}

/* At the tail, wherever that is, `count` times, and submitted together. */
static void submit(struct scene *scene, unsigned int count)
{
	struct vtd_unit *unit = scene->host.unit;
	uint64_t iqa = vtd_unit_read(unit, VTD_REG_IQA, 8);
	uint64_t tail = vtd_unit_read(unit, VTD_REG_IQT, 8) & VTD_IQT_QT;
	uint64_t length = UINT64_C(4096) << vtd_field_get(iqa, VTD_IQA_QS);
	unsigned int size = (iqa & VTD_IQA_DW) != 0 ? 32 : 16;
	uint64_t words[4] = { 0 };

	words[0] = fuzz_take(&scene->input, 8);
	words[1] = fuzz_take(&scene->input, 8);
	for (unsigned int i = 0; i < count; i++) {
		uint64_t at = (iqa & VTD_IQA_BASE) + tail;

		fuzz_host_store(&scene->host, at, words, size);
		tail = (tail + size) % length;
	}
	vtd_unit_write(unit, VTD_REG_IQT, tail, 4);
}

static void submit_descriptor(struct scene *scene)
{
	submit(scene, 1);
}

/* More than there are ITags, and than leave the unit at one time. */
static void submit_many(struct scene *scene)
{
	submit(scene, 40);
}

static void clear_errors(struct scene *scene)
{
	vtd_unit_write(scene->host.unit, VTD_REG_FSTS, UINT32_MAX, 4);
	vtd_unit_write(scene->host.unit, VTD_REG_PRS, UINT32_MAX, 4);
}

static struct vtd_request take_request(struct fuzz_input *input)
{
	unsigned int flags = (unsigned int)fuzz_take(input, 2);

	return (struct vtd_request){
		.sid = (uint16_t)fuzz_take(input, 1),
		.type = (enum vtd_address_type)(flags & 3),
		.access = (enum vtd_access)(flags >> 2 & 3),
		.length = flags >> 4 & 15,
		.pasid_present = (flags >> 8 & 1) != 0,
		.privileged = (flags >> 9 & 1) != 0,
		.execute = (flags >> 10 & 1) != 0,
		.no_write = (flags >> 11 & 1) != 0,
		.pasid = (uint32_t)fuzz_take(input,
					     (flags >> 12 & 1) != 0 ? 3 : 1) &
			 VTD_PASID_MAX,
		.address = fuzz_take(input, (flags >> 13 & 1) != 0 ? 8 : 4),
	};
}

static void check_translation(const struct vtd_request *request,
			      const struct vtd_translation *result)
{
	if (result->status != VTD_STATUS_SUCCESS) {
		FUZZ_CHECK(!result->read && !result->write);
		return;
	}
	FUZZ_CHECK(result->size_shift >= 12 && result->size_shift <= 63);
	FUZZ_CHECK(!request->no_write || request->type != VTD_AT_TRANSLATION ||
		   !result->write);
	if (result->read || result->write)
		FUZZ_CHECK(((result->address ^ request->address) & 0xfff) == 0);
}

/* With little room, so that its end is met. */
static void explain(struct vtd_unit *unit, const struct vtd_request *request)
{
	struct vtd_structure_field field[VTD_FIELDS_MAX];
	struct vtd_explanation explanation;
	struct vtd_step step[8];

	vtd_unit_explain(unit, request, &explanation, step, 8);
	check_translation(request, &explanation.result);
	FUZZ_CHECK(explanation.steps <= VTD_STEPS_MAX);
	FUZZ_CHECK(explanation.fault_step == VTD_STEP_NONE ||
		   explanation.fault_step < 8);
	for (uint32_t i = 0; i < explanation.steps && i < 8; i++)
		FUZZ_CHECK(vtd_structure_fields(step[i].structure,
						step[i].level, step[i].word,
						field, VTD_FIELDS_MAX) <=
			   VTD_FIELDS_MAX);
}

static void translate(struct scene *scene)
{
	const struct vtd_request request = take_request(&scene->input);
	struct vtd_translation probed;
	struct vtd_translation result;

	vtd_unit_probe(scene->host.unit, &request, &probed);
	check_translation(&request, &probed);
	explain(scene->host.unit, &request);
	vtd_unit_translate(scene->host.unit, &request, &result);
	check_translation(&request, &result);
}

static void request_page(struct scene *scene)
{
	unsigned int flags = (unsigned int)fuzz_take(&scene->input, 1);
	const struct vtd_page_request request = {
		.sid = (uint16_t)fuzz_take(&scene->input, 1),
		.pasid_present = (flags & 1) != 0,
		.privileged = (flags & 2) != 0,
		.execute = (flags & 4) != 0,
		.read = (flags & 8) != 0,
		.write = (flags & 16) != 0,
		.last = (flags & 32) != 0,
		.pasid = (uint32_t)fuzz_take(&scene->input, 1),
		.prgi = (uint16_t)fuzz_below(&scene->input, 256),
		.address = fuzz_take(&scene->input, 4) << 12,
	};

	vtd_unit_page_request(scene->host.unit, &request);
}

static void interrupt(struct scene *scene)
{
	const struct vtd_interrupt_request request = {
		.sid = (uint16_t)fuzz_take(&scene->input, 2),
		.address = 0xfee00000 | fuzz_take(&scene->input, 3),
		.data = (uint32_t)fuzz_take(&scene->input, 4),
	};
	struct vtd_interrupt_explanation explanation;
	struct vtd_step step[VTD_INTERRUPT_STEPS_MAX];
	struct vtd_interrupt result;

	vtd_unit_interrupt_probe(scene->host.unit, &request, &result);
	vtd_unit_interrupt_explain(scene->host.unit, &request, &explanation,
				   step, VTD_INTERRUPT_STEPS_MAX);
	FUZZ_CHECK(explanation.steps <= VTD_INTERRUPT_STEPS_MAX);
	FUZZ_CHECK(explanation.result.condition == result.condition);
	vtd_unit_interrupt(scene->host.unit, &request, &result);
	FUZZ_CHECK(!result.blocked || !result.notify);
}

static void complete(struct scene *scene)
{
	struct fuzz_host *host = &scene->host;
	unsigned int index;

	if (host->pending_count == 0 || fuzz_below(&scene->input, 8) == 0) {
		vtd_unit_device_tlb_complete(
			host->unit, (uint16_t)fuzz_take(&scene->input, 1),
			(uint32_t)fuzz_take(&scene->input, 4),
			1 + fuzz_below(&scene->input, 8));
		return;
	}
	index = fuzz_below(&scene->input, host->pending_count);
	vtd_unit_device_tlb_complete(host->unit, host->pending[index].sid,
				     UINT32_C(1) << host->pending[index].itag,
				     1 + fuzz_below(&scene->input, 2));
	host->pending[index] = host->pending[--host->pending_count];
}

static void let_time_pass(struct scene *scene)
{
	struct fuzz_host *host = &scene->host;

	if (host->notices > 0)
		vtd_unit_notice_done(host->unit,
				     &host->notice[--host->notices]);
	scene->host.now += fuzz_take(&scene->input, 5);
	vtd_unit_timer_expired(scene->host.unit);
}

static void bracket(struct scene *scene)
{
	struct vtd_unit *unit = scene->host.unit;

	if (scene->brackets > 0 && fuzz_below(&scene->input, 2) == 0)
		vtd_unit_dma_end(unit, &scene->bracket[--scene->brackets]);
	else if (scene->brackets < BRACKETS_MAX)
		vtd_unit_dma_begin(unit, &scene->bracket[scene->brackets++]);
}

static void reset(struct scene *scene)
{
	vtd_unit_reset(scene->host.unit, fuzz_below(&scene->input, 2) ?
						 VTD_RESET_WARM :
						 VTD_RESET_POWER_GOOD);
	if (fuzz_below(&scene->input, 2) != 0)
		fuzz_host_program(&scene->host, VTD_TTM_SCALABLE);
}

/* Whatever a unit has become, another one can go on with. */
static void migrate(struct scene *scene)
{
	static uint8_t blob[VTD_STATE_SIZE_MAX];
	struct fuzz_host *host = &scene->host;
	const char *reason = "?";
	struct vtd_unit *other;
	size_t size;

	if (++scene->migrations > MIGRATIONS_MAX)
		return;
	size = vtd_unit_save(host->unit, NULL, 0);
	FUZZ_CHECK(size <= sizeof(blob));
	FUZZ_CHECK(vtd_unit_save(host->unit, blob, size) == size);
	FUZZ_CHECK(vtd_unit_create(&scene->config, &fuzz_host_ops, host,
				   &other) == 0);
	while (scene->brackets > 0)
		vtd_unit_dma_end(host->unit,
				 &scene->bracket[--scene->brackets]);
	vtd_unit_destroy(host->unit);
	host->unit = other;
	fuzz_host_publish(host);
	host->pending_count = 0;
	host->notices = 0;
	if (vtd_unit_load(other, blob, size, &reason) != 0) {
		fprintf(stderr, "refused: %s\n", reason);
		FUZZ_CHECK(!"a state that was saved is loaded");
	}
}

static void change_host(struct scene *scene)
{
	scene->host.holes = (uint32_t)fuzz_take(&scene->input, 3);
	scene->host.published = fuzz_below(&scene->input, 2) != 0;
	fuzz_host_publish(&scene->host);
	scene->host.reactions = fuzz_below(&scene->input, 4);
}

static step_fn *const steps[] = {
	write_register, write_register,	   read_register,     write_ram,
	write_ram,	submit_descriptor, submit_descriptor, submit_descriptor,
	clear_errors,	translate,	   translate,	      request_page,
	interrupt,	complete,	   let_time_pass,     bracket,
	reset,		migrate,	   change_host,	      submit_many,
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct scene scene;

	scene.brackets = 0;
	scene.migrations = 0;
	scene.dumps = 0;
	scene.input = (struct fuzz_input){ .bytes = bytes, .size = size };
	fuzz_config(&scene.config, (uint8_t)fuzz_take(&scene.input, 1));
	fuzz_host_init(&scene.host, &scene.input);
	FUZZ_CHECK(vtd_unit_create(&scene.config, &fuzz_host_ops, &scene.host,
				   &scene.host.unit) == 0);
	fuzz_host_program(&scene.host, fuzz_below(&scene.input, 4) == 0 ?
					       VTD_TTM_LEGACY :
					       VTD_TTM_SCALABLE);
	for (unsigned int i = 0; i < STEPS_MAX && fuzz_has_more(&scene.input);
	     i++)
		steps[fuzz_below(&scene.input, sizeof(steps) / sizeof(*steps))](
			&scene);
	while (scene.brackets > 0)
		vtd_unit_dma_end(scene.host.unit,
				 &scene.bracket[--scene.brackets]);
	vtd_unit_destroy(scene.host.unit);
	return 0;
}
