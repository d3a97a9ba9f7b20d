/* SPDX-License-Identifier: BSD-3-Clause */
/* Nested translation: first stage on top of second stage.  SPEC 3.8. */
#include "check.h"

#define SID 0x0100
#define PASID 9
#define ADDRESS UINT64_C(0x7f0040012000)
#define GPA UINT64_C(0xa00012000)
#define PAGE UINT64_C(0x80012000)
#define GPA_OFFSET UINT64_C(0x40000000)

struct guest {
	struct page_table first;
	struct page_table second;
	uint64_t first_leaf;
	uint64_t second_leaf;
	uint64_t table_mapping; /* second-stage leaf of the first-stage leaf */
	uint64_t entry;		/* PASID entry */
};

/* Pages of 2^shift bytes in each stage. */
struct shape {
	unsigned int first_shift;
	unsigned int second_shift;
};

static uint64_t align(uint64_t address, unsigned int shift)
{
	return address & (UINT64_MAX << shift);
}

static void map_tables(struct fixture *fixture, struct guest *guest,
		       uint64_t begin, uint64_t end)
{
	(void)fixture;
	for (uint64_t page = begin; page < end; page += 4096) {
		uint64_t leaf = page_table_map(
			&guest->second, page + GPA_OFFSET, page, 12, SS_RW);

		if (page == align(guest->first_leaf, 12))
			guest->table_mapping = leaf;
	}
}

static struct guest make_guest(struct fixture *fixture, struct shape shape)
{
	struct fixture_context context = fixture_sm_context(fixture, SID, 0);
	struct guest guest;
	uint64_t begin = fixture->tables.next;
	uint64_t end;

	page_table_init(&guest.first, &fixture->tables, PAGE_TABLE_FIRST_STAGE,
			4);
	guest.first.gpa_offset = GPA_OFFSET;
	guest.first_leaf = page_table_map(&guest.first,
					  align(ADDRESS, shape.first_shift),
					  align(GPA, shape.first_shift),
					  shape.first_shift, FS_USER_RW);
	end = fixture->tables.next;
	page_table_init(&guest.second, &fixture->tables,
			PAGE_TABLE_SECOND_STAGE, 4);
	guest.second_leaf = page_table_map(&guest.second,
					   align(GPA, shape.second_shift),
					   align(PAGE, shape.second_shift),
					   shape.second_shift, SS_RW);
	map_tables(fixture, &guest, begin, end);
	guest.entry = fixture_pasid_first_stage(fixture, context.dir, PASID,
						&guest.first);
	fixture_pasid_nest(fixture, guest.entry, &guest.first, &guest.second);
	return guest;
}

static struct guest make_small_guest(struct fixture *fixture)
{
	return make_guest(fixture, (struct shape){ 12, 12 });
}

static struct vtd_translation
access_at(struct fixture *fixture, uint64_t address, enum vtd_access access)
{
	return fixture_access_with_pasid(fixture, SID, PASID, address, access);
}

static void address_goes_through_both_stages_when_nested(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_translation result;

	make_small_guest(fixture);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = access_at(fixture, ADDRESS + 0x345, VTD_ACCESS_WRITE);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_int_equal(result.address, PAGE + 0x345);
	assert_true(result.write);
}

static void check_size(struct fixture *fixture, struct shape shape,
		       unsigned int shift)
{
	struct vtd_translation result;

	make_guest(fixture, shape);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = access_at(fixture, ADDRESS, VTD_ACCESS_WRITE);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_int_equal(result.address, PAGE);
	assert_int_equal(result.size_shift, shift);
}

static void size_is_that_of_first_stage_when_it_is_smaller(void **state)
{
	check_size(*state, (struct shape){ 12, 30 }, 12);
}

static void size_is_that_of_second_stage_when_it_is_smaller(void **state)
{
	check_size(*state, (struct shape){ 30, 21 }, 21);
}

static void rights_are_those_of_both_when_stages_differ(void **state)
{
	struct fixture *fixture = *state;
	struct guest guest = make_small_guest(fixture);

	tables_change(&fixture->tables, guest.second_leaf, 0, VTD_SS_W);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_CONDITION_NONE);
	assert_int_equal(
		access_at(fixture, ADDRESS, VTD_ACCESS_WRITE).condition,
		VTD_SGN_6);
}

