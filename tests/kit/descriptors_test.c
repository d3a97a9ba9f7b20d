/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kit's descriptors invalidate, as the host is told. */
#include <vtd/kit/descriptors.h>

#include "control.h"

#define ADDRESS UINT64_C(0x7654321)
#define PASID 0x54321
#define DID 0x1234

static bool submit(struct fixture *f, struct vtd_kit_descriptor descriptor)
{
	fake_host_forget(&f->host);
	f->host.on_invalidation = vtd_kit_complete_at_once;
	return vtd_kit_queue_invalidate(&f->queue, &descriptor, 1);
}

static void check_device_tlb(struct fixture *f, unsigned int shift,
			     uint64_t first, uint64_t last)
{
	const struct vtd_device_tlb_invalidation *item =
		&f->host.invalidation[0];

	assert_true(submit(f, vtd_kit_device_tlb(CONTROL_SID, ADDRESS, shift)));
	assert_false(item->pasid_present);
	assert_true(item->first == first && item->last == last);
	assert_true(submit(f, vtd_kit_pasid_device_tlb(CONTROL_SID, PASID,
						       ADDRESS, shift)));
	assert_true(item->pasid_present && item->pasid == PASID);
	assert_true(item->first == first && item->last == last);
	assert_int_equal(item->sid, CONTROL_SID);
}

static void device_tlb_range_is_the_block_when_it_has_one_page(void **state)
{
	check_device_tlb(*state, 12, 0x7654000, 0x7654fff);
}

static void device_tlb_range_is_the_block_when_it_has_two_pages(void **state)
{
	check_device_tlb(*state, 13, 0x7654000, 0x7655fff);
}

static void device_tlb_range_is_the_block_when_it_is_large(void **state)
{
	check_device_tlb(*state, 21, 0x7600000, 0x77fffff);
}

static void device_tlb_range_is_everything_when_it_has_64_bits(void **state)
{
	check_device_tlb(*state, 64, 0, UINT64_MAX);
}

static void check_pages(struct fixture *f, struct vtd_kit_descriptor descriptor,
			bool pasid)
{
	const struct vtd_mappings_changed *item = &f->host.mappings_change[0];

	assert_true(submit(f, descriptor));
	assert_int_equal(item->scope, VTD_CHANGE_RANGE);
	assert_int_equal(item->did, DID);
	assert_int_equal(item->pasid_present, pasid);
	assert_int_equal(item->pasid, pasid ? PASID : 0);
	assert_true(item->first == 0x7600000 && item->last == 0x77fffff);
}

static void pages_are_invalidated_when_they_are_of_a_domain(void **state)
{
	check_pages(*state, vtd_kit_iotlb_pages(DID, ADDRESS, 21), false);
}

static void pages_are_invalidated_when_they_are_of_a_pasid(void **state)
{
	check_pages(*state, vtd_kit_pasid_iotlb_pages(DID, PASID, ADDRESS, 21),
		    true);
}

static void domain_is_invalidated_when_it_is_the_whole(void **state)
{
	const struct fixture *f = *state;

	assert_true(submit(*state, vtd_kit_iotlb_domain(DID)));
	assert_int_equal(f->host.mappings_change[0].scope, VTD_CHANGE_DOMAIN);
	assert_int_equal(f->host.mappings_change[0].did, DID);
}

static void wait_completes_when_the_descriptor_is_of_any_kind(void **state)
{
	const struct vtd_kit_descriptor all[] = {
		vtd_kit_context_cache_global(),
		vtd_kit_iotlb_global(),
		vtd_kit_pasid_cache_global(),
		vtd_kit_interrupt_cache_global(),
		vtd_kit_pasid_cache(DID, PASID),
		vtd_kit_pasid_iotlb(DID, PASID),
	};

	for (unsigned int i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_true(submit(*state, all[i]));
		assert_int_equal(control_iqei(*state), 0);
	}
}

static void response_is_for_the_group_when_the_request_has_a_pasid(void **state)
{
	const uint64_t request[2] = {
		VTD_PRD_TYPE_PAGE_REQUEST | VTD_PRD0_PP |
			vtd_field_make(VTD_PRD0_RID, CONTROL_SID) |
			vtd_field_make(VTD_PRD0_PASID, PASID),
		vtd_field_make(VTD_PRD1_PRGI, 0x1f5) | VTD_PRD1_LPIG | ADDRESS,
	};
	const struct fixture *f = *state;
	const struct vtd_page_group_response *item = &f->host.response[0];

	assert_true(submit(*state, vtd_kit_page_group_response(
					   request, VTD_RESPONSE_FAILURE)));
	assert_int_equal(item->sid, CONTROL_SID);
	assert_true(item->pasid_present && item->pasid == PASID);
	assert_int_equal(item->prgi, 0x1f5);
	assert_int_equal(item->code, VTD_RESPONSE_FAILURE);
}

#define DESCRIPTOR_TEST(name) \
	cmocka_unit_test_setup_teardown(name, control_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESCRIPTOR_TEST(
			device_tlb_range_is_the_block_when_it_has_one_page),
		DESCRIPTOR_TEST(
			device_tlb_range_is_the_block_when_it_has_two_pages),
		DESCRIPTOR_TEST(device_tlb_range_is_the_block_when_it_is_large),
		DESCRIPTOR_TEST(
			device_tlb_range_is_everything_when_it_has_64_bits),
		DESCRIPTOR_TEST(
			pages_are_invalidated_when_they_are_of_a_domain),
		DESCRIPTOR_TEST(pages_are_invalidated_when_they_are_of_a_pasid),
		DESCRIPTOR_TEST(domain_is_invalidated_when_it_is_the_whole),
		DESCRIPTOR_TEST(
			wait_completes_when_the_descriptor_is_of_any_kind),
		DESCRIPTOR_TEST(
			response_is_for_the_group_when_the_request_has_a_pasid),
	};

	return RUN_TESTS(tests);
}
