/* SPDX-License-Identifier: BSD-3-Clause */
/* States that an endpoint does not take, and that it says why. */
#include <errno.h>

#include "endpoint_saved.h"

/* Words of a state (endpoint/endpoint_state.h of the library). */
enum {
	MAGIC,
	CONFIG,
	CONTROL,
	STOPPED_BY,
	ALLOCATION,
	TICKETS,
	GROUPS,
	GROUP,
	INDICES = GROUP + 2,
};

/* Two groups are outstanding, of two messages and of one. */
static void make_state(struct bus *bus, struct saved *saved)
{
	static struct asked asked[2];
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_take_page_away(bus);
	ask_for(bus, &asked[0], &access, 2);
	ask_for(bus, &asked[1], &access, 1);
	save_endpoint(bus->ep, saved);
	assert_int_equal(saved_word(saved, GROUPS), 2);
}

static void check_refused(struct bus *bus, const struct saved *saved,
			  const char *reason)
{
	static struct saved before, after;
	const char *told = NULL;

	save_endpoint(bus->ep, &before);
	assert_int_equal(vtd_endpoint_load(bus->ep, saved->byte, saved->size,
					   &told),
			 -EINVAL);
	assert_non_null(told);
	if (reason)
		assert_string_equal(told, reason);
	save_endpoint(bus->ep, &after);
	assert_int_equal(after.size, before.size);
	assert_memory_equal(after.byte, before.byte, after.size);
}

/* Refused with one word changed, by one who knows of the checksum. */
static void check_word_refused(struct bus *bus, const struct saved *good,
			       size_t index, uint64_t value, const char *reason)
{
	static struct saved changed;

	changed = *good;
	saved_set(&changed, index, value);
	check_refused(bus, &changed, reason);
}

static void end(struct bus *bus)
{
	vtd_endpoint_reset(bus->ep);
}

static void state_is_refused_when_it_has_another_length(void **state)
{
	static struct saved saved, cut;
	struct bus *bus = *state;

	make_state(bus, &saved);
	for (size_t size = 0; size <= saved.size + 16; size++) {
		cut = saved;
		cut.size = size;
		if (size != saved.size)
			check_refused(bus, &cut, NULL);
	}
	end(bus);
}

static void state_is_refused_when_any_bit_of_it_is_damaged(void **state)
{
	static struct saved saved, damaged;
	struct bus *bus = *state;

	make_state(bus, &saved);
	for (size_t bit = 0; bit < 8 * saved.size; bit++) {
		damaged = saved;
		damaged.byte[bit / 8] ^= (uint8_t)(1 << bit % 8);
		check_refused(bus, &damaged,
			      bit < 64 ? NULL :
					 "the state is cut short or damaged");
	}
	end(bus);
}

static void state_is_refused_when_it_is_of_something_else(void **state)
{
	static struct saved saved;
	struct bus *bus = *state;
	uint64_t magic;

	make_state(bus, &saved);
	magic = saved_word(&saved, MAGIC);
	check_word_refused(bus, &saved, MAGIC, magic ^ 1,
			   "this is no state of an endpoint");
	check_word_refused(bus, &saved, MAGIC, magic + (UINT64_C(1) << 32),
			   "the state is of a later version of libvtd");
	check_word_refused(bus, &saved, CONFIG,
			   saved_word(&saved, CONFIG) ^ UINT64_C(1) << 31,
			   "the state is of an endpoint with another "
			   "configuration");
	end(bus);
}

#define OTHER(name, statement)                               \
	static void name(struct vtd_endpoint_config *config) \
	{                                                    \
		statement;                                   \
	}
OTHER(other_pasid_bits, config->pasid_bits = 19)
OTHER(other_privileged_mode, config->privileged_mode = false)
OTHER(other_pri_capacity, config->pri_capacity = 2047)
OTHER(other_response_pasid, config->response_pasid_required = false)

