/* SPDX-License-Identifier: BSD-3-Clause */
/* States that are not taken, and that those which are taken do no harm however
 * they came about. */
#include <errno.h>
#include <string.h>

#include "control.h"
#include "saved.h"

#define DEVICE_TLB UINT64_C(0x0000010000000003)

/* With a fault, an event pending, and a wait that two requests hold up. */
static void make_state(struct fixture *f, struct saved *blob)
{
	struct regs_page_queue queue;

	control_run(f);
	control_fault(f, 1);
	regs_page_queue_start(&queue, f->unit, &f->tables);
	control_page_request(f);
	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put(&f->queue, UINT64_C(0x0000000501000008), 0x7000);
	regs_queue_put_wait(&f->queue, 0x10);
	regs_queue_submit(&f->queue);
	blob->size = vtd_unit_save(f->unit, blob->byte, VTD_STATE_SIZE_MAX);
	assert_true(blob->size <= VTD_STATE_SIZE_MAX);
}

static void check_unchanged(struct fixture *f, const struct saved *before)
{
	static struct saved after;

	after.size = vtd_unit_save(f->unit, after.byte, VTD_STATE_SIZE_MAX);
	assert_int_equal(after.size, before->size);
	assert_memory_equal(after.byte, before->byte, after.size);
}

static void check_refused(struct fixture *f, const struct saved *blob)
{
	const char *reason = NULL;

	assert_int_equal(vtd_unit_load(f->unit, blob->byte, blob->size,
				       &reason),
			 -EINVAL);
	assert_non_null(reason);
}

static void state_is_refused_when_it_has_another_length(void **state)
{
	static struct saved blob, cut;
	struct fixture *f = *state;

	make_state(f, &blob);
	for (size_t size = 0; size <= blob.size + 8; size++) {
		cut = blob;
		cut.size = size;
		if (size != blob.size)
			check_refused(f, &cut);
	}
	check_unchanged(f, &blob);
}

static void state_is_refused_when_any_bit_of_it_is_damaged(void **state)
{
	static struct saved blob, damaged;
	struct fixture *f = *state;
	const char *reason;

	make_state(f, &blob);
	for (size_t bit = 0; bit < blob.size * 8; bit++) {
		damaged = blob;
		damaged.byte[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(vtd_unit_load(f->unit, damaged.byte,
					       damaged.size, &reason),
				 -EINVAL);
		if (bit >= 64)
			assert_string_equal(
				reason, "the state is cut short or damaged");
	}
	check_unchanged(f, &blob);
}

static void state_is_refused_when_it_is_of_a_later_version(void **state)
{
	static struct saved blob;
	struct fixture *f = *state;
	const char *reason;

	make_state(f, &blob);
	saved_set(&blob, 0, saved_word(&blob, 0) + (UINT64_C(1) << 32));
	assert_int_equal(vtd_unit_load(f->unit, blob.byte, blob.size, &reason),
			 -EINVAL);
	assert_string_equal(reason,
			    "the state is of a later version of libvtd");
	saved_set(&blob, 0, saved_word(&blob, 0) + 1);
	assert_int_equal(vtd_unit_load(f->unit, blob.byte, blob.size, &reason),
			 -EINVAL);
	assert_string_equal(reason, "this is no state of a unit");
}

static void state_is_refused_when_it_is_noise(void **state)
{
	static struct saved blob, noise;
	struct fixture *f = *state;
	uint32_t random = 1;

	make_state(f, &blob);
	noise = blob;
	for (size_t i = 0; i < noise.size; i++) {
		random = random * 1664525 + 1013904223;
		noise.byte[i] = (uint8_t)(random >> 24);
	}
	check_refused(f, &noise);
	memset(noise.byte, 0, sizeof(noise.byte));
	check_refused(f, &noise);
	check_unchanged(f, &blob);
}

#define OTHER(name, statement)                      \
	static void name(struct vtd_config *config) \
	{                                           \
		statement;                          \
	}
OTHER(other_cap, config->zero_length_read = false)
OTHER(other_ecap, config->snoop_control = false)
OTHER(other_records, config->fault_records = 7)
OTHER(other_pasids, config->pasid_bits = 19)
OTHER(other_host_width, config->host_address_width = 47)

static void state_is_refused_when_unit_has_another_configuration(void **state)
{
	static void (*const others[])(struct vtd_config *) = {
		other_cap,    other_ecap,	other_records,
		other_pasids, other_host_width,
	};
	static struct saved blob;
	struct fixture *f = *state;

	make_state(f, &blob);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		vtd_unit_destroy(f->unit);
		f->unit = NULL;
		vtd_config_init(&f->config);
		others[i](&f->config);
		fixture_start(f);
		check_refused(f, &blob);
	}
}

