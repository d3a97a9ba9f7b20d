/* SPDX-License-Identifier: BSD-3-Clause */
/* Lints: what software should not write to registers. */
#include "lint_fixture.h"

#define GCMD 0x018
#define RTADDR 0x020
#define IQA 0x090
#define IRTA 0x0b8
#define PQH 0x0c0
#define PQA 0x0d0

#define TE UINT32_C(0x80000000)
#define SRTP UINT32_C(0x40000000)
#define QIE UINT32_C(0x04000000)
#define IRE UINT32_C(0x02000000)
#define SIRTP UINT32_C(0x01000000)
#define CFI UINT32_C(0x00800000)

static void commands_are_found_when_more_than_one_bit_changes(void **state)
{
	static const struct {
		const char *name;
		bool found;
		uint32_t before, written;
	} rows[] = {
		{ "QIE", false, 0, QIE },
		{ "QIE stays", false, QIE, QIE | TE },
		{ "QIE and TE", true, 0, QIE | TE },
		{ "TE for QIE", true, QIE, TE },
		{ "QIE off, TE stays", false, QIE | TE, TE },
		{ "both off", true, QIE | TE, 0 },
		{ "SRTP", false, QIE, QIE | SRTP },
		{ "SRTP and TE", true, QIE, QIE | SRTP | TE },
		{ "SRTP and SIRTP", true, 0, SRTP | SIRTP },
		{ "SIRTP and IRE", true, 0, SIRTP | IRE },
		{ "IRE and CFI", true, 0, IRE | CFI },
		{ "what is no command", false, 0, QIE | 0x3 },
	};
	struct fixture *f = *state;

	configure(f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		vtd_unit_destroy(f->unit);
		fixture_start(f);
		for (uint32_t bit = 1u << 31; bit != 0; bit >>= 1)
			if ((rows[i].before & bit) != 0)
				regs_command_set(f->unit, bit);
		check_not_found(rows[i].name, f);
		regs_write_32(f->unit, GCMD, rows[i].written);
		if (rows[i].found)
			check_found(rows[i].name, f,
				    (struct vtd_lint_report){
					    .lint = VTD_LINT_TWO_COMMANDS,
					    .address = GCMD,
					    .value = rows[i].written,
				    });
		else
			check_not_found(rows[i].name, f);
	}
}

/* Any wait, with nothing before it that counts. */
static void wait_for_nothing(struct fixture *f, unsigned int times)
{
	for (; times > 0; times--) {
		regs_queue_put_wait(&f->queue, 0);
		regs_queue_submit(&f->queue);
		assert_true(regs_queue_is_done(&f->queue));
	}
}

static void set_root(struct fixture *f)
{
	regs_set_root_table(f->unit, f->root, VTD_TTM_SCALABLE);
}

static void start_with_root_set(struct fixture *f)
{
	f->config.self_flush = false;
	start_again(f);
	set_root(f);
}

#define IEC 4 /* nothing that DMA depends on */
#define CONTEXT (1u << VTD_INVALIDATION_CONTEXT)
#define PASIDS (1u << VTD_INVALIDATION_PASID)
#define IOTLB (1u << VTD_INVALIDATION_IOTLB)

static void check_root(const char *name, struct fixture *f, uint64_t root,
		       unsigned int missing)
{
	if (missing == 0)
		check_not_found(name, f);
	else
		check_found(name, f,
			    (struct vtd_lint_report){
				    .lint = VTD_LINT_ROOT_NOT_FLUSHED,
				    .address = root,
				    .value = missing,
			    });
}

static void root_is_found_when_flushes_do_not_follow(void **state)
{
	static const struct {
		const char *name;
		unsigned int missing;
		uint64_t flush[3];
	} rows[] = {
		{ "none", CONTEXT | PASIDS | IOTLB, { IEC, IEC, IEC } },
		{ "context", PASIDS | IOTLB, { IEC, IEC, 0x11 } },
		{ "context of device", CONTEXT, { 0x31, 0x37, 0x12 } },
		{ "PASID", CONTEXT | IOTLB, { IEC, IEC, 0x37 } },
		{ "of a domain", PASIDS, { 0x11, 0x10007, 0x12 } },
		{ "IOTLB", CONTEXT | PASIDS, { IEC, IEC, 0x12 } },
		{ "IOTLB of a domain", IOTLB, { 0x11, 0x37, 0x10022 } },
		{ "of a PASID", IOTLB, { 0x11, 0x37, 0x10026 } },
		{ "all", 0, { 0x11, 0x37, 0x12 } },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		start_with_root_set(f);
		for (unsigned int j = 0; j < 3; j++)
			regs_queue_do(&f->queue, rows[i].flush[j], 0);
		check_not_found(rows[i].name, f);
		wait_for_nothing(f, 1);
		check_root(rows[i].name, f, f->root | 0x400, rows[i].missing);
		wait_for_nothing(f, 8);
		check_not_found("again", f);
	}
}

