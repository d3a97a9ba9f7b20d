/* SPDX-License-Identifier: BSD-3-Clause */
/* The format of docs/wire.md.  Each type has a row that says what it may have. */
#include <vtd/kit/wire.h>

#include <errno.h>

enum {
	FLAG_READ = 0x0001,
	FLAG_WRITE = 0x0002,
	FLAG_PASID = 0x0004,
	FLAG_PRIVILEGED = 0x0008,
	FLAG_EXECUTE = 0x0010,
	FLAG_NO_WRITE = 0x0020,
	FLAG_LAST = 0x0040,
	FLAG_GLOBAL = 0x0080,
	FLAG_UNTRANSLATED = 0x0100,
	FLAG_SNOOP = 0x0200,
};

#define PAGE_BITS UINT64_C(0xfff)
#define INDEX_MAX 511u
#define CODE_SHIFT 12
#define CODE_MAX 15u
#define ITAG_MAX 31u
#define COUNT_MAX 8u
#define SIZE_MIN 12u
#define SIZE_LAST 63u

/* The fields of a message. */
struct frame {
	uint8_t type;
	uint16_t flags;
	uint32_t extra;
	uint16_t sid;
	uint16_t value;
	uint32_t number;
	uint64_t first;
	uint64_t last;
};

/* What a type may have: bits that may be set in each field. */
/* clang-format off */
static const struct frame allowed[] = {
	[VTD_KIT_WIRE_HELLO] = { .sid = UINT16_MAX },
	[VTD_KIT_WIRE_TRANSLATION_REQUEST] = {
		.flags = FLAG_PASID | FLAG_PRIVILEGED | FLAG_EXECUTE |
			 FLAG_NO_WRITE,
		.sid = UINT16_MAX,
		.number = VTD_PASID_MAX,
		.first = ~PAGE_BITS,
		.last = UINT64_MAX,
	},
	[VTD_KIT_WIRE_PAGE_REQUEST] = {
		.flags = FLAG_READ | FLAG_WRITE | FLAG_PASID | FLAG_PRIVILEGED |
			 FLAG_EXECUTE | FLAG_LAST,
		.sid = UINT16_MAX,
		.value = INDEX_MAX,
		.number = VTD_PASID_MAX,
		.first = ~PAGE_BITS,
	},
	[VTD_KIT_WIRE_INVALIDATION_COMPLETION] = {
		.sid = UINT16_MAX,
		.value = 15,
		.number = UINT32_MAX,
	},
	[VTD_KIT_WIRE_TRANSLATION] = {
		.flags = FLAG_READ | FLAG_WRITE | FLAG_PRIVILEGED |
			 FLAG_UNTRANSLATED | FLAG_SNOOP,
		.extra = UINT32_MAX,
		.value = 3,
		.number = 63,
		.first = UINT64_MAX,
		.last = UINT64_MAX,
	},
	[VTD_KIT_WIRE_PAGE_GROUP_RESPONSE] = {
		.flags = FLAG_PASID,
		.sid = UINT16_MAX,
		.value = CODE_MAX << CODE_SHIFT | INDEX_MAX,
		.number = VTD_PASID_MAX,
	},
	[VTD_KIT_WIRE_INVALIDATION] = {
		.flags = FLAG_PASID | FLAG_GLOBAL,
		.extra = ITAG_MAX,
		.sid = UINT16_MAX,
		.value = UINT16_MAX,
		.number = VTD_PASID_MAX,
		.first = UINT64_MAX,
		.last = UINT64_MAX,
	},
};
/* clang-format on */

#define TYPES (sizeof(allowed) / sizeof(allowed[0]))

static bool has_only(const struct frame *frame, const struct frame *bits)
{
	return (frame->flags & ~bits->flags) == 0 &&
	       (frame->extra & ~bits->extra) == 0 &&
	       (frame->sid & ~bits->sid) == 0 &&
	       (frame->value & ~bits->value) == 0 &&
	       (frame->number & ~bits->number) == 0 &&
	       (frame->first & ~bits->first) == 0 &&
	       (frame->last & ~bits->last) == 0;
}

/* What is of a PASID needs one. */
static bool pasid_is_right(const struct frame *frame)
{
	return (frame->flags & FLAG_PASID) != 0 ||
	       (frame->number == 0 &&
		(frame->flags & (FLAG_PRIVILEGED | FLAG_EXECUTE)) == 0);
}

static bool translation_is_right(const struct frame *frame)
{
	return frame->value <= VTD_STATUS_COMPLETER_ABORT &&
	       frame->number >= SIZE_MIN && frame->number <= SIZE_LAST;
}

