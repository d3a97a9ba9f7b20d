/* SPDX-License-Identifier: BSD-3-Clause */
/* Lints: fields of descriptors that mean nothing, and where it is told that they
 * are. */
#include "lint_fixture.h"

#define IQH 0x080
#define BIT(number) (UINT64_C(1) << (number))

/* A descriptor, and what is ignored of it: of one word at most. */
struct row {
	const char *name;
	uint64_t word0, word1, ignored;
};

static void check_rows(struct fixture *f, const struct row *row, size_t count)
{
	for (; count > 0; row++, count--) {
		uint64_t head;

		start_again(f);
		head = regs_read_64(f->unit, IQH);
		regs_queue_do(&f->queue, row->word0, row->word1);
		if (row->ignored == 0)
			check_not_found(row->name, f);
		else
			check_found(row->name, f,
				    (struct vtd_lint_report){
					    .lint = VTD_LINT_IGNORED_FIELD,
					    .address = head,
					    .value = row->ignored,
				    });
	}
}

#define CHECK_ROWS(f, rows) check_rows(f, rows, sizeof(rows) / sizeof(*(rows)))

static void field_is_found_when_translation_request_ignores_it(void **state)
{
	static const struct row rows[] = {
		{ "DID of global context", 1 | 1 << 4 | 9 << 16, 0, 9 << 16 },
		{ "SID of global context", 1 | 1 << 4 | BIT(47), 0, BIT(47) },
		{ "FM of global context", 1 | 1 << 4 | BIT(49), 0, BIT(49) },
		{ "SID of domain context", 1 | 2 << 4 | 9 << 16 | BIT(32), 0,
		  BIT(32) },
		{ "FM of domain context", 1 | 2 << 4 | 9 << 16 | BIT(48), 0,
		  BIT(48) },
		{ "context of device", 1 | 3 << 4 | 9 << 16 | BIT(32) | BIT(48),
		  0, 0 },
		{ "DID of global IOTLB", 2 | 1 << 4 | 9 << 16, 0, 9 << 16 },
		{ "address of global IOTLB", 2 | 1 << 4, 0x5000, 0x5000 },
		{ "IH of domain IOTLB", 2 | 2 << 4 | 9 << 16, 0x40, 0x40 },
		{ "AM of domain IOTLB", 2 | 2 << 4 | 9 << 16, 0x1, 0x1 },
		{ "unaligned IOTLB pages", 2 | 3 << 4 | 9 << 16, 0x7002,
		  0x3000 },
		{ "IOTLB pages", 2 | 3 << 4 | 9 << 16, 0x4042, 0 },
		{ "address of PASID", 6 | 2 << 4 | 9 << 16, 0x3000, 0x3000 },
		{ "unaligned page in PASID", 6 | 3 << 4 | 9 << 16 | BIT(32),
		  0x5001, 0x1000 },
		{ "page in PASID", 6 | 3 << 4 | 9 << 16 | BIT(32), 0x5040, 0 },
		{ "PASID of domain", 7 | 9 << 16 | BIT(51), 0, BIT(51) },
		{ "PASID cache of domain", 7 | 9 << 16, 0, 0 },
		{ "PASID cache", 7 | 1 << 4 | 9 << 16 | BIT(32), 0, 0 },
		{ "DID of global PASID cache", 7 | 3 << 4 | 9 << 16, 0,
		  9 << 16 },
		{ "PASID of global PASID cache", 7 | 3 << 4 | BIT(32), 0,
		  BIT(32) },
	};

	CHECK_ROWS(*state, rows);
}

static void field_is_found_when_other_descriptor_ignores_it(void **state)
{
	static const struct row rows[] = {
		{ "device-TLB", 3 | 0x1f << 16 | BIT(40), 0x5001, 0 },
		{ "index of global IEC", 4 | BIT(47), 0, BIT(47) },
		{ "mask of global IEC", 4 | BIT(27), 0, BIT(27) },
		{ "IEC", 4 | 1 << 4 | BIT(27) | BIT(33), 0, 0 },
		{ "status of wait", 5 | 1 << 6, 0x5000, 0x5000 },
		{ "status beyond HAW", 5 | 1 << 5, 0x5000 | BIT(48), BIT(48) },
		{ "status", 5 | 1 << 5 | BIT(32), 0x5000, 0 },
		{ "PASID of GI", 8 | SID << 16 | BIT(50), 1, BIT(50) },
		{ "PASID device-TLB", 8 | SID << 16 | BIT(50), 0x5800, 0 },
		{ "PASID of response", 9 | BIT(33), 0, BIT(33) },
		{ "response", 9 | 1 << 4 | BIT(33), 0x28, 0 },
	};

	CHECK_ROWS(*state, rows);
}