static void
state_is_refused_when_endpoint_has_another_configuration(void **state)
{
	static const struct {
		void (*change)(struct vtd_endpoint_config *config);
		const char *member;
	} others[] = {
		{ other_pasid_bits, "pasid_bits" },
		{ other_privileged_mode, "privileged_mode" },
		{ other_pri_capacity, "pri_capacity" },
		{ other_response_pasid, "response_pasid_required" },
	};
	static struct saved saved;
	struct bus *bus = *state;
	struct bus other;

	make_state(bus, &saved);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct vtd_endpoint_config config;
		const char *reason = NULL;

		vtd_endpoint_config_init(&config);
		others[i].change(&config);
		bus_start(&other, &config);
		assert_int_equal(vtd_endpoint_load(other.ep, saved.byte,
						   saved.size, &reason),
				 -EINVAL);
		assert_non_null(strstr(reason, others[i].member));
		end_other(&other);
	}
	end(bus);
}

static void state_is_refused_when_registers_contradict(void **state)
{
	static struct saved saved;
	struct bus *bus = *state;
	uint64_t control;

	make_state(bus, &saved);
	control = saved_word(&saved, CONTROL);
	/* Usable and not enabled; reserved; a size beyond 31; a status. */
	check_word_refused(bus, &saved, CONTROL, control & ~UINT64_C(1), NULL);
	check_word_refused(bus, &saved, CONTROL, control & ~UINT64_C(4), NULL);
	check_word_refused(bus, &saved, CONTROL, control | 0x40, NULL);
	check_word_refused(bus, &saved, CONTROL, control | 0x2000, NULL);
	check_word_refused(bus, &saved, CONTROL,
			   control | UINT64_C(0x100) << 32, NULL);
	/* Failed, and page requests outstanding. */
	check_word_refused(bus, &saved, CONTROL, control | 0x20, NULL);
	check_word_refused(bus, &saved, STOPPED_BY, 1, NULL);
	check_word_refused(bus, &saved, ALLOCATION, 2049, NULL);
	check_word_refused(bus, &saved, TICKETS, UINT64_MAX, NULL);
	end(bus);
}

static void state_is_refused_when_groups_cannot_be(void **state)
{
	static struct saved saved;
	struct bus *bus = *state;
	uint64_t group, next;

	make_state(bus, &saved);
	group = saved_word(&saved, GROUP);
	next = saved_word(&saved, GROUP + 1);
	check_word_refused(bus, &saved, GROUPS, 513, NULL);
	check_word_refused(bus, &saved, GROUPS, UINT64_MAX, NULL);
	check_word_refused(bus, &saved, GROUPS, 1, NULL);
	/* Out of order; none of its messages; too many; reserved; a PASID. */
	check_word_refused(bus, &saved, GROUP, next, NULL);
	check_word_refused(bus, &saved, GROUP, group & UINT32_MAX, NULL);
	check_word_refused(bus, &saved, GROUP,
			   (group & UINT32_MAX) | UINT64_C(2048) << 32, NULL);
	check_word_refused(bus, &saved, GROUP, group | 0x400, NULL);
	check_word_refused(bus, &saved, GROUP, group & ~UINT64_C(0x200), NULL);
	end(bus);
}

static void state_is_refused_when_free_indices_are_not(void **state)
{
	static struct saved saved;
	struct bus *bus = *state;
	uint64_t indices;

	make_state(bus, &saved);
	indices = saved_word(&saved, INDICES) & ~UINT64_C(0xffff);
	/* Outstanding; twice; none at all. */
	check_word_refused(bus, &saved, INDICES, indices, NULL);
	check_word_refused(bus, &saved, INDICES, indices | 3, NULL);
	check_word_refused(bus, &saved, INDICES, indices | 512, NULL);
	check_word_refused(bus, &saved, saved.size / 8 - 2,
			   saved_word(&saved, saved.size / 8 - 2) |
				   UINT64_C(7) << 48,
			   NULL);
	end(bus);
}

static void reason_is_not_needed(void **state)
{
	struct bus *bus = *state;

	assert_int_equal(vtd_endpoint_load(bus->ep, "", 0, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(state_is_refused_when_it_has_another_length),
		BUS_TEST(state_is_refused_when_any_bit_of_it_is_damaged),
		BUS_TEST(state_is_refused_when_it_is_of_something_else),
		BUS_TEST(
			state_is_refused_when_endpoint_has_another_configuration),
		BUS_TEST(state_is_refused_when_registers_contradict),
		BUS_TEST(state_is_refused_when_groups_cannot_be),
		BUS_TEST(state_is_refused_when_free_indices_are_not),
		BUS_TEST(reason_is_not_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
