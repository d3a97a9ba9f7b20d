/* SPDX-License-Identifier: BSD-3-Clause */
/* The bytes of docs/wire.md, and bytes that are no message. */
#include <errno.h>
#include <string.h>

#include <vtd/kit/wire.h>

#include "check.h"

/* Any that there is. */
#define CONDITION (VTD_CONDITIONS - 1)

typedef uint8_t bytes_of[VTD_KIT_WIRE_SIZE];

static const struct vtd_kit_wire_message request = {
	.type = VTD_KIT_WIRE_TRANSLATION_REQUEST,
	.ticket = UINT64_C(0x1122334455667788),
	.request = {
		.sid = 0x0108,
		.type = VTD_AT_TRANSLATION,
		.address = UINT64_C(0x7f0012345000),
		.length = 8,
		.pasid_present = true,
		.pasid = 0xabcde,
		.privileged = true,
		.no_write = true,
	},
};

static const struct vtd_kit_wire_message page_request = {
	.type = VTD_KIT_WIRE_PAGE_REQUEST,
	.page_request = {
		.sid = 0x0108,
		.pasid_present = true,
		.pasid = 5,
		.execute = true,
		.read = true,
		.write = true,
		.last = true,
		.prgi = 0x1f5,
		.address = UINT64_C(0x7000),
	},
};

static const struct vtd_kit_wire_message translation = {
	.type = VTD_KIT_WIRE_TRANSLATION,
	.ticket = 9,
	.translation = {
		.address = UINT64_C(0xd123000),
		.size_shift = 21,
		.read = true,
		.privileged = true,
		.snoop = true,
		.condition = CONDITION,
	},
};

static const struct vtd_kit_wire_message others[] = {
	{ .type = VTD_KIT_WIRE_HELLO, .sid = 0x0108 },
	{
		.type = VTD_KIT_WIRE_INVALIDATION_COMPLETION,
		.sid = 0x0108,
		.itags = 0x80000001,
		.count = 8,
	},
	{
		.type = VTD_KIT_WIRE_PAGE_GROUP_RESPONSE,
		.response = {
			.sid = 0x0108,
			.pasid_present = true,
			.pasid = VTD_PASID_MAX,
			.prgi = 511,
			.code = VTD_RESPONSE_FAILURE,
		},
	},
	{
		.type = VTD_KIT_WIRE_INVALIDATION,
		.invalidation = {
			.sid = 0x0108,
			.pfsid = 0x0100,
			.itag = 31,
			.pasid_present = true,
			.pasid = 5,
			.global = true,
			.first = 0x7000,
			.last = UINT64_MAX,
		},
	},
};

/* By what they are written as, and by members. */
static struct vtd_kit_wire_message
back_of(const struct vtd_kit_wire_message *message)
{
	struct vtd_kit_wire_message back;
	bytes_of bytes;
	bytes_of again;

	assert_int_equal(vtd_kit_wire_encode(message, bytes), 0);
	assert_int_equal(vtd_kit_wire_decode(bytes, &back), 0);
	assert_int_equal(back.type, message->type);
	assert_int_equal(vtd_kit_wire_encode(&back, again), 0);
	assert_memory_equal(bytes, again, sizeof(bytes));
	return back;
}

static void requests_come_back_when_their_bytes_are_read(void **state)
{
	const struct vtd_request ats = back_of(&request).request;
	const struct vtd_page_request pri = back_of(&page_request).page_request;

	(void)state;
	assert_int_equal(ats.type, VTD_AT_TRANSLATION);
	assert_true(ats.pasid_present && ats.privileged && ats.no_write);
	assert_false(ats.execute);
	assert_int_equal(ats.pasid, 0xabcde);
	assert_true(ats.address == request.request.address);
	assert_true(pri.read && pri.write && pri.last && pri.execute);
	assert_false(pri.privileged);
	assert_int_equal(pri.prgi, 0x1f5);
	assert_int_equal(pri.sid, 0x0108);
	assert_true(pri.address == 0x7000);
}

static void answers_come_back_when_their_bytes_are_read(void **state)
{
	const struct vtd_kit_wire_message answer = back_of(&translation);
	const struct vtd_page_group_response response =
		back_of(&others[2]).response;

	(void)state;
	assert_int_equal(answer.ticket, 9);
	assert_true(answer.translation.address == 0xd123000);
	assert_int_equal(answer.translation.size_shift, 21);
	assert_true(answer.translation.read && answer.translation.snoop);
	assert_false(answer.translation.write);
	assert_int_equal(answer.translation.condition, CONDITION);
	assert_int_equal(response.pasid, VTD_PASID_MAX);
	assert_int_equal(response.prgi, 511);
	assert_int_equal(response.code, VTD_RESPONSE_FAILURE);
}