/*
 * Whatever was loaded: software can clear every status, complete what is under
 * way, start the unit anew, and use it.
 */
static void check_usable(struct fixture *f)
{
	regs_write_64(f->unit, 0x038, UINT64_C(1) << 31);
	regs_drop_faults(f->unit);
	vtd_unit_device_tlb_complete(f->unit, 0x0100, UINT32_MAX, 1);
	assert_true((regs_read_64(f->unit, 0x028) >> 63) == 0);
	regs_write_32(f->unit, 0x018, 0);
	regs_write_32(f->unit, 0x034, UINT32_MAX);
	assert_int_equal(control_fsts(f) & 0x7f, 0);
	regs_write_32(f->unit, 0x09c, 1);
	regs_write_32(f->unit, 0x0dc, 3);
	assert_int_equal(regs_read_32(f->unit, 0x01c) &
				 ~(UINT32_C(1) << 30 | UINT32_C(1) << 24),
			 0);
	f->tables.next = UINT64_C(32) << 20; /* do not run out of memory */
	regs_queue_start(&f->queue, f->unit, &f->tables, true);
	regs_set_root_table(f->unit, f->root, VTD_TTM_SCALABLE);
	regs_command_set(f->unit, UINT32_C(1) << 31);
	assert_true(regs_queue_do(&f->queue, 0x11, 0));
	control_page_request(f);
}

/* Every bit of the blob once, by one who knows of the checksum. */
static void unit_is_usable_when_a_flipped_state_was_taken(void **state)
{
	static struct saved blob, flipped;
	struct fixture *f = *state;
	unsigned int refused = 0, taken = 0;

	make_state(f, &blob);
	for (size_t bit = 0; bit < blob.size * 8; bit++) {
		const char *reason = NULL;

		flipped = blob;
		flipped.byte[bit / 8] ^= (uint8_t)(1 << bit % 8);
		saved_seal(&flipped);
		fake_host_forget(&f->host);
		if (vtd_unit_load(f->unit, flipped.byte, flipped.size,
				  &reason) != 0) {
			assert_non_null(reason);
			refused++;
			continue;
		}
		check_usable(f);
		taken++;
	}
	assert_true(refused > 0);
	assert_true(taken > 0);
}

/* Where the value of a register is; offsets and values begin at word 8. */
static size_t find_word(const struct saved *blob, uint64_t offset)
{
	for (size_t i = 8; i + 1 < blob->size / 8; i += 2)
		if (saved_word(blob, i) == offset)
			return i + 1;
	fail_msg("no register at %x", (unsigned int)offset);
	return 0;
}

static void check_register_refused(struct fixture *f, struct saved *blob,
				   uint64_t offset, uint64_t bits)
{
	size_t at = find_word(blob, offset);
	uint64_t value = saved_word(blob, at);

	saved_set(blob, at, value ^ bits);
	check_refused(f, blob);
	saved_set(blob, at, value);
}