static void root_is_not_found_when_nothing_is_to_be_flushed(void **state)
{
	struct fixture *f = *state;

	start(f);
	set_root(f);
	wait_for_nothing(f, 4);
	check_not_found("unit flushes by itself", f);

	f->config.self_flush = false;
	start_again(f);
	regs_command_clear(f->unit, TE);
	set_root(f);
	wait_for_nothing(f, 4);
	check_not_found("translation is off", f);

	start_again(f);
	regs_command_set(f->unit, SIRTP);
	wait_for_nothing(f, 4);
	check_not_found("another command", f);
}

static void root_is_not_found_when_translation_is_turned_off(void **state)
{
	struct fixture *f = *state;

	start_with_root_set(f);
	regs_command_clear(f->unit, TE);
	wait_for_nothing(f, 4);
	check_not_found("off", f);
}

static void root_has_four_waits_when_it_is_set_once_more(void **state)
{
	struct fixture *f = *state;

	start_with_root_set(f);
	wait_for_nothing(f, 3);
	set_root(f);
	wait_for_nothing(f, 3);
	check_not_found("three waits", f);
	wait_for_nothing(f, 1);
	check_root("four waits", f, f->root | 0x400, CONTEXT | PASIDS | IOTLB);
}

static void command_is_no_wait_when_it_is_a_global_one(void **state)
{
	struct fixture *f = *state;

	start_with_root_set(f);
	for (unsigned int i = 0; i < 4; i++)
		regs_command_set(f->unit, SIRTP);
	check_not_found("global commands", f);
	wait_for_nothing(f, 4);
	check_root("waits", f, f->root | 0x400, CONTEXT | PASIDS | IOTLB);
}

/* Global invalidations of one cache only, by its register. */
static void check_legacy_commands(const char *name, struct fixture *f,
				  uint32_t offset, uint64_t command,
				  unsigned int missing)
{
	vtd_unit_destroy(f->unit);
	fixture_run(f, VTD_TTM_LEGACY);
	regs_set_root_table(f->unit, f->root, VTD_TTM_LEGACY);
	for (unsigned int i = 0; i < 3; i++)
		regs_write_64(f->unit, offset, command);
	check_not_found(name, f);
	regs_write_64(f->unit, offset, command);
	check_root(name, f, f->root, missing);
}

static void root_is_found_when_legacy_commands_do_not_flush(void **state)
{
	struct fixture *f = *state;

	configure(f);
	f->config.self_flush = false;
	check_legacy_commands("contexts", f, VTD_REG_CCMD, UINT64_C(0xa) << 60,
			      IOTLB);
	check_legacy_commands("IOTLB", f, VTD_REG_IOTLB, UINT64_C(0x9) << 60,
			      CONTEXT);
}

/* Its end, which a use of before holds up, comes after the reset. */
static void command_is_no_wait_when_unit_was_reset_before_its_end(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;

	configure(f);
	f->config.self_flush = false;
	fixture_run(f, VTD_TTM_LEGACY);
	vtd_unit_dma_begin(f->unit, &bracket);
	regs_write_64(f->unit, VTD_REG_CCMD, UINT64_C(0xa) << 60);
	vtd_unit_reset(f->unit, VTD_RESET_WARM);
	fixture_enable(f, VTD_TTM_LEGACY);
	/* Not by what GSTS says: TE has not ended yet. */
	regs_write_32(f->unit, GCMD, QIE | TE | SRTP);
	for (unsigned int i = 0; i < 3; i++)
		regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	assert_false(regs_queue_is_done(&f->queue));
	vtd_unit_dma_end(f->unit, &bracket);
	assert_true(regs_queue_is_done(&f->queue));
	regs_write_32(f->unit, VTD_REG_ICS, 0); /* tells what there is */
	check_not_found("three waits", f);
	wait_for_nothing(f, 1);
	check_root("four waits", f, f->root, CONTEXT | IOTLB);
}

static void nothing_is_found_when_unit_does_not_check(void **state)
{
	struct fixture *f = *state;

	fixture_start(f);
	regs_write_32(f->unit, GCMD, QIE | TE);
	check_not_found("without", f);
}