/* Not at that of a table, which is another walk. */
static void fault_is_at_the_page_when_table_is_read_only_too(void **state)
{
	struct fixture *fixture = *state;
	struct guest guest = make_small_guest(fixture);
	struct vtd_translation result;

	tables_change(&fixture->tables, guest.first_leaf, VTD_FS_A, 0);
	tables_change(&fixture->tables, guest.table_mapping, 0, VTD_SS_W);
	tables_change(&fixture->tables, guest.second_leaf, 0, VTD_SS_W);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = access_at(fixture, ADDRESS, VTD_ACCESS_WRITE);
	assert_int_equal(result.condition, VTD_SGN_6);
	assert_int_equal(result.place.address, guest.second_leaf);
	assert_int_equal(result.place.for_level, 0);
}

/* Neither stage lets the page be written; privileged requests mind the first one with
 * WPE only. */
static struct vtd_place place_of_privileged_write(struct fixture *fixture,
						  struct guest *guest,
						  uint64_t wpe)
{
	struct vtd_translation result;

	*guest = make_small_guest(fixture);
	tables_change(&fixture->tables, guest->first_leaf, 0, VTD_FS_RW);
	tables_change(&fixture->tables, guest->second_leaf, 0, VTD_SS_W);
	tables_change(&fixture->tables, guest->entry + 16, wpe, VTD_PASID2_WPE);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = fixture_translate(fixture, (struct vtd_request){
						    .sid = SID,
						    .access = VTD_ACCESS_WRITE,
						    .address = ADDRESS,
						    .pasid_present = true,
						    .pasid = PASID,
						    .privileged = true,
					    });
	assert_int_equal(result.condition, VTD_SGN_6);
	return result.place;
}

static void fault_is_in_second_stage_when_privilege_passes_first(void **state)
{
	struct guest guest;
	struct vtd_place place = place_of_privileged_write(*state, &guest, 0);

	assert_int_equal(place.address, guest.second_leaf);
}

static void fault_is_in_first_stage_when_it_protects_from_all(void **state)
{
	struct guest guest;
	struct vtd_place place =
		place_of_privileged_write(*state, &guest, VTD_PASID2_WPE);

	assert_int_equal(place.structure, VTD_STRUCTURE_FIRST_STAGE_ENTRY);
	assert_int_equal(place.address, guest.first_leaf);
}

static void dirty_stays_in_first_stage_when_second_denies_write(void **state)
{
	struct fixture *fixture = *state;
	struct guest guest = make_small_guest(fixture);

	tables_change(&fixture->tables, guest.second_leaf, 0, VTD_SS_W);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	access_at(fixture, ADDRESS, VTD_ACCESS_WRITE);
	assert_false(fake_host_get_64(&fixture->host, guest.first_leaf) &
		     VTD_FS_D);
}

static void read_is_denied_when_second_stage_page_is_write_only(void **state)
{
	struct fixture *fixture = *state;
	struct guest guest = make_small_guest(fixture);

	tables_change(&fixture->tables, guest.second_leaf, 0, VTD_SS_R);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_SGN_7);
}

static void dirty_is_set_in_both_stages_when_page_is_written(void **state)
{
	struct fixture *fixture = *state;
	struct guest guest = make_small_guest(fixture);
	struct fake_host *host = &fixture->host;

	tables_change(&fixture->tables, guest.entry, VTD_PASID0_SSADE, 0);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	access_at(fixture, ADDRESS, VTD_ACCESS_WRITE);
	assert_true(fake_host_get_64(host, guest.first_leaf) & VTD_FS_D);
	assert_true(fake_host_get_64(host, guest.second_leaf) & VTD_SS_D);
}

static void dirty_stays_in_both_stages_when_page_is_read(void **state)
{
	struct fixture *fixture = *state;
	struct guest guest = make_small_guest(fixture);
	struct fake_host *host = &fixture->host;

	tables_change(&fixture->tables, guest.entry, VTD_PASID0_SSADE, 0);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	access_at(fixture, ADDRESS, VTD_ACCESS_READ);
	assert_false(fake_host_get_64(host, guest.first_leaf) & VTD_FS_D);
	assert_false(fake_host_get_64(host, guest.second_leaf) & VTD_SS_D);
	assert_true(fake_host_get_64(host, guest.second_leaf) & VTD_SS_A);
}

