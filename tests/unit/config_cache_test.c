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
	struct vtd_config_cache *cache = aligned_alloc(
		_Alignof(struct vtd_config_cache), sizeof(*cache));

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
	const struct vtd_config_entry entry = {
		.plain.flags = did,
		.plain.second.dirty = did,
		.config = { .did = did, .pasid = did },
	};

	vtd_config_cache_put(cache, requester,
			     vtd_config_cache_generation(cache), &entry);
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

/* The memory of a cache that was may have all that makes an entry. */
static void nothing_is_found_when_memory_was_a_cache_before(void **state)
{
	struct vtd_walk_config config;

	put(*state, &device, 1);
	vtd_config_cache_init(*state);
	assert_false(vtd_config_cache_get(*state, &device, &config));
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

/* As many as have the same slot, up to `count`. */
static void find_rivals(struct vtd_requester *rival, unsigned int count)
{
	struct vtd_requester next = device;
	unsigned int slot =
		vtd_config_cache_index(vtd_config_cache_key(&device));

	while (count > 0) {
		next.sid++;
		if (vtd_config_cache_index(vtd_config_cache_key(&next)) == slot)
			rival[--count] = next;
	}
}

static void both_are_found_when_two_have_the_same_slot(void **state)
{
	struct vtd_walk_config config;
	struct vtd_requester rival[2];

	find_rivals(rival, 2);
	for (unsigned int i = 0; i < 3; i++) {
		put(*state, &device, 1);
		put(*state, &rival[0], 2);
	}
	assert_true(vtd_config_cache_get(*state, &device, &config));
	assert_int_equal(config.did, 1);
	assert_true(vtd_config_cache_get(*state, &rival[0], &config));
	assert_int_equal(config.did, 2);
	/* A third one takes the place of one of them. */
	put(*state, &rival[1], 3);
	assert_true(vtd_config_cache_get(*state, &rival[1], &config));
	assert_int_equal(config.did, 3);
	assert_int_equal(vtd_config_cache_get(*state, &device, &config) +
				 vtd_config_cache_get(*state, &rival[0],
						      &config),
			 1);
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
	const struct vtd_config_entry entry = { .config.did = 1 };
	struct vtd_walk_config config;

	vtd_config_cache_invalidate_all(*state);
	vtd_config_cache_put(*state, &device, generation, &entry);
	assert_false(vtd_config_cache_get(*state, &device, &config));
}

/* Of which one is as good as the other. */
static void slot_is_left_alone_when_another_thread_fills_it(void **state)
{
	struct vtd_config_cache *cache = *state;
	struct vtd_config_slot *slot = &cache->slot[vtd_config_cache_index(
		vtd_config_cache_key(&device))];
	struct vtd_walk_config config;

	put(cache, &device, 1);
	atomic_fetch_add(&slot->sequence, 1);
	put(cache, &device, 2);
	assert_int_equal(atomic_load(&slot->sequence) % 2, 1);
	assert_false(vtd_config_cache_get(cache, &device, &config));
	atomic_fetch_sub(&slot->sequence, 1);
	assert_true(vtd_config_cache_get(cache, &device, &config));
	assert_int_equal(config.did, 1);
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

/* The same without a copy. */
static void *look_at_words(void *opaque)
{
	enum {
		FIRST = offsetof(struct vtd_config_entry, plain.flags) / 8,
		LAST = offsetof(struct vtd_config_entry, plain.second.dirty) / 8
	};
	struct vtd_config_view view;
	uintptr_t mixtures = 0;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		uint64_t first, last;

		if (!vtd_config_cache_view(opaque, &device, &view))
			continue;
		first = vtd_config_view_word(&view, FIRST);
		last = vtd_config_view_word(&view, LAST);
		if (vtd_config_view_is_valid(&view) && first != last)
			mixtures++;
	}
	return (void *)mixtures;
}

static void found_is_whole_when_threads_fill_the_same_slot(void **state)
{
	void *(*const work[])(void *) = { fill, fill, look, look_at_words };
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
		TEST(nothing_is_found_when_memory_was_a_cache_before),
		TEST(requesters_are_kept_apart_when_sid_is_the_same),
		TEST(both_are_found_when_two_have_the_same_slot),
		TEST(nothing_is_found_when_all_was_invalidated),
		TEST(configuration_is_not_kept_when_decoding_raced),
		TEST(slot_is_left_alone_when_another_thread_fills_it),
		TEST(found_is_whole_when_threads_fill_the_same_slot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