static void invalidations_come_back_when_their_bytes_are_read(void **state)
{
	const struct vtd_device_tlb_invalidation item =
		back_of(&others[3]).invalidation;
	const struct vtd_kit_wire_message completion = back_of(&others[1]);

	(void)state;
	assert_int_equal(item.itag, 31);
	assert_int_equal(item.pfsid, 0x0100);
	assert_int_equal(item.pasid, 5);
	assert_true(item.pasid_present && item.global);
	assert_true(item.first == 0x7000 && item.last == UINT64_MAX);
	assert_int_equal(completion.itags, 0x80000001);
	assert_int_equal(completion.count, 8);
	assert_int_equal(back_of(&others[0]).sid, 0x0108);
}

static void
bytes_are_those_of_the_document_when_a_request_is_written(void **state)
{
	static const bytes_of expected = {
		1, 2,	 0x2c, 0,    0,	   0,	 0,    0,    0x08, 0x01, 0,
		0, 0xde, 0xbc, 0x0a, 0,	   0,	 0x50, 0x34, 0x12, 0,	 0x7f,
		0, 0,	 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
	};
	bytes_of bytes;

	(void)state;
	assert_int_equal(vtd_kit_wire_encode(&request, bytes), 0);
	assert_memory_equal(bytes, expected, sizeof(bytes));
}

static void
bytes_are_those_of_the_document_when_an_answer_is_written(void **state)
{
	static const bytes_of expected = {
		1, 5,  0x09, 0x02, CONDITION, 0, 0,    0,    0,	   0, 0,
		0, 21, 0,    0,	   0,	      0, 0x30, 0x12, 0x0d, 0, 0,
		0, 0,  9,    0,	   0,	      0, 0,    0,    0,	   0,
	};
	bytes_of bytes;

	(void)state;
	assert_int_equal(vtd_kit_wire_encode(&translation, bytes), 0);
	assert_memory_equal(bytes, expected, sizeof(bytes));
}

static void answer_has_no_address_when_it_gives_no_right(void **state)
{
	struct vtd_kit_wire_message message = translation;
	struct vtd_kit_wire_message back;
	bytes_of bytes;

	(void)state;
	message.translation.read = false;
	message.translation.size_shift = 0;
	assert_int_equal(vtd_kit_wire_encode(&message, bytes), 0);
	assert_int_equal(vtd_kit_wire_decode(bytes, &back), 0);
	assert_true(back.translation.address == 0);
	assert_int_equal(back.translation.size_shift, 12);
	assert_int_equal(back.translation.condition, CONDITION);
}

static void condition_is_none_when_the_reader_does_not_know_it(void **state)
{
	struct vtd_kit_wire_message back;
	bytes_of bytes;

	(void)state;
	vtd_kit_wire_encode(&translation, bytes);
	memset(bytes + 4, 0xff, 4);
	assert_int_equal(vtd_kit_wire_decode(bytes, &back), 0);
	assert_int_equal(back.translation.condition, VTD_CONDITION_NONE);
}

static void bytes_are_refused_when_the_version_is_another(void **state)
{
	struct vtd_kit_wire_message back;
	bytes_of bytes;

	(void)state;
	vtd_kit_wire_encode(&request, bytes);
	for (unsigned int version = 0; version < 256; version++) {
		bytes[0] = (uint8_t)version;
		assert_int_equal(vtd_kit_wire_decode(bytes, &back),
				 version == 1 ? 0 : -EPROTONOSUPPORT);
	}
}

static void bytes_are_refused_when_the_type_is_unknown(void **state)
{
	struct vtd_kit_wire_message back;
	bytes_of bytes = { 1 };

	(void)state;
	assert_int_equal(vtd_kit_wire_decode(bytes, &back), -EBADMSG);
	for (unsigned int type = 8; type < 256; type++) {
		bytes[1] = (uint8_t)type;
		assert_int_equal(vtd_kit_wire_decode(bytes, &back), -EBADMSG);
	}
}

/* One byte of a message changed. */
static int decode_with(const struct vtd_kit_wire_message *message,
		       unsigned int at, uint8_t value)
{
	struct vtd_kit_wire_message back;
	bytes_of bytes;

	vtd_kit_wire_encode(message, bytes);
	bytes[at] = value;
	return vtd_kit_wire_decode(bytes, &back);
}

