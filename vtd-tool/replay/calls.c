/* SPDX-License-Identifier: BSD-3-Clause */
#include "calls.h"

#include <stdlib.h>

/* Who can play a recording has no more (WORKERS_MAX). */
#define THREADS_MAX 256

/* Threads that are in a call, and in which one. */
struct reader {
	struct calls *calls;
	uint32_t call_room;
	uint32_t record_room;
	unsigned int threads;
	struct {
		uint32_t number;
		uint32_t call;
	} thread[THREADS_MAX];
};

static unsigned int place_of(const struct reader *reader, uint32_t thread)
{
	unsigned int i = 0;

	while (i < reader->threads && reader->thread[i].number != thread)
		i++;
	return i;
}

static bool grow(void **array, uint32_t *room, size_t size)
{
	uint32_t more = *room < UINT32_MAX / 2 ? *room * 2 + 1024 : 0;
	void *larger = more != 0 ? realloc(*array, more * size) : NULL;

	if (larger == NULL)
		return false;
	*array = larger;
	*room = more;
	return true;
}

static uint64_t value_of(const struct vtd_record *record, unsigned int i)
{
	return i < record->count ? record->value[i] : 0;
}

static uint64_t about(const struct vtd_record *record)
{
	unsigned int pasid = 2;

	switch (record->kind) {
	case VTD_RECORD_READ:
	case VTD_RECORD_WRITE:
		return value_of(record, 0);
	case VTD_RECORD_TRANSLATE:
	case VTD_RECORD_PROBE:
	case VTD_RECORD_DEVICE_TLB_USED:
		pasid = 4;
		break;
	case VTD_RECORD_REQUESTER:
	case VTD_RECORD_PAGE_REQUEST:
		break;
	default:
		return 0;
	}
	return CALLS_REQUEST | (value_of(record, 0) & 0xffff) |
	       (value_of(record, pasid) & VTD_PASID_MAX) << 16;
}

/* The thread is in a further call.  False: no memory, or too many threads. */
static bool begin(struct reader *reader, const struct vtd_record *record)
{
	struct calls *calls = reader->calls;
	unsigned int i = place_of(reader, record->thread);
	uint32_t call = calls->count + 1;
	bool alone = reader->threads == 0;

	if (call >= reader->call_room &&
	    !grow((void **)&calls->call, &reader->call_room,
		  sizeof(*calls->call)))
		return false;
	if (i == THREADS_MAX)
		return false;
	if (i == reader->threads) {
		reader->threads++;
		reader->thread[i].number = record->thread;
		reader->thread[i].call = 0;
	}
	calls->call[call] = (struct one_call){
		.inside = reader->thread[i].call,
		.kind = (uint8_t)record->kind,
		.about = about(record),
		.value = record->kind == VTD_RECORD_WRITE ?
				 value_of(record, 1) :
				 0,
		.first = calls->records + 1,
		.alone = alone,
	};
	calls->count = call;
	reader->thread[i].call = call;
	return true;
}

static void end(struct reader *reader, unsigned int i)
{
	uint32_t outer = reader->calls->call[reader->thread[i].call].inside;

	reader->thread[i].call = outer;
	if (outer == 0)
		reader->thread[i] = reader->thread[--reader->threads];
}

/* Odd numbers below those of callbacks; the configuration is none. */
static bool is_return(unsigned int kind)
{
	return kind > VTD_RECORD_READ && recording_is_call(kind - 1);
}

static bool take(struct reader *reader, const struct vtd_record *record)
{
	struct calls *calls = reader->calls;
	unsigned int i;

	if (calls->records >= reader->record_room &&
	    !grow((void **)&calls->call_of, &reader->record_room,
		  sizeof(*calls->call_of)))
		return false;
	if (recording_is_call(record->kind) && !begin(reader, record))
		return false;
	i = place_of(reader, record->thread);
	calls->call_of[calls->records] =
		i < reader->threads ? reader->thread[i].call : 0;
	if (record->kind == VTD_RECORD_MEMORY_READ && record->length > 8)
		calls->call[calls->call_of[calls->records]].fills = true;
	if (record->kind >= VTD_RECORD_REMARK)
		calls->call_of[calls->records] = CALLS_REMARK;
	calls->records++;
	if (is_return(record->kind) && i < reader->threads)
		end(reader, i);
	return true;
}

static bool read_all(struct reader *reader, FILE *file, uint64_t last)
{
	const struct recording_choice choice = { .last = last };
	struct recording *recording;
	struct vtd_record record;
	bool good = true;

	rewind(file);
	recording = recording_open(file);
	if (recording == NULL)
		return false;
	recording_choose(recording, &choice);
	while (good && recording_next(recording, &record) == RECORDING_RECORD)
		good = take(reader, &record);
	good = good && recording_number(recording) == last;
	recording_close(recording);
	return good;
}

static void keep_last(struct calls *calls)
{
	uint32_t call =
		calls->records > 0 ? calls->call_of[calls->records - 1] : 0;

	if (call == CALLS_REMARK)
		return;
	for (; call != 0; call = calls->call[call].inside)
		calls->call[call].kept = true;
}

struct calls *calls_of(FILE *file, uint64_t last)
{
	struct calls *calls = calloc(1, sizeof(*calls));
	struct reader reader = { .calls = calls };

	if (calls == NULL)
		return NULL;
	/* The one that is none. */
	if (!grow((void **)&calls->call, &reader.call_room,
		  sizeof(*calls->call))) {
		calls_free(calls);
		return NULL;
	}
	if (last >= UINT32_MAX || !read_all(&reader, file, last) ||
	    (calls->gone = calloc(calls->records + 1, 1)) == NULL) {
		calls_free(calls);
		return NULL;
	}
	keep_last(calls);
	return calls;
}

void calls_free(struct calls *calls)
{
	if (calls == NULL)
		return;
	free(calls->call_of);
	free(calls->gone);
	free(calls->call);
	free(calls);
}

uint32_t calls_update(struct calls *calls)
{
	uint32_t left = 0;

	for (uint32_t i = 1; i <= calls->count; i++) {
		struct one_call *call = &calls->call[i];

		call->gone = call->taken || (call->inside != 0 &&
					     calls->call[call->inside].gone);
	}
	for (uint32_t i = 0; i < calls->records; i++) {
		uint32_t call = calls->call_of[i];

		calls->gone[i] = call == CALLS_REMARK ||
				 (call != 0 && calls->call[call].gone);
		left += calls->gone[i] == 0;
	}
	return left;
}