static bool is_right(const struct frame *frame)
{
	if (frame->type >= TYPES || frame->type < VTD_KIT_WIRE_HELLO ||
	    !has_only(frame, &allowed[frame->type]))
		return false;
	switch (frame->type) {
	case VTD_KIT_WIRE_TRANSLATION:
		return translation_is_right(frame);
	case VTD_KIT_WIRE_INVALIDATION_COMPLETION:
		return frame->value >= 1 && frame->value <= COUNT_MAX;
	default:
		return pasid_is_right(frame);
	}
}

static uint16_t flag(bool condition, uint16_t bit)
{
	return condition ? bit : 0;
}

/* ------------------------------------------------- To and from fields */

static struct frame of_request(const struct vtd_kit_wire_message *message)
{
	const struct vtd_request *request = &message->request;

	return (struct frame){
		.flags = flag(request->pasid_present, FLAG_PASID) |
			 flag(request->privileged, FLAG_PRIVILEGED) |
			 flag(request->execute, FLAG_EXECUTE) |
			 flag(request->no_write, FLAG_NO_WRITE),
		.sid = request->sid,
		.number = request->pasid,
		.first = request->address,
		.last = message->ticket,
	};
}

static void to_request(const struct frame *frame,
		       struct vtd_kit_wire_message *message)
{
	message->ticket = frame->last;
	message->request = (struct vtd_request){
		.sid = frame->sid,
		.type = VTD_AT_TRANSLATION,
		.address = frame->first,
		.length = 8,
		.pasid_present = frame->flags & FLAG_PASID,
		.pasid = frame->number,
		.privileged = frame->flags & FLAG_PRIVILEGED,
		.execute = frame->flags & FLAG_EXECUTE,
		.no_write = frame->flags & FLAG_NO_WRITE,
	};
}

static struct frame of_page_request(const struct vtd_page_request *request)
{
	return (struct frame){
		.flags = flag(request->read, FLAG_READ) |
			 flag(request->write, FLAG_WRITE) |
			 flag(request->pasid_present, FLAG_PASID) |
			 flag(request->privileged, FLAG_PRIVILEGED) |
			 flag(request->execute, FLAG_EXECUTE) |
			 flag(request->last, FLAG_LAST),
		.sid = request->sid,
		.value = request->prgi,
		.number = request->pasid,
		.first = request->address & ~PAGE_BITS,
	};
}

static struct vtd_page_request to_page_request(const struct frame *frame)
{
	return (struct vtd_page_request){
		.sid = frame->sid,
		.pasid_present = frame->flags & FLAG_PASID,
		.pasid = frame->number,
		.privileged = frame->flags & FLAG_PRIVILEGED,
		.execute = frame->flags & FLAG_EXECUTE,
		.read = frame->flags & FLAG_READ,
		.write = frame->flags & FLAG_WRITE,
		.last = frame->flags & FLAG_LAST,
		.prgi = frame->value,
		.address = frame->first,
	};
}

/* Without rights there is no address, and no size to speak of. */
static struct frame of_translation(const struct vtd_kit_wire_message *message)
{
	const struct vtd_translation *answer = &message->translation;
	bool found = answer->status == VTD_STATUS_SUCCESS &&
		     (answer->read || answer->write);

	return (struct frame){
		.flags = flag(found && answer->read, FLAG_READ) |
			 flag(found && answer->write, FLAG_WRITE) |
			 flag(answer->privileged, FLAG_PRIVILEGED) |
			 flag(answer->untranslated_only, FLAG_UNTRANSLATED) |
			 flag(answer->snoop, FLAG_SNOOP),
		.extra = (uint32_t)answer->condition,
		.value = (uint16_t)answer->status,
		.number = found ? answer->size_shift : SIZE_MIN,
		.first = found ? answer->address : 0,
		.last = message->ticket,
	};
}

static void to_translation(const struct frame *frame,
			   struct vtd_kit_wire_message *message)
{
	message->ticket = frame->last;
	message->translation = (struct vtd_translation){
		.status = (enum vtd_status)frame->value,
		.address = frame->first,
		.size_shift = frame->number,
		.read = frame->flags & FLAG_READ,
		.write = frame->flags & FLAG_WRITE,
		.untranslated_only = frame->flags & FLAG_UNTRANSLATED,
		.privileged = frame->flags & FLAG_PRIVILEGED,
		.snoop = frame->flags & FLAG_SNOOP,
		.condition = frame->extra < VTD_CONDITIONS ?
				     (enum vtd_condition)frame->extra :
				     VTD_CONDITION_NONE,
	};
}

static struct frame of_response(const struct vtd_page_group_response *response)
{
	return (struct frame){
		.flags = flag(response->pasid_present, FLAG_PASID),
		.sid = response->sid,
		.value = (uint16_t)(response->prgi | response->code
							     << CODE_SHIFT),
		.number = response->pasid,
	};
}

static struct vtd_page_group_response to_response(const struct frame *frame)
{
	return (struct vtd_page_group_response){
		.sid = frame->sid,
		.pasid_present = frame->flags & FLAG_PASID,
		.pasid = frame->number,
		.prgi = frame->value & INDEX_MAX,
		.code = (uint8_t)(frame->value >> CODE_SHIFT),
	};
}

