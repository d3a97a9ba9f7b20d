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

/* By one who knows of the checksum. */
static void state_is_refused_when_it_goes_on_behind_its_end(void **state)
{
	static struct saved saved;
	struct bus *bus = *state;

	make_state(bus, &saved);
	saved_set_raw(&saved, saved.size / 8, 0);
	saved.size += 8;
	saved_set_raw(&saved, saved.size / 8 - 2, 0);
	saved_seal(&saved);
	check_refused(bus, &saved, "there is more behind the state");
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
	check_word_refused(bus, &saved, MAGIC, (uint32_t)magic,
			   "the state is of a version that never was");
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

#define REGISTER "a control or status register has bits that it cannot have"
#define CONTRADICTION "the control registers contradict each other"
#define GROUP_REASON "a page request group cannot be"

static void state_is_refused_when_registers_contradict(void **state)
{
	static struct saved saved;
	struct bus *bus = *state;
	uint64_t control;

	make_state(bus, &saved);
	control = saved_word(&saved, CONTROL);
	/* Usable and not enabled; privileged and no PASID. */
	check_word_refused(bus, &saved, CONTROL, control & ~UINT64_C(1),
			   CONTRADICTION);
	check_word_refused(bus, &saved, CONTROL, control & ~UINT64_C(4),
			   CONTRADICTION);
	/* Reserved; a size beyond 31; a status. */
	check_word_refused(bus, &saved, CONTROL, control | 0x40, REGISTER);
	check_word_refused(bus, &saved, CONTROL, control | 0x2000, REGISTER);
	check_word_refused(bus, &saved, CONTROL,
			   control | UINT64_C(0x100) << 32, REGISTER);
	check_word_refused(bus, &saved, CONTROL, control | UINT64_C(1) << 48,
			   REGISTER);
	check_word_refused(bus, &saved, CONTROL, control | 0x20,
			   "page requests are outstanding after a response "
			   "failure");
	check_word_refused(bus, &saved, STOPPED_BY, 1,
			   "what stopped ATS cannot have");
	check_word_refused(bus, &saved, ALLOCATION, 2049,
			   "the page request allocation is above the "
			   "capacity");
	check_word_refused(bus, &saved, TICKETS, UINT64_MAX / 2 + 1,
			   "there are more tickets than can have been");
	end(bus);
}

/* No condition stops what is off, and none is beyond the last. */
static void state_is_refused_when_nothing_can_have_stopped_ats(void **state)
{
	static const uint64_t on[] = { 0, 2, 3 };
	static struct saved saved;
	struct bus *bus = *state;
	uint64_t control;

	make_state(bus, &saved);
	control = saved_word(&saved, CONTROL) & ~UINT64_C(3);
	for (size_t i = 0; i < sizeof(on) / sizeof(*on); i++) {
		saved_set(&saved, CONTROL, control | on[i]);
		check_word_refused(bus, &saved, STOPPED_BY, 1,
				   on[i] == 2 ? CONTRADICTION :
						"what stopped ATS cannot have");
	}
	saved_set(&saved, CONTROL, control | 1);
	check_word_refused(bus, &saved, STOPPED_BY, VTD_CONDITIONS,
			   "what stopped ATS cannot have");
	saved_set(&saved, STOPPED_BY, VTD_CONDITIONS - 1);
	load_endpoint(bus->ep, &saved);
	end(bus);
}

/* Of an endpoint that has neither PASIDs nor PRI. */
static void state_is_refused_when_endpoint_lacks_what_is_on(void **state)
{
	static const uint64_t lacking[] = { 4, 8, 16, 32 };
	static struct saved saved;
	struct vtd_endpoint_config config;
	struct bus bus;

	(void)state;
	vtd_endpoint_config_init(&config);
	config.pasid_bits = 0;
	config.pri_capacity = 0;
	bus_start(&bus, &config);
	save_endpoint(bus.ep, &saved);
	for (size_t i = 0; i < sizeof(lacking) / sizeof(*lacking); i++)
		check_word_refused(&bus, &saved, CONTROL,
				   saved_word(&saved, CONTROL) | lacking[i],
				   CONTRADICTION);
	load_endpoint(bus.ep, &saved);
	end_other(&bus);
	vtd_endpoint_config_init(&config);
	config.privileged_mode = false;
	bus_start(&bus, &config);
	save_endpoint(bus.ep, &saved);
	check_word_refused(&bus, &saved, CONTROL,
			   saved_word(&saved, CONTROL) | 8, CONTRADICTION);
	load_endpoint(bus.ep, &saved);
	end_other(&bus);
}

static void state_is_refused_when_groups_cannot_be(void **state)
{
	static struct saved saved;
	struct bus *bus = *state;
	uint64_t group, next, none;

	make_state(bus, &saved);
	group = saved_word(&saved, GROUP);
	next = saved_word(&saved, GROUP + 1);
	check_word_refused(bus, &saved, GROUPS, 513,
			   "there are more page request groups than indices");
	check_word_refused(bus, &saved, GROUPS, UINT64_MAX,
			   "there are more page request groups than indices");
	check_word_refused(bus, &saved, GROUPS, 1, NULL);
	/* Twice, and out of order. */
	check_word_refused(bus, &saved, GROUP, next,
			   "page request groups are not in order");
	check_word_refused(bus, &saved, GROUP, group | 2,
			   "page request groups are not in order");
	none = group & UINT32_MAX;
	check_word_refused(bus, &saved, GROUP, none, GROUP_REASON);
	check_word_refused(bus, &saved, GROUP, none | UINT64_C(2048) << 32,
			   "more page requests are outstanding than there can "
			   "be");
	/* Reserved; a PASID that is not present. */
	check_word_refused(bus, &saved, GROUP, group | 0x400, GROUP_REASON);
	check_word_refused(bus, &saved, GROUP, group & ~UINT64_C(0x200),
			   GROUP_REASON);
	/* As many as there can be. */
	saved_set(&saved, GROUP, none | UINT64_C(2047) << 32);
	load_endpoint(bus->ep, &saved);
	assert_int_equal(told_of(bus).pri_outstanding, 2048);
	end(bus);
}

static void state_is_refused_when_pasid_of_group_is_too_wide(void **state)
{
	static struct saved saved;
	struct vtd_endpoint_config config;
	struct bus bus;
	uint64_t group;

	(void)state;
	vtd_endpoint_config_init(&config);
	config.pasid_bits = 8;
	bus_start(&bus, &config);
	make_state(&bus, &saved);
	group = saved_word(&saved, GROUP);
	check_word_refused(&bus, &saved, GROUP, group | 0x100 << 12,
			   GROUP_REASON);
	saved_set(&saved, GROUP, group | 0xff << 12);
	load_endpoint(bus.ep, &saved);
	end(&bus);
	end_other(&bus);
}

#define NOT_FREE "an index is free that is not, or twice"

static void state_is_refused_when_free_indices_are_not(void **state)
{
	static struct saved saved;
	struct bus *bus = *state;
	uint64_t indices;

	make_state(bus, &saved);
	indices = saved_word(&saved, INDICES) & ~UINT64_C(0xffff);
	/* Outstanding; twice; none at all. */
	check_word_refused(bus, &saved, INDICES, indices, NOT_FREE);
	check_word_refused(bus, &saved, INDICES, indices | 3, NOT_FREE);
	check_word_refused(bus, &saved, INDICES, indices | 512, NOT_FREE);
	check_word_refused(bus, &saved, saved.size / 8 - 2,
			   saved_word(&saved, saved.size / 8 - 2) |
				   UINT64_C(7) << 48,
			   "there are too many free indices");
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
		BUS_TEST(state_is_refused_when_it_goes_on_behind_its_end),
		BUS_TEST(state_is_refused_when_any_bit_of_it_is_damaged),
		BUS_TEST(state_is_refused_when_it_is_of_something_else),
		BUS_TEST(
			state_is_refused_when_endpoint_has_another_configuration),
		BUS_TEST(state_is_refused_when_registers_contradict),
		BUS_TEST(state_is_refused_when_nothing_can_have_stopped_ats),
		cmocka_unit_test(
			state_is_refused_when_endpoint_lacks_what_is_on),
		BUS_TEST(state_is_refused_when_groups_cannot_be),
		cmocka_unit_test(
			state_is_refused_when_pasid_of_group_is_too_wide),
		BUS_TEST(state_is_refused_when_free_indices_are_not),
		BUS_TEST(reason_is_not_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
