/* SPDX-License-Identifier: BSD-3-Clause */
/* Configurations and callbacks with which there is no endpoint, and why. */
#include <errno.h>
#include <string.h>

#include "endpoint_bus.h"

static const struct vtd_endpoint_ops all_ops = {
	.size = sizeof(all_ops),
	.translation_request = bus_translation_request,
	.page_request = bus_page_request,
};

static void create_is_refused_when_a_callback_is_missing(void **state)
{
	const struct vtd_endpoint_ops ops = {
		.size = sizeof(ops),
		.translation_request = bus_translation_request,
	};
	struct vtd_endpoint_config config;
	struct vtd_endpoint *ep;

	(void)state;
	vtd_endpoint_config_init(&config);
	assert_int_equal(vtd_endpoint_create(&config, &ops, NULL, &ep),
			 -EINVAL);
	assert_non_null(strstr(vtd_endpoint_create_check(&config, &ops),
			       "page_request"));
	config.pri_capacity = 0;
	assert_null(vtd_endpoint_create_check(&config, &ops));
}

static void create_says_why_when_callbacks_have_no_size(void **state)
{
	const struct vtd_endpoint_ops ops = { .size = sizeof(ops.size) };
	struct vtd_endpoint_config config;

	(void)state;
	vtd_endpoint_config_init(&config);
	assert_non_null(strstr(vtd_endpoint_create_check(&config, &ops),
			       "size of the callbacks"));
}

static void create_says_why_when_configuration_has_no_size(void **state)
{
	struct vtd_endpoint_config config;
	struct vtd_endpoint *ep;

	(void)state;
	vtd_endpoint_config_init(&config);
	config.size = 0;
	assert_non_null(strstr(vtd_endpoint_create_check(&config, &all_ops),
			       "size is not set"));
	assert_int_equal(vtd_endpoint_create(&config, &all_ops, NULL, &ep),
			 -EINVAL);
}

static void create_says_why_when_cache_is_refused(void **state)
{
	struct vtd_endpoint_config config;
	struct vtd_atc_config atc;

	(void)state;
	vtd_atc_config_init(&atc);
	vtd_endpoint_config_init(&config);
	config.atc = &atc;
	atc.pasid_groups = 3;
	assert_non_null(strstr(vtd_endpoint_create_check(&config, &all_ops),
			       "pasid_groups"));
}

static void create_says_why_when_a_member_is_beyond_its_limits(void **state)
{
	static const struct {
		unsigned int pasid_bits, pri_capacity, page_request_limit;
		const char *reason;
	} rows[] = {
		{ 0, 0, 1, NULL },
		{ 20, 65536, 10000, NULL },
		{ 21, 0, 1, "pasid_bits must be 0..20" },
		{ 0, 65537, 1, "pri_capacity must be 0..65536" },
		{ 0, 0, 0, "page_request_limit must be 1..10000" },
		{ 0, 0, 10001, "page_request_limit must be 1..10000" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct vtd_endpoint_config config;
		const char *reason;

		vtd_endpoint_config_init(&config);
		config.pasid_bits = rows[i].pasid_bits;
		config.pri_capacity = rows[i].pri_capacity;
		config.page_request_limit = rows[i].page_request_limit;
		reason = vtd_endpoint_create_check(&config, &all_ops);
		assert_string_equal(reason ? reason : "",
				    rows[i].reason ? rows[i].reason : "");
	}
}

/* A program of before the member. */
static void member_has_its_default_when_the_program_lacks_it(void **state)
{
	struct vtd_endpoint_config config;
	struct vtd_endpoint *ep;
	uint64_t pause;

	(void)state;
	vtd_endpoint_config_init(&config);
	config.size = offsetof(struct vtd_endpoint_config, page_request_limit);
	config.page_request_limit = 3;
	assert_null(vtd_endpoint_create_check(&config, &all_ops));
	assert_int_equal(vtd_endpoint_create(&config, &all_ops, NULL, &ep), 0);
	assert_true(vtd_endpoint_retry_delay(ep, 100, &pause));
	assert_false(vtd_endpoint_retry_delay(ep, 101, &pause));
	vtd_endpoint_destroy(ep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create_is_refused_when_a_callback_is_missing),
		cmocka_unit_test(create_says_why_when_callbacks_have_no_size),
		cmocka_unit_test(
			create_says_why_when_configuration_has_no_size),
		cmocka_unit_test(create_says_why_when_cache_is_refused),
		cmocka_unit_test(
			member_has_its_default_when_the_program_lacks_it),
		cmocka_unit_test(
			create_says_why_when_a_member_is_beyond_its_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