/* Each is one wait, however many came before. */
static void legacy_commands_are_waits_when_they_end(void **state)
{
	const uint64_t context = UINT64_C(0xc) << 60; /* of a domain */
	const uint64_t iotlb = UINT64_C(0xa) << 60;
	struct fixture *f = *state;

	configure(f);
	f->config.self_flush = false;
	fixture_run(f, VTD_TTM_LEGACY);
	regs_set_root_table(f->unit, f->root, VTD_TTM_LEGACY);
	regs_write_64(f->unit, VTD_REG_CCMD, context);
	regs_write_64(f->unit, VTD_REG_IOTLB, iotlb);
	regs_write_64(f->unit, VTD_REG_IOTLB, iotlb);
	check_not_found("three commands", f);
	regs_write_64(f->unit, VTD_REG_CCMD, context);
	check_root("four commands", f, f->root, CONTEXT | IOTLB);
}

static void eime_is_found_when_unit_has_no_eim(void **state)
{
	struct fixture *f = *state;
	const struct vtd_lint_report eime = {
		.lint = VTD_LINT_EIME_WITHOUT_EIM,
		.address = IRTA,
		.value = 0x10080f,
	};

	configure(f);
	fixture_start(f);
	regs_write_64(f->unit, IRTA, eime.value);
	check_not_found("EIM", f);
	vtd_unit_destroy(f->unit);
	f->config.extended_interrupt_mode = false;
	fixture_start(f);
	regs_write_64(f->unit, IRTA, UINT64_C(0x10000f));
	check_not_found("no EIME", f);
	regs_write_64(f->unit, RTADDR, eime.value);
	check_not_found("another register", f);
	regs_write_64(f->unit, IRTA, eime.value);
	check_found("EIME", f, eime);
}

static void queue_is_found_when_moved_while_it_runs(void **state)
{
	struct fixture *f = *state;
	uint64_t iqa;

	start(f);
	iqa = regs_read_64(f->unit, IQA);
	regs_write_64(f->unit, IQA, iqa);
	check_not_found("same", f);
	regs_write_64(f->unit, IQA, iqa + 0x100000);
	check_found("moved", f,
		    (struct vtd_lint_report){
			    .lint = VTD_LINT_QUEUE_CHANGED,
			    .address = IQA,
			    .value = iqa + 0x100000,
		    });
	regs_command_clear(f->unit, QIE);
	regs_write_64(f->unit, IQA, iqa);
	check_not_found("off", f);
}

static void page_queue_is_found_when_moved_with_requests_in_it(void **state)
{
	struct fixture *f = *state;
	struct regs_page_queue queue;
	uint64_t words[2];
	uint64_t moved = tables_page(&f->tables);
	const struct vtd_page_request request = {
		.sid = SID,
		.pasid_present = true,
		.pasid = PASID,
		.read = true,
		.address = ADDRESS,
	};

	start(f);
	regs_page_queue_start(&queue, f->unit, &f->tables);
	check_not_found("empty", f);
	vtd_unit_page_request(f->unit, &request);
	regs_write_64(f->unit, PQH, 0);
	check_not_found("another register", f);
	regs_write_64(f->unit, PQA, moved);
	check_found("moved", f,
		    (struct vtd_lint_report){
			    .lint = VTD_LINT_QUEUE_CHANGED,
			    .address = PQA,
			    .value = moved,
		    });
	assert_true(regs_page_queue_take(&queue, words));
	regs_write_64(f->unit, PQA, queue.base);
	check_not_found("empty again", f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(commands_are_found_when_more_than_one_bit_changes),
		FIXTURE_TEST(root_is_found_when_flushes_do_not_follow),
		FIXTURE_TEST(root_is_not_found_when_nothing_is_to_be_flushed),
		FIXTURE_TEST(root_is_not_found_when_translation_is_turned_off),
		FIXTURE_TEST(root_has_four_waits_when_it_is_set_once_more),
		FIXTURE_TEST(command_is_no_wait_when_it_is_a_global_one),
		FIXTURE_TEST(root_is_found_when_legacy_commands_do_not_flush),
		FIXTURE_TEST(
			command_is_no_wait_when_unit_was_reset_before_its_end),
		FIXTURE_TEST(legacy_commands_are_waits_when_they_end),
		FIXTURE_TEST(nothing_is_found_when_unit_does_not_check),
		FIXTURE_TEST(eime_is_found_when_unit_has_no_eim),
		FIXTURE_TEST(queue_is_found_when_moved_while_it_runs),
		FIXTURE_TEST(
			page_queue_is_found_when_moved_with_requests_in_it),
	};

	return RUN_TESTS(tests);
}