static void place_is_that_of_the_descriptor_when_others_come_first(void **state)
{
	struct fixture *f = *state;
	uint64_t head;

	start(f);
	head = regs_read_64(f->unit, IQH);
	regs_queue_put(&f->queue, VTD_DESC_CONTEXT_CACHE | 1 << 4, 0);
	regs_queue_put(&f->queue, VTD_DESC_CONTEXT_CACHE | 1 << 4 | 9 << 16, 0);
	regs_queue_submit(&f->queue);
	check_found("second", f,
		    (struct vtd_lint_report){
			    .lint = VTD_LINT_IGNORED_FIELD,
			    .address = head + 32,
			    .value = 9 << 16,
		    });
}

/* It is executed once, however often it is fetched. */
static void field_is_found_once_when_descriptor_is_deferred(void **state)
{
	struct fixture *f = *state;

	start(f);
	f->host.on_invalidation = NULL;
	for (unsigned int i = 0; i <= 32; i++)
		regs_queue_put(&f->queue, 8 | SID << 16 | BIT(50), i == 32);
	regs_queue_submit(&f->queue);
	check_not_found("deferred", f);
	vtd_unit_device_tlb_complete(f->unit, SID, 1, 1);
	check_found("executed", f,
		    (struct vtd_lint_report){
			    .lint = VTD_LINT_IGNORED_FIELD,
			    .address = regs_read_64(f->unit, IQH) - 32,
			    .value = BIT(50),
		    });
}

/* Each half as often as all before. */
static void field_is_told_more_rarely_when_it_comes_often(void **state)
{
	struct fixture *f = *state;
	struct vtd_counters counters;

	start(f);
	for (unsigned int i = 1; i <= 9; i++) {
		bool told = i == 1 || i == 2 || i == 4 || i == 8;

		regs_queue_do(&f->queue, 7 | 3 << 4 | i << 16, 0);
		assert_int_equal(f->host.lints, told);
		if (told) {
			assert_int_equal(f->host.lint.count, i);
			assert_int_equal(f->host.lint.value, i << 16);
		}
		fake_host_forget(&f->host);
	}
	vtd_unit_counters(f->unit, &counters, sizeof(counters));
	assert_int_equal(counters.lints, 9);
}

static void status_is_found_when_it_is_not_in_ram(void **state)
{
	struct fixture *f = *state;

	start(f);
	regs_queue_put(&f->queue, 0x25, UINT64_C(0x7ff000000000));
	regs_queue_submit(&f->queue);
	check_found("status", f,
		    (struct vtd_lint_report){
			    .lint = VTD_LINT_STATUS_NOT_RAM,
			    .address = UINT64_C(0x7ff000000000),
		    });
}

static void
nothing_is_found_when_descriptors_are_as_they_should_be(void **state)
{
	struct fixture *f = *state;

	start(f);
	regs_queue_flush(&f->queue);
	flush_page(f, PASID, ADDRESS);
	flush_page(f, PASID, (ADDRESS & UINT64_MAX << 21) | 9);
	flush_pasid(f, PASID);
	flush_pasid_cache(f, PASID);
	regs_queue_do(&f->queue,
		      VTD_DESC_PASID_DEVICE_TLB | (uint64_t)SID << 16 |
			      (uint64_t)PASID << 32,
		      ADDRESS);
	check_not_found("rightly", f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(
			field_is_found_when_translation_request_ignores_it),
		FIXTURE_TEST(field_is_found_when_other_descriptor_ignores_it),
		FIXTURE_TEST(
			place_is_that_of_the_descriptor_when_others_come_first),
		FIXTURE_TEST(field_is_found_once_when_descriptor_is_deferred),
		FIXTURE_TEST(field_is_told_more_rarely_when_it_comes_often),
		FIXTURE_TEST(status_is_found_when_it_is_not_in_ram),
		FIXTURE_TEST(
			nothing_is_found_when_descriptors_are_as_they_should_be),
	};

	return RUN_TESTS(tests);
}
