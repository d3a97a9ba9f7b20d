/* SPDX-License-Identifier: BSD-3-Clause */
/* RAM that the host publishes: which word is read where, and what is refused. */
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define PAGE UINT64_C(4096)
#define RANGES_MAX 9

/* What the callback reads: nobody else has it. */
#define BY_HOST UINT64_C(0x1122334455667788)

static unsigned int callbacks;

static int memory_read(void *host, uint64_t address, void *buffer,
		       size_t length)
{
	uint64_t *words = buffer;

	(void)host;
	(void)address;
	callbacks++;
	for (size_t i = 0; i < length / sizeof(*words); i++)
		words[i] = htole64(BY_HOST);
	return 0;
}

static const struct vtd_host_ops ops = {
	.size = sizeof(ops),
	.memory_read = memory_read,
};

struct ram {
	struct vtd_mem mem;
	struct vtd_ram_range range[RANGES_MAX];
	struct vtd_ram_map map;
	uint64_t *memory;
};

static int setup(void **state)
{
	struct ram *ram = calloc(1, sizeof(*ram));

	ram->memory = aligned_alloc(64, RANGES_MAX * 4 * PAGE);
	for (size_t i = 0; i < RANGES_MAX * 4 * PAGE / 8; i++)
		ram->memory[i] = htole64(i * 8);
	ram->map.range = ram->range;
	vtd_mem_init(&ram->mem, &ops, NULL, false);
	*state = ram;
	return 0;
}

static int teardown(void **state)
{
	struct ram *ram = *state;

	free(ram->memory);
	free(ram);
	return 0;
}

/* One more range; its memory is the next that there is. */
static void add(struct ram *ram, uint64_t first, uint64_t pages)
{
	size_t count = ram->map.count;
	const struct vtd_ram_range *last = count == 0 ? NULL :
							&ram->range[count - 1];
	const void *memory = last == NULL ?
				     (const char *)ram->memory :
				     (const char *)last->memory + last->length;

	ram->range[count] =
		(struct vtd_ram_range){ first, pages * PAGE, memory, { 0 } };
	ram->map.count++;
}

static void publish(struct ram *ram)
{
	assert_int_equal(vtd_mem_set_ram(&ram->mem, &ram->map, NULL), 0);
}

/* What is at an address: looked for in one range after the other. */
static uint64_t expected(const struct ram *ram, uint64_t address)
{
	for (size_t i = 0; i < ram->map.count; i++) {
		const struct vtd_ram_range *range = &ram->range[i];

		if (address >= range->first &&
		    address <= range->first + (range->length - 1))
			return (uint64_t)((const char *)range->memory -
					  (const char *)ram->memory) +
			       (address - range->first);
	}
	return BY_HOST;
}

/* `words` from `address` on, in all ways of reading. */
static void check_read(struct ram *ram, uint64_t address, unsigned int words)
{
	struct vtd_mem_window window = vtd_mem_window(&ram->mem);
	bool published = expected(ram, address) != BY_HOST;
	uint64_t word[8];

	callbacks = 0;
	assert_true(vtd_mem_read(&ram->mem, address, word, words));
	for (unsigned int i = 0; i < words; i++)
		assert_int_equal(word[i], expected(ram, address + i * 8));
	assert_true(vtd_mem_read_word(&ram->mem, &window, address, word));
	assert_int_equal(word[0], expected(ram, address));
	assert_int_equal(callbacks, published ? 0 : 2);
}

/* The first and last words of a range, and those around it. */
static void check_edges(struct ram *ram, const struct vtd_ram_range *range)
{
	for (unsigned int words = 1; words <= 8; words *= 2) {
		uint64_t size = words * 8;

		check_read(ram, range->first, words);
		check_read(ram, range->first - size, words);
		check_read(ram, range->first + range->length - size, words);
		check_read(ram, range->first + range->length, words);
	}
}

static void words_are_those_of_their_range_when_map_has_any_number(void **state)
{
	struct ram *ram = *state;

	for (unsigned int i = 0; i < RANGES_MAX; i++) {
		/* Behind a gap, or directly behind the one before. */
		uint64_t gap = i % 3 == 2 ? 0 : i + 1;
		uint64_t end = i == 0 ? 0 :
					ram->range[i - 1].first +
						ram->range[i - 1].length;

		add(ram, end + gap * PAGE, 1 + i * 7 % 4);
		publish(ram);
		for (unsigned int k = 0; k <= i; k++)
			check_edges(ram, &ram->range[k]);
	}
}

/* Two words cannot be read in one piece then. */
static void
words_are_those_of_their_range_when_memory_is_aligned_to_8(void **state)
{
	struct ram *ram = *state;

	add(ram, 2 * PAGE, 3);
	ram->range[0].memory = (const char *)ram->memory + 8;
	publish(ram);
	check_edges(ram, &ram->range[0]);
}