static struct frame
of_invalidation(const struct vtd_device_tlb_invalidation *request)
{
	return (struct frame){
		.flags = flag(request->pasid_present, FLAG_PASID) |
			 flag(request->global, FLAG_GLOBAL),
		.extra = request->itag,
		.sid = request->sid,
		.value = request->pfsid,
		.number = request->pasid,
		.first = request->first,
		.last = request->last,
	};
}

static struct vtd_device_tlb_invalidation
to_invalidation(const struct frame *frame)
{
	return (struct vtd_device_tlb_invalidation){
		.sid = frame->sid,
		.pfsid = frame->value,
		.itag = (uint8_t)frame->extra,
		.pasid_present = frame->flags & FLAG_PASID,
		.pasid = frame->number,
		.global = frame->flags & FLAG_GLOBAL,
		.first = frame->first,
		.last = frame->last,
	};
}

static struct frame of_message(const struct vtd_kit_wire_message *message)
{
	switch (message->type) {
	case VTD_KIT_WIRE_TRANSLATION_REQUEST:
		return of_request(message);
	case VTD_KIT_WIRE_PAGE_REQUEST:
		return of_page_request(&message->page_request);
	case VTD_KIT_WIRE_INVALIDATION_COMPLETION:
		return (struct frame){
			.sid = message->sid,
			.value = (uint16_t)message->count,
			.number = message->itags,
		};
	case VTD_KIT_WIRE_TRANSLATION:
		return of_translation(message);
	case VTD_KIT_WIRE_PAGE_GROUP_RESPONSE:
		return of_response(&message->response);
	case VTD_KIT_WIRE_INVALIDATION:
		return of_invalidation(&message->invalidation);
	default:
		return (struct frame){ .sid = message->sid };
	}
}

static void to_message(const struct frame *frame,
		       struct vtd_kit_wire_message *message)
{
	*message = (struct vtd_kit_wire_message){
		.type = (enum vtd_kit_wire_type)frame->type,
	};
	switch (message->type) {
	case VTD_KIT_WIRE_TRANSLATION_REQUEST:
		to_request(frame, message);
		break;
	case VTD_KIT_WIRE_PAGE_REQUEST:
		message->page_request = to_page_request(frame);
		break;
	case VTD_KIT_WIRE_INVALIDATION_COMPLETION:
		message->sid = frame->sid;
		message->count = frame->value;
		message->itags = frame->number;
		break;
	case VTD_KIT_WIRE_TRANSLATION:
		to_translation(frame, message);
		break;
	case VTD_KIT_WIRE_PAGE_GROUP_RESPONSE:
		message->response = to_response(frame);
		break;
	case VTD_KIT_WIRE_INVALIDATION:
		message->invalidation = to_invalidation(frame);
		break;
	default:
		message->sid = frame->sid;
	}
}

/* ------------------------------------------------------------ Bytes */

static void put(uint8_t *bytes, uint64_t value, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t get(const uint8_t *bytes, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)bytes[i] << 8 * i;
	return value;
}

int vtd_kit_wire_encode(const struct vtd_kit_wire_message *message,
			uint8_t bytes[VTD_KIT_WIRE_SIZE])
{
	struct frame frame = of_message(message);

	frame.type = (uint8_t)message->type;
	if ((unsigned int)message->type != frame.type || !is_right(&frame))
		return -EINVAL;
	put(bytes, VTD_KIT_WIRE_VERSION, 1);
	put(bytes + 1, frame.type, 1);
	put(bytes + 2, frame.flags, 2);
	put(bytes + 4, frame.extra, 4);
	put(bytes + 8, frame.sid, 2);
	put(bytes + 10, frame.value, 2);
	put(bytes + 12, frame.number, 4);
	put(bytes + 16, frame.first, 8);
	put(bytes + 24, frame.last, 8);
	return 0;
}

int vtd_kit_wire_decode(const uint8_t bytes[VTD_KIT_WIRE_SIZE],
			struct vtd_kit_wire_message *message)
{
	const struct frame frame = {
		.type = bytes[1],
		.flags = (uint16_t)get(bytes + 2, 2),
		.extra = (uint32_t)get(bytes + 4, 4),
		.sid = (uint16_t)get(bytes + 8, 2),
		.value = (uint16_t)get(bytes + 10, 2),
		.number = (uint32_t)get(bytes + 12, 4),
		.first = get(bytes + 16, 8),
		.last = get(bytes + 24, 8),
	};

	if (bytes[0] != VTD_KIT_WIRE_VERSION)
		return -EPROTONOSUPPORT;
	if (!is_right(&frame))
		return -EBADMSG;
	to_message(&frame, message);
	return 0;
}
