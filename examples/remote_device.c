/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device in a process of its own: started by remote_unit.c, with a socket and
 * the guest's memory.  One thread does everything: it sends what the endpoint
 * asks for and goes on when an answer comes.
 *
 * remote_device work|hang ADDRESS: write one byte at ADDRESS of the process; then
 * end, or keep the access open for ever, as a device does that has crashed.
 */
#include <stdlib.h>
#include <string.h>

#include <vtd/endpoint.h>

#include "remote.h"

#define SID 0x0100

static struct vtd_endpoint *ep;
static char *memory;
static bool hangs;
static struct vtd_endpoint_access access = {
	.access = VTD_ACCESS_WRITE,
	.pasid_present = true,
	.pasid = 5,
};
static struct vtd_endpoint_translation translation;
static struct vtd_endpoint_wait wait;
static struct vtd_atc_invalidation invalidation[32];

static void tell(const struct vtd_kit_wire_message *message)
{
	if (!remote_send(REMOTE_SOCKET, message))
		exit(1);
}

static void request_translation(void *bus, const struct vtd_request *request,
				uint64_t ticket)
{
	tell(&(struct vtd_kit_wire_message){
		.type = VTD_KIT_WIRE_TRANSLATION_REQUEST,
		.ticket = ticket,
		.request = *request,
	});
}

static void request_page(void *bus, const struct vtd_page_request *request)
{
	tell(&(struct vtd_kit_wire_message){
		.type = VTD_KIT_WIRE_PAGE_REQUEST,
		.page_request = *request,
	});
}

static void invalidated(void *opaque,
			const struct vtd_device_tlb_invalidation *request)
{
	tell(&(struct vtd_kit_wire_message){
		.type = VTD_KIT_WIRE_INVALIDATION_COMPLETION,
		.sid = request->sid,
		.itags = UINT32_C(1) << request->itag,
		.count = 1,
	});
}

static const struct vtd_endpoint_ops ops = {
	.size = sizeof(ops),
	.translation_request_later = request_translation,
	.page_request = request_page,
};

static void go_on(void *opaque, enum vtd_endpoint_result result);

static void translate(void)
{
	translation = (struct vtd_endpoint_translation){ .done = go_on };
	vtd_endpoint_translate(ep, &access, &translation);
}

/* The page has been provided, or not. */
static void provided(void *opaque, enum vtd_endpoint_result result)
{
	result == VTD_ENDPOINT_OK ? translate() : exit(1);
}

static void go_on(void *opaque, enum vtd_endpoint_result result)
{
	switch (result) {
	case VTD_ENDPOINT_OK:
		memory[translation.mapping.address] = hangs ? 'a' : 'b';
		if (hangs)
			return;
		vtd_endpoint_access_end(ep, &translation.mapping);
		exit(0);
	case VTD_ENDPOINT_TRANSLATION_NEEDED:
		translate();
		return;
	case VTD_ENDPOINT_PAGE_NEEDED:
		wait = (struct vtd_endpoint_wait){ .done = provided };
		vtd_endpoint_page_request(ep, &access, 1, &wait);
		return;
	default:
		exit(1);
	}
}

static void receive(const struct vtd_kit_wire_message *message)
{
	uint8_t itag = message->invalidation.itag;

	if (message->type == VTD_KIT_WIRE_TRANSLATION) {
		vtd_endpoint_translation_done(ep, message->ticket,
					      &message->translation);
	} else if (message->type == VTD_KIT_WIRE_PAGE_GROUP_RESPONSE) {
		vtd_endpoint_response(ep, &message->response);
	} else if (message->type == VTD_KIT_WIRE_INVALIDATION) {
		invalidation[itag].done = invalidated;
		vtd_endpoint_invalidate(ep, &message->invalidation,
					&invalidation[itag]);
	}
}

int main(int argc, char **argv)
{
	struct vtd_kit_wire_message message = { .type = VTD_KIT_WIRE_HELLO,
						.sid = SID };
	struct vtd_endpoint_config config;

	if (argc != 3)
		return 2;
	hangs = strcmp(argv[1], "hang") == 0;
	memory = remote_memory(REMOTE_MEMORY);
	vtd_endpoint_config_init(&config);
	config.sid = SID;
	if (memory == NULL ||
	    vtd_endpoint_create(&config, &ops, NULL, &ep) != 0)
		return 1;
	vtd_endpoint_pasid_control(ep, true, false);
	vtd_endpoint_ats_control(ep, true, 0);
	vtd_endpoint_pri_allocation(ep, 32);
	vtd_endpoint_pri_control(ep, true, false);
	tell(&message);

	access.address = strtoull(argv[2], NULL, 16);
	translate();
	while (remote_receive(REMOTE_SOCKET, &message))
		receive(&message);
	return 1;
}
