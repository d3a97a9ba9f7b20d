/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Software and devices that do anything at all, from a fixed seed: under the
 * sanitizers nothing bad happens, every call returns, and the unit works after
 * a reset.
 */
#include "control.h"

#define SEEDS 8
#define STEPS 20000
/* Tables, queues and descriptors are all in here, on top of each other. */
#define ARENA UINT64_C(0x100000)
#define ARENA_SIZE UINT64_C(0x10000)

static uint64_t random_state;

static uint64_t draw(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static unsigned int pick(unsigned int count)
{
	return (unsigned int)(draw() >> 33) % count;
}

/* Few bits, many bits, a pointer into the arena with some low bits. */
static uint64_t value(void)
{
	switch (pick(4)) {
	case 0:
		return draw();
	case 1:
		return draw() & draw() & draw();
	case 2:
		return draw() & 0xff;
	default:
		return (ARENA +
			(draw() & (ARENA_SIZE - 1) & ~UINT64_C(0xfff))) |
		       (draw() & draw() & 0xfff);
	}
}

static void write_register(struct fixture *f)
{
	static const uint32_t often[] = {
		0x018, 0x020, 0x028, 0x034, 0x038, 0x088, 0x090, 0x09c,
		0x0a0, 0x0b8, 0x0c0, 0x0c8, 0x0d0, 0x0dc, 0x0e0, 0x0f8,
	};
	uint64_t offset = pick(4) != 0 ? often[pick(16)] : pick(0x1010);
	static const unsigned int sizes[] = { 1, 2, 4, 4, 4, 8, 8, 16 };

	vtd_unit_write(f->unit, offset, value(), sizes[pick(8)]);
}

/* A descriptor, or an entry of a table: who knows. */
static void write_memory(struct fixture *f)
{
	uint64_t address = ARENA + (draw() & (ARENA_SIZE - 1) & ~UINT64_C(7));

	fake_host_set_64(&f->host, address, value());
}

static void submit_descriptors(struct fixture *f)
{
	uint64_t base = regs_read_64(f->unit, 0x090) & ~UINT64_C(0xfff);
	uint64_t tail = pick(0x1000) & ~31u;

	if (base >= ARENA && base < ARENA + ARENA_SIZE)
		for (uint64_t at = 0; at < 0x1000; at += 16) {
			fake_host_set_64(&f->host, base + at,
					 (draw() & draw() &
					  UINT64_C(0x000fffffffff0030)) |
						 pick(10));
			fake_host_set_64(&f->host, base + at + 8, 0);
		}
	regs_write_32(f->unit, 0x034, 0x70);
	regs_write_32(f->unit, 0x088, (uint32_t)tail);
}

static void translate(struct fixture *f)
{
	struct vtd_request request = {
		.sid = (uint16_t)(draw() & 0x11f),
		.type = (enum vtd_address_type)pick(4),
		.access = (enum vtd_access)pick(4),
		.address = value(),
		.length = pick(8),
		.pasid_present = pick(2) != 0,
		.pasid = (uint32_t)(draw() & draw() & 0xfffff),
		.privileged = pick(2) != 0,
		.execute = pick(8) == 0,
		.no_write = pick(2) != 0,
	};
	struct vtd_explanation explanation;
	struct vtd_step step[VTD_STEPS_MAX];
	struct vtd_translation result;

	if (pick(4) == 0)
		vtd_unit_probe(f->unit, &request, &result);
	else
		vtd_unit_translate(f->unit, &request, &result);
	vtd_unit_explain(f->unit, &request, &explanation, step, VTD_STEPS_MAX);
	assert_true(explanation.steps <= VTD_STEPS_MAX);
	if (result.status == VTD_STATUS_SUCCESS)
		assert_true(result.size_shift >= 12 && result.size_shift < 64);
}

static void request_page(struct fixture *f)
{
	struct vtd_page_request request = {
		.sid = (uint16_t)(draw() & 0x11f),
		.pasid_present = pick(2) != 0,
		.pasid = (uint32_t)(draw() & draw() & 0xfffff),
		.read = pick(2) != 0,
		.write = pick(2) != 0,
		.last = pick(2) != 0,
		.prgi = (uint16_t)draw(),
		.address = value(),
	};

	vtd_unit_page_request(f->unit, &request);
}

static void interrupt(struct fixture *f)
{
	struct vtd_interrupt_request request = {
		.sid = (uint16_t)draw(),
		.address = 0xfee00000 | (draw() & 0xfffff),
		.data = (uint32_t)value(),
	};
	struct vtd_interrupt result;

	vtd_unit_interrupt(f->unit, &request, &result);
}

static void complete(struct fixture *f)
{
	vtd_unit_device_tlb_complete(f->unit, (uint16_t)(draw() & 0x11f),
				     (uint32_t)draw(), 1 + pick(8));
	f->host.now += pick(3);
	vtd_unit_timer_expired(f->unit);
}

static void step(struct fixture *f)
{
	static void (*const steps[])(struct fixture *) = {
		write_register, write_register,	    write_register,
		write_memory,	write_memory,	    write_memory,
		translate,	submit_descriptors, request_page,
		interrupt,	complete,
	};

	steps[pick(sizeof(steps) / sizeof(*steps))](f);
}

/* Some endpoints answer, some do later, some are not there. */
static int answer_somehow(struct fake_host *host,
			  const struct vtd_device_tlb_invalidation *item)
{
	switch (item->itag % 4) {
	case 0:
		return fake_host_no_endpoint(host, item);
	case 1:
		return 0;
	default:
		return fake_host_complete_at_once(host, item);
	}
}

static void do_anything(struct fixture *f)
{
	f->config.posted_interrupts = true;
	f->config.abort_dma = true;
	f->config.device_tlb_timeout = 5;
	fixture_start(f);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
		f->host.on_invalidation = answer_somehow;
		for (unsigned int i = 0; i < STEPS; i++)
			step(f);
		vtd_unit_reset(f->unit, VTD_RESET_POWER_GOOD);
		f->host.on_invalidation = fake_host_complete_at_once;
		f->tables.next = UINT64_C(32) << 20;
		regs_queue_start(&f->queue, f->unit, &f->tables, true);
		assert_true(regs_queue_do(&f->queue, 0x11, 0));
		assert_int_equal(control_fsts(f), 0);
	}
}

static void unit_works_after_reset_when_software_did_anything(void **state)
{
	do_anything(*state);
}

static void
checked_unit_works_after_reset_when_software_did_anything(void **state)
{
	struct fixture *f = *state;

	f->config.iotlb = VTD_IOTLB_KEEP;
	f->config.iotlb_entries = 16;
	f->config.check = true;
	f->config.check_waits = 0;
	do_anything(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(unit_works_after_reset_when_software_did_anything),
		FIXTURE_TEST(
			checked_unit_works_after_reset_when_software_did_anything),
	};

	return RUN_TESTS(tests);
}