/* What no software can bring about, and some could never get rid of. */
static void state_is_refused_when_registers_contradict(void **state)
{
	static struct saved blob;
	struct fixture *f = *state;

	make_state(f, &blob);
	check_register_refused(f, &blob, 0x034, FSTS_PPF);
	check_register_refused(f, &blob, 0x034, 0xff00);      /* FRI */
	check_register_refused(f, &blob, 0x01c, VTD_BIT(26)); /* QIES */
	check_register_refused(f, &blob, 0x01c, VTD_BIT(27)); /* WBFS */
	check_register_refused(f, &blob, 0x008, 1);	      /* CAP */
	check_unchanged(f, &blob);
}

/* A unit without endpoints must not be made to send them something. */
static void state_is_refused_when_it_has_requests_that_cannot_be(void **state)
{
	static struct saved blob;
	struct vtd_host_ops ops = fake_host_ops;
	struct fixture *f = *state;
	size_t words;

	f->config.device_tlb = false;
	f->config.no_write_flag = false;
	f->config.page_request = false;
	ops.device_tlb_invalidate = NULL;
	assert_int_equal(vtd_unit_create(&f->config, &ops, &f->host, &f->unit),
			 0);
	fixture_enable(f, VTD_TTM_SCALABLE);
	blob.size = vtd_unit_save(f->unit, blob.byte, VTD_STATE_SIZE_MAX);
	/* The last words are the numbers of requests and of waits, and the
	 * checksum. */
	words = blob.size / 8 - 2;
	blob.size += 5 * 8;
	saved_set(&blob, words - 1, 1);
	for (size_t i = 0; i < 6; i++)
		saved_set(&blob, words + i, i == 2 ? 0xfff : 0);
	check_refused(f, &blob);
}

/*
 * The two requests and the wait of make_state(), at the end of the blob: 5 words
 * each, the number of waits, 3 words, the checksum.
 */
#define WITHOUT_PASID(blob) ((blob)->size / 8 - 15)
#define WITH_PASID(blob) ((blob)->size / 8 - 10)
#define WAIT(blob) ((blob)->size / 8 - 4)

static void check_words(struct fixture *f, const struct saved *good, size_t at,
			const uint64_t *words, bool taken)
{
	static struct saved blob;

	blob = *good;
	for (size_t i = 0; i < 4; i++)
		saved_set(&blob, at + i, words[i]);
	if (taken)
		assert_int_equal(
			vtd_unit_load(f->unit, blob.byte, blob.size, NULL), 0);
	else
		check_refused(f, &blob);
}

#define PLAIN (UINT64_C(0x0100) << 16)
#define PASID (UINT64_C(5) << 32 | UINT64_C(0x0100) << 16 | 1 << 8)
#define GLOBAL (1 << 9)

static void state_is_refused_when_no_descriptor_makes_its_request(void **state)
{
	static const uint64_t words[][4] = {
		{ PLAIN | GLOBAL, 0, 0xfff, 0 },
		{ PLAIN | UINT64_C(1) << 32, 0, 0xfff, 0 },
		{ PLAIN, 0, 0xfff, 0x77 },
		{ PASID, 0, 0xfff, 1 },
		{ PLAIN, 0x1000, 0x2fff, 0 }, /* not aligned */
		{ PLAIN, 0, 0x2fff, 0 },      /* no power of 2 */
		{ PLAIN, 0x1000, 0x5fff, 0 },
		{ PLAIN, 0x2000, 0x1fff, 0 }, /* empty */
		{ PLAIN, 0x1000, 0xfff, 0 },
		{ PLAIN, 0x1000, UINT64_MAX, 0 },
		{ PLAIN, 0, 0x7ff, 0 }, /* no page */
		{ PLAIN, 0x800, 0xfff, 0 },
	};
	static struct saved blob;
	struct fixture *f = *state;

	make_state(f, &blob);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		check_words(f, &blob, WITHOUT_PASID(&blob), words[i], false);
	check_unchanged(f, &blob);
}