/* As the processor's EPT: reading a table entry counts as writing its page. */
static void table_page_is_dirty_when_second_stage_tracks(void **state)
{
	struct fixture *fixture = *state;
	struct guest guest = make_small_guest(fixture);

	tables_change(&fixture->tables, guest.entry, VTD_PASID0_SSADE, 0);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	access_at(fixture, ADDRESS, VTD_ACCESS_READ);
	assert_true(fake_host_get_64(&fixture->host, guest.table_mapping) &
		    VTD_SS_D);
}

static void
read_is_denied_when_second_stage_tracks_and_table_is_read_only(void **state)
{
	struct fixture *fixture = *state;
	struct guest guest = make_small_guest(fixture);

	tables_change(&fixture->tables, guest.entry, VTD_PASID0_SSADE, 0);
	tables_change(&fixture->tables, guest.table_mapping, 0, VTD_SS_W);
	tables_change(&fixture->tables, guest.first_leaf, VTD_FS_A, 0);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_SGN_6);
}

/* Without A/D in the second stage, a table that may only be read is fine as long
 * as nothing has to be set in it. */
static void read_only_table_is_walked_when_accessed_is_set(void **state)
{
	struct fixture *fixture = *state;
	struct guest guest = make_small_guest(fixture);

	tables_change(&fixture->tables, guest.table_mapping, 0, VTD_SS_W);
	tables_change(&fixture->tables, guest.first_leaf, VTD_FS_A, 0);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_CONDITION_NONE);
	assert_int_equal(
		access_at(fixture, ADDRESS, VTD_ACCESS_WRITE).condition,
		VTD_SFS_8);
}

static void second_stage_fault_is_named_when_table_is_not_mapped(void **state)
{
	struct fixture *fixture = *state;
	struct guest guest = make_small_guest(fixture);

	fake_host_set_64(&fixture->host, guest.table_mapping, 0);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_SSS_2);
	assert_int_equal(fixture_take_reason(fixture), 0x79);
}

static void write_is_denied_when_first_stage_is_read_only(void **state)
{
	struct fixture *fixture = *state;
	struct guest guest = make_small_guest(fixture);

	tables_change(&fixture->tables, guest.first_leaf, 0, VTD_FS_RW);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(
		access_at(fixture, ADDRESS, VTD_ACCESS_WRITE).condition,
		VTD_SGN_6);
}

static void write_is_not_offered_when_first_stage_page_is_clean(void **state)
{
	struct fixture *fixture = *state;

	make_small_guest(fixture);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_false(access_at(fixture, ADDRESS, VTD_ACCESS_READ).write);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(address_goes_through_both_stages_when_nested),
		FIXTURE_TEST(size_is_that_of_first_stage_when_it_is_smaller),
		FIXTURE_TEST(size_is_that_of_second_stage_when_it_is_smaller),
		FIXTURE_TEST(rights_are_those_of_both_when_stages_differ),
		FIXTURE_TEST(fault_is_at_the_page_when_table_is_read_only_too),
		FIXTURE_TEST(
			fault_is_in_second_stage_when_privilege_passes_first),
		FIXTURE_TEST(fault_is_in_first_stage_when_it_protects_from_all),
		FIXTURE_TEST(
			dirty_stays_in_first_stage_when_second_denies_write),
		FIXTURE_TEST(
			read_is_denied_when_second_stage_page_is_write_only),
		FIXTURE_TEST(dirty_is_set_in_both_stages_when_page_is_written),
		FIXTURE_TEST(dirty_stays_in_both_stages_when_page_is_read),
		FIXTURE_TEST(table_page_is_dirty_when_second_stage_tracks),
		FIXTURE_TEST(
			read_is_denied_when_second_stage_tracks_and_table_is_read_only),
		FIXTURE_TEST(read_only_table_is_walked_when_accessed_is_set),
		FIXTURE_TEST(
			second_stage_fault_is_named_when_table_is_not_mapped),
		FIXTURE_TEST(write_is_denied_when_first_stage_is_read_only),
		FIXTURE_TEST(
			write_is_not_offered_when_first_stage_page_is_clean),
	};

	return RUN_TESTS(tests);
}
