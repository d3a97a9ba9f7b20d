/* SPDX-License-Identifier: BSD-3-Clause */
/* The formats of interrupt requests, incoming and outgoing.  SPEC 5.1. */
#include "interrupt/interrupt.h"

#include <vtd/spec/field.h>
#include <vtd/spec/tables.h>

/* Address of a request (5.1.2.1, 5.1.2.2). */
#define ADDRESS_FORMAT VTD_BIT(4) /* 1: remappable */
#define ADDRESS_HANDLE_LOW VTD_BITS(19, 5)
#define ADDRESS_SHV VTD_BIT(3)
#define ADDRESS_HANDLE_HIGH VTD_BIT(2)
#define DATA_SUBHANDLE VTD_BITS(15, 0)
#define DATA_RESERVED VTD_BITS(31, 16) /* if SHV=1 */

/* Address and data of a message to the processors. */
#define MESSAGE_BASE UINT64_C(0xfee00000)
#define MESSAGE_DESTINATION_LOW VTD_BITS(19, 12)
#define MESSAGE_DESTINATION_HIGH VTD_BITS(63, 40)
#define MESSAGE_RH VTD_BIT(3)
#define MESSAGE_DM VTD_BIT(2)
#define MESSAGE_VECTOR VTD_BITS(7, 0)
#define MESSAGE_DELIVERY_MODE VTD_BITS(10, 8)
#define MESSAGE_ASSERT VTD_BIT(14)
#define MESSAGE_LEVEL VTD_BIT(15)

struct vtd_interrupt_handle
vtd_interrupt_parse(const struct vtd_interrupt_request *request)
{
	struct vtd_interrupt_handle handle = {
		.remappable = (request->address & ADDRESS_FORMAT) != 0,
		.index = (uint32_t)(vtd_field_get(request->address,
						  ADDRESS_HANDLE_LOW) |
				    vtd_field_get(request->address,
						  ADDRESS_HANDLE_HIGH)
					    << 15),
	};

	/* In compatibility format all of this means nothing. */
	if ((request->address & ADDRESS_SHV) == 0)
		return handle;
	if ((request->data & DATA_RESERVED) != 0)
		handle.condition = VTD_IR_20;
	handle.index += (uint32_t)vtd_field_get(request->data, DATA_SUBHANDLE);
	return handle;
}

uint64_t vtd_interrupt_request_address(uint32_t index)
{
	return MESSAGE_BASE | ADDRESS_FORMAT |
	       vtd_field_make(ADDRESS_HANDLE_LOW, index & 0x7fff) |
	       vtd_field_make(ADDRESS_HANDLE_HIGH, index >> 15);
}

void vtd_interrupt_compose(const struct vtd_message *message,
			   struct vtd_interrupt *result)
{
	result->level = message->level;
	result->address =
		MESSAGE_BASE |
		vtd_field_make(MESSAGE_DESTINATION_LOW, message->destination) |
		vtd_field_make(MESSAGE_DESTINATION_HIGH,
			       message->destination >> 8) |
		(message->redirection_hint ? MESSAGE_RH : 0) |
		(message->logical ? MESSAGE_DM : 0);
	result->data =
		(uint32_t)(vtd_field_make(MESSAGE_VECTOR, message->vector) |
			   vtd_field_make(MESSAGE_DELIVERY_MODE,
					  message->delivery_mode) |
			   (message->level ? MESSAGE_ASSERT | MESSAGE_LEVEL :
					     0));
}

bool vtd_interrupt_source_matches(uint64_t irte_high, uint16_t sid)
{
	uint16_t wanted = (uint16_t)vtd_field_get(irte_high, VTD_IRTE1_SID);
	uint16_t mask =
		vtd_field_function_mask(vtd_field_get(irte_high, VTD_IRTE1_SQ));
	uint8_t bus = (uint8_t)(sid >> 8);

	switch (vtd_field_get(irte_high, VTD_IRTE1_SVT)) {
	case 1:
		return ((sid ^ wanted) & (uint16_t)~mask) == 0;
	case 2: /* a range of buses: first in the high byte */
		return bus >= wanted >> 8 && bus <= (wanted & 0xff);
	default:
		return true;
	}
}