static void state_is_taken_when_a_descriptor_makes_its_request(void **state)
{
	static const uint64_t words[][4] = {
		{ PLAIN, 0, 0xfff, 0 },
		{ PLAIN, UINT64_MAX - 0xfff, UINT64_MAX, 0 },
		{ PLAIN, 0x4000, 0x7fff, 0 },
		{ PLAIN, 0, UINT64_MAX, 0 },
		{ PASID, 0x200000, 0x3fffff, 0 },
		{ PASID | GLOBAL, 0, UINT64_MAX, 0 },
	};
	static struct saved blob;
	struct fixture *f = *state;

	make_state(f, &blob);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		check_words(f, &blob, WITH_PASID(&blob), words[i], true);
}

/* Descriptor 8h is for scalable mode. */
static void state_is_refused_when_unit_has_no_requests_with_pasid(void **state)
{
	static const uint64_t plain[4] = { PLAIN, 0, 0xfff, 0 };
	static const uint64_t pasid[4] = { PASID, 0, 0xfff, 0 };
	static struct saved blob;
	struct fixture *f = *state;

	fixture_legacy_only(&f->config);
	f->config.device_tlb = true;
	fixture_run(f, VTD_TTM_LEGACY);
	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_submit(&f->queue);
	blob.size = vtd_unit_save(f->unit, blob.byte, VTD_STATE_SIZE_MAX);
	check_words(f, &blob, blob.size / 8 - 7, pasid, false);
	check_words(f, &blob, blob.size / 8 - 7, plain, true);
}

/* Nothing is fetched behind one. */
static void state_is_refused_when_a_request_follows_a_fence(void **state)
{
	static struct saved blob;
	struct fixture *f = *state;
	uint64_t wait;

	make_state(f, &blob);
	wait = saved_word(&blob, WAIT(&blob));
	saved_set(&blob, WAIT(&blob) + 2, 1);
	saved_set(&blob, WAIT(&blob), wait | 1 << 2);
	check_refused(f, &blob);
	saved_set(&blob, WAIT(&blob), wait);
	assert_int_equal(vtd_unit_load(f->unit, blob.byte, blob.size, NULL), 0);
}

/* They are in the order of their descriptors, which those before them count. */
static void state_is_refused_when_waits_are_out_of_order(void **state)
{
	static struct saved blob;
	struct fixture *f = *state;
	size_t second;

	make_state(f, &blob);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	blob.size = vtd_unit_save(f->unit, blob.byte, VTD_STATE_SIZE_MAX);
	second = WAIT(&blob) + 2;
	assert_int_equal(saved_word(&blob, second), 2);
	saved_set(&blob, second, 1);
	check_refused(f, &blob);
	saved_set(&blob, second, 2);
	assert_int_equal(vtd_unit_load(f->unit, blob.byte, blob.size, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(state_is_refused_when_it_has_another_length),
		FIXTURE_TEST(state_is_refused_when_any_bit_of_it_is_damaged),
		FIXTURE_TEST(state_is_refused_when_it_is_of_a_later_version),
		FIXTURE_TEST(state_is_refused_when_it_is_noise),
		FIXTURE_TEST(
			state_is_refused_when_unit_has_another_configuration),
		FIXTURE_TEST(unit_is_usable_when_a_flipped_state_was_taken),
		FIXTURE_TEST(state_is_refused_when_registers_contradict),
		FIXTURE_TEST(
			state_is_refused_when_it_has_requests_that_cannot_be),
		FIXTURE_TEST(
			state_is_refused_when_no_descriptor_makes_its_request),
		FIXTURE_TEST(
			state_is_taken_when_a_descriptor_makes_its_request),
		FIXTURE_TEST(
			state_is_refused_when_unit_has_no_requests_with_pasid),
		FIXTURE_TEST(state_is_refused_when_a_request_follows_a_fence),
		FIXTURE_TEST(state_is_refused_when_waits_are_out_of_order),
	};

	return RUN_TESTS(tests);
}
