/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of the ATC share: an ATC of 64 entries, and short words. */
#ifndef VTD_TESTS_ATC_FIXTURE_H
#define VTD_TESTS_ATC_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <vtd/atc.h>

static inline struct vtd_atc *make_atc(unsigned int entries, unsigned int ways,
				       unsigned int page_sizes)
{
	struct vtd_atc_config config;
	struct vtd_atc *atc = NULL;

	vtd_atc_config_init(&config);
	config.entries = entries;
	config.ways = ways;
	config.page_sizes = page_sizes;
	assert_int_equal(vtd_atc_create(&config, &atc), 0);
	return atc;
}

static inline int setup(void **state)
{
	*state = make_atc(64, 4, VTD_PAGE_4K | VTD_PAGE_2M | VTD_PAGE_1G);
	return 0;
}

static inline int teardown(void **state)
{
	vtd_atc_destroy(*state);
	return 0;
}

static inline struct vtd_atc_access read_of(uint32_t pasid, uint64_t address)
{
	return (struct vtd_atc_access){
		.address = address,
		.access = VTD_ACCESS_READ,
		.pasid_present = true,
		.pasid = pasid,
	};
}

static inline struct vtd_translation to(uint64_t address, unsigned int shift)
{
	return (struct vtd_translation){
		.address = address,
		.size_shift = shift,
		.read = true,
	};
}

static inline enum vtd_atc_filled fill(struct vtd_atc *atc,
				       const struct vtd_atc_access *access,
				       struct vtd_translation translation)
{
	struct vtd_atc_hold hold;
	struct vtd_atc_fill on_its_way;
	enum vtd_atc_filled filled;

	vtd_atc_fill_begin(atc, access, &on_its_way);
	filled = vtd_atc_fill(atc, &on_its_way, &translation, &hold);
	if (filled == VTD_ATC_FILL_HELD)
		vtd_atc_release(atc, &hold);
	return filled;
}

static inline bool hits(struct vtd_atc *atc,
			const struct vtd_atc_access *access)
{
	struct vtd_atc_hold hold;
	bool hit = vtd_atc_lookup(atc, access, &hold);

	if (hit)
		vtd_atc_release(atc, &hold);
	return hit;
}

static inline void count_done(void *opaque,
			      const struct vtd_device_tlb_invalidation *request)
{
	(void)request;
	++*(unsigned int *)opaque;
}

/* An invalidation whose end is counted in `done`. */
static inline struct vtd_atc_invalidation counting(unsigned int *done)
{
	return (struct vtd_atc_invalidation){
		.done = count_done,
		.opaque = done,
	};
}

static inline struct vtd_device_tlb_invalidation
range(uint32_t pasid, uint64_t first, uint64_t last)
{
	return (struct vtd_device_tlb_invalidation){
		.pasid_present = true,
		.pasid = pasid,
		.first = first,
		.last = last,
	};
}

static inline void invalidate(struct vtd_atc *atc,
			      struct vtd_device_tlb_invalidation request)
{
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = counting(&done);

	vtd_atc_invalidate(atc, &request, &invalidation);
	assert_int_equal(done, 1);
}

#define ATC_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif /* VTD_TESTS_ATC_FIXTURE_H */