static void all_is_read_by_callback_when_nothing_is_published(void **state)
{
	struct ram *ram = *state;

	check_read(ram, 0, 1);
	check_read(ram, 0x1000, 2);
	publish(ram);
	check_read(ram, 0, 1);
	check_read(ram, UINT64_MAX - 7, 1);
}

static void words_are_found_when_range_ends_the_address_space(void **state)
{
	struct ram *ram = *state;

	add(ram, PAGE, 1);
	add(ram, -2 * PAGE, 2);
	publish(ram);
	check_edges(ram, &ram->range[0]);
	check_read(ram, -2 * PAGE, 8);
	check_read(ram, UINT64_MAX - 7, 1);
	check_read(ram, 0, 1);
}

static void window_stays_when_address_is_not_published(void **state)
{
	struct ram *ram = *state;
	struct vtd_mem_window window;
	uint64_t word;

	add(ram, PAGE, 1);
	add(ram, 8 * PAGE, 2);
	publish(ram);
	window = vtd_mem_window(&ram->mem);
	assert_int_equal(window.first, 8 * PAGE);
	assert_true(vtd_mem_read_word(&ram->mem, &window, 4 * PAGE, &word));
	assert_int_equal(window.first, 8 * PAGE);
	assert_true(vtd_mem_read_word(&ram->mem, &window, PAGE, &word));
	assert_int_equal(window.first, PAGE);
}

static void map_of_before_is_told_when_another_comes(void **state)
{
	struct ram *ram = *state;
	const struct vtd_ram_map other = ram->map;
	const struct vtd_ram_map *before = &other;

	add(ram, 0, 1);
	assert_int_equal(vtd_mem_set_ram(&ram->mem, &ram->map, &before), 0);
	assert_null(before);
	assert_int_equal(vtd_mem_set_ram(&ram->mem, &other, &before), 0);
	assert_ptr_equal(before, &ram->map);
	assert_int_equal(vtd_mem_set_ram(&ram->mem, NULL, &before), 0);
	assert_ptr_equal(before, &other);
	ram->map.count = 0;
	check_read(ram, 0, 1);
}

#define HOST(address) ((const void *)(uintptr_t)(address))

static void map_is_refused_when_it_is_not_as_the_contract_says(void **state)
{
	static const struct {
		const char *name;
		struct vtd_ram_range range[2];
	} rows[] = {
		{ "empty range", { { 0, 0, HOST(16), { 0 } } } },
		{ "odd address", { { 8, PAGE, HOST(16), { 0 } } } },
		{ "odd length", { { 0, PAGE + 8, HOST(16), { 0 } } } },
		{ "no memory", { { 0, PAGE, NULL, { 0 } } } },
		{ "odd memory", { { 0, PAGE, HOST(20), { 0 } } } },
		{ "beyond 2^64", { { -PAGE, 2 * PAGE, HOST(16), { 0 } } } },
		{ "beyond memory",
		  { { 0, PAGE, HOST(UINTPTR_MAX - 15), { 0 } } } },
		{ "overlap",
		  { { 0, 2 * PAGE, HOST(16), { 0 } },
		    { PAGE, PAGE, HOST(16), { 0 } } } },
		{ "twice",
		  { { PAGE, PAGE, HOST(16), { 0 } },
		    { PAGE, PAGE, HOST(16), { 0 } } } },
		{ "not sorted",
		  { { PAGE, PAGE, HOST(16), { 0 } },
		    { 0, PAGE, HOST(16), { 0 } } } },
	};
	struct ram *ram = *state;

	add(ram, 0, 1);
	publish(ram);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct vtd_ram_map map = {
			.range = rows[i].range,
			.count = rows[i].range[1].length != 0 ? 2 : 1,
		};
		const struct vtd_ram_map *before = &map;

		check_row(rows[i].name,
			  vtd_mem_set_ram(&ram->mem, &map, &before) == -EINVAL);
		check_row(rows[i].name, before == &map);
		check_edges(ram, &ram->range[0]);
	}
	assert_int_equal(vtd_mem_set_ram(&ram->mem,
					 &(struct vtd_ram_map){ .count = 1 },
					 NULL),
			 -EINVAL);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(words_are_those_of_their_range_when_map_has_any_number),
		T(words_are_those_of_their_range_when_memory_is_aligned_to_8),
		T(all_is_read_by_callback_when_nothing_is_published),
		T(words_are_found_when_range_ends_the_address_space),
		T(window_stays_when_address_is_not_published),
		T(map_of_before_is_told_when_another_comes),
		T(map_is_refused_when_it_is_not_as_the_contract_says),
	};

	return RUN_TESTS(tests);
}
