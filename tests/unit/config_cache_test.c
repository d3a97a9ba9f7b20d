/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>

#include "cache/config_cache.h"

static int setup(void **state)
{
	struct vtd_config_cache *cache = calloc(1, sizeof(*cache));

	vtd_config_cache_init(cache);
	*state = cache;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void put(struct vtd_config_cache *cache,
		const struct vtd_requester *requester, uint16_t did)
{
	struct vtd_walk_config config = { .did = did, .pasid = did };

	vtd_config_cache_put(cache, requester,
			     vtd_config_cache_generation(cache), &config);
}

static const struct vtd_requester device = { .sid = 0x100 };
static const struct vtd_requester process = {
	.sid = 0x100,
	.pasid_present = true,
	.pasid = 5,
};
static const struct vtd_requester translated = {
	.sid = 0x100,
	.context_only = true,
};

static void configuration_is_found_when_it_was_kept(void **state)
{
	struct vtd_walk_config config;

	put(*state, &process, 7);
	assert_true(vtd_config_cache_get(*state, &process, &config));
	assert_int_equal(config.did, 7);
}

static void nothing_is_found_when_cache_is_empty(void **state)
{
	struct vtd_requester requester = { .sid = 0 };
	struct vtd_walk_config config;

	assert_false(vtd_config_cache_get(*state, &requester, &config));
}

static void requesters_are_kept_apart_when_sid_is_the_same(void **state)
{
	struct vtd_requester zero = process;
	struct vtd_walk_config config;

	put(*state, &device, 1);
	/* PASID 0 is not "no PASID". */
	zero.pasid = 0;
	assert_false(vtd_config_cache_get(*state, &zero, &config));
	assert_false(vtd_config_cache_get(*state, &process, &config));
	assert_false(vtd_config_cache_get(*state, &translated, &config));
}

static void nothing_is_found_when_all_was_invalidated(void **state)
{
	struct vtd_walk_config config;

	put(*state, &device, 1);
	vtd_config_cache_invalidate_all(*state);
	assert_false(vtd_config_cache_get(*state, &device, &config));
}

static void configuration_is_not_kept_when_decoding_raced(void **state)
{
	uint64_t generation = vtd_config_cache_generation(*state);
	struct vtd_walk_config config = { .did = 1 };

	vtd_config_cache_invalidate_all(*state);
	vtd_config_cache_put(*state, &device, generation, &config);
	assert_false(vtd_config_cache_get(*state, &device, &config));
}

/* Fillings of one slot by several threads, while others read it: what is found
 * is one of them and not a mixture. */
#define ROUNDS 20000

static void *fill(void *opaque)
{
	for (unsigned int i = 0; i < ROUNDS; i++)
		put(opaque, &device, (uint16_t)i);
	return NULL;
}

static void *look(void *opaque)
{
	struct vtd_walk_config config;
	uintptr_t mixtures = 0;

	for (unsigned int i = 0; i < ROUNDS; i++)
		if (vtd_config_cache_get(opaque, &device, &config) &&
		    config.did != config.pasid)
			mixtures++;
	return (void *)mixtures;
}

static void found_is_whole_when_threads_fill_the_same_slot(void **state)
{
	void *(*const work[])(void *) = { fill, fill, look, look };
	pthread_t thread[4];
	void *mixtures;

	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, work[i], *state), 0);
	for (unsigned int i = 0; i < 4; i++) {
		pthread_join(thread[i], &mixtures);
		assert_null(mixtures);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(configuration_is_found_when_it_was_kept),
		TEST(nothing_is_found_when_cache_is_empty),
		TEST(requesters_are_kept_apart_when_sid_is_the_same),
		TEST(nothing_is_found_when_all_was_invalidated),
		TEST(configuration_is_not_kept_when_decoding_raced),
		TEST(found_is_whole_when_threads_fill_the_same_slot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