static void bytes_are_refused_when_a_value_is_out_of_range(void **state)
{
	(void)state;
	/* A PASID of 21 bits, an address inside of a page. */
	assert_int_equal(decode_with(&request, 14, 0x10), -EBADMSG);
	assert_int_equal(decode_with(&request, 16, 0x01), -EBADMSG);
	/* An index of 10 bits. */
	assert_int_equal(decode_with(&page_request, 11, 0x02), -EBADMSG);
	/* A status that is none, sizes below a page and of 64 bits. */
	assert_int_equal(decode_with(&translation, 10, 3), -EBADMSG);
	assert_int_equal(decode_with(&translation, 12, 11), -EBADMSG);
	assert_int_equal(decode_with(&translation, 12, 64), -EBADMSG);
	/* Completions: none, and nine. */
	assert_int_equal(decode_with(&others[1], 10, 0), -EBADMSG);
	assert_int_equal(decode_with(&others[1], 10, 9), -EBADMSG);
	/* An ITag of six bits. */
	assert_int_equal(decode_with(&others[3], 4, 32), -EBADMSG);
}

static void bytes_are_refused_when_what_is_of_a_pasid_has_none(void **state)
{
	(void)state;
	assert_int_equal(decode_with(&request, 2, 0x20), -EBADMSG);
	assert_int_equal(decode_with(&page_request, 2, 0x51), -EBADMSG);
	assert_int_equal(decode_with(&others[2], 2, 0), -EBADMSG);
}

static void message_is_refused_when_it_cannot_be_written(void **state)
{
	struct vtd_kit_wire_message message = request;
	bytes_of bytes;

	(void)state;
	message.request.pasid = VTD_PASID_MAX + 1;
	assert_int_equal(vtd_kit_wire_encode(&message, bytes), -EINVAL);
	message.type = (enum vtd_kit_wire_type)0x102;
	assert_int_equal(vtd_kit_wire_encode(&message, bytes), -EINVAL);
	message = others[1];
	message.count = 0;
	assert_int_equal(vtd_kit_wire_encode(&message, bytes), -EINVAL);
}

/* What is accepted says the same when it is written again. */
static void bytes_are_the_only_ones_when_they_are_accepted(void **state)
{
	uint64_t random = 1;
	unsigned int accepted = 0;

	(void)state;
	for (unsigned int round = 0; round < 100000; round++) {
		struct vtd_kit_wire_message message;
		bytes_of bytes = { 0 };
		bytes_of again;

		bytes[0] = 1;
		bytes[1] = (uint8_t)(round % 9);
		for (unsigned int i = 0; i < 6; i++) {
			random = random * UINT64_C(6364136223846793005) + 1;
			bytes[2 + (random >> 59) % 30] =
				(uint8_t)(random >> 32);
		}
		if (vtd_kit_wire_decode(bytes, &message) != 0)
			continue;
		/* Conditions that are not known are not kept, nor what an
		 * answer without rights has. */
		if (message.type == VTD_KIT_WIRE_TRANSLATION)
			continue;
		accepted++;
		assert_int_equal(vtd_kit_wire_encode(&message, again), 0);
		assert_memory_equal(bytes, again, sizeof(again));
	}
	assert_true(accepted > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_come_back_when_their_bytes_are_read),
		cmocka_unit_test(answers_come_back_when_their_bytes_are_read),
		cmocka_unit_test(
			invalidations_come_back_when_their_bytes_are_read),
		cmocka_unit_test(
			bytes_are_those_of_the_document_when_a_request_is_written),
		cmocka_unit_test(
			bytes_are_those_of_the_document_when_an_answer_is_written),
		cmocka_unit_test(answer_has_no_address_when_it_gives_no_right),
		cmocka_unit_test(
			condition_is_none_when_the_reader_does_not_know_it),
		cmocka_unit_test(bytes_are_refused_when_the_version_is_another),
		cmocka_unit_test(bytes_are_refused_when_the_type_is_unknown),
		cmocka_unit_test(
			bytes_are_refused_when_a_value_is_out_of_range),
		cmocka_unit_test(
			bytes_are_refused_when_what_is_of_a_pasid_has_none),
		cmocka_unit_test(message_is_refused_when_it_cannot_be_written),
		cmocka_unit_test(
			bytes_are_the_only_ones_when_they_are_accepted),
	};

	return RUN_TESTS(tests);
}
