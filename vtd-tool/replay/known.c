/* SPDX-License-Identifier: BSD-3-Clause */
#include "known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct word {
	uint64_t address; /* plus 1: an empty place has 0 */
	uint8_t bytes[8];
};

struct known {
	struct word *word;
	uint64_t room; /* a power of two */
	uint64_t used;
	bool later; /* than the call: what is there stays */
};

static struct word *place_of(const struct known *known, uint64_t address)
{
	uint64_t at = (address >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> 20;

	for (;; at++) {
		struct word *word = &known->word[at & (known->room - 1)];

		if (word->address == 0 || word->address == address + 1)
			return word;
	}
}

static bool grow(struct known *known)
{
	struct known larger = { .room = known->room * 2 };

	larger.word = calloc(larger.room, sizeof(*larger.word));
	if (larger.word == NULL)
		return false;
	for (uint64_t i = 0; i < known->room; i++)
		if (known->word[i].address != 0)
			*place_of(&larger, known->word[i].address - 1) =
				known->word[i];
	free(known->word);
	known->word = larger.word;
	known->room = larger.room;
	return true;
}

static void set(struct known *known, uint64_t address, const uint8_t *bytes)
{
	struct word *word;

	if (known->used >= known->room / 2 &&
	    (known->room >= KNOWN_WORDS_MAX || !grow(known)))
		return;
	word = place_of(known, address);
	if (word->address != 0 && known->later)
		return;
	known->used += word->address == 0;
	word->address = address + 1;
	memcpy(word->bytes, bytes, sizeof(word->bytes));
}

/* Tables are read and written by words; what is smaller is none of them. */
static void set_words(struct known *known, const struct vtd_record *record)
{
	const uint8_t *bytes = record->bytes;
	uint64_t address = record->count > 0 ? record->value[0] : 1;

	if (address % 8 != 0)
		return;
	for (size_t at = 0; record->length - at >= 8; at += 8)
		set(known, address + at, bytes + at);
}

static void exchange(struct known *known, const struct vtd_record *record)
{
	uint8_t bytes[8];
	uint64_t word;

	if (record->count < 5 || record->value[0] % 8 != 0 ||
	    record->value[3] > 1)
		return;
	word = record->value[record->value[3] == 1 ? 2 : 4];
	for (unsigned int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(word >> (8 * i));
	set(known, record->value[0], bytes);
}

static void take(struct known *known, const struct vtd_record *record)
{
	if (record->kind == VTD_RECORD_MEMORY_READ ||
	    record->kind == VTD_RECORD_MEMORY_WRITE)
		set_words(known, record);
	else if (record->kind == VTD_RECORD_MEMORY_EXCHANGE)
		exchange(known, record);
}

struct known *known_of(FILE *file, uint64_t number)
{
	struct known *known = calloc(1, sizeof(*known));
	struct recording *recording = recording_open(file);
	struct vtd_record record;
	unsigned int kind = 0;
	uint32_t thread = 0;

	if (known != NULL) {
		known->room = 1024;
		known->word = calloc(known->room, sizeof(*known->word));
	}
	if (known == NULL || known->word == NULL || recording == NULL) {
		recording_close(recording);
		known_free(known);
		return NULL;
	}
	while (recording_next(recording, &record) == RECORDING_RECORD) {
		if (recording_number(recording) == number) {
			kind = record.kind;
			thread = record.thread;
		}
		if (kind != 0 && record.thread == thread &&
		    record.kind == kind + VTD_RECORD_RETURN)
			known->later = true;
		take(known, &record);
	}
	recording_close(recording);
	return known;
}

void known_free(struct known *known)
{
	if (known != NULL)
		free(known->word);
	free(known);
}

int known_read(const struct known *known, uint64_t address, void *buffer,
	       size_t length)
{
	uint8_t *to = buffer;

	if (address % 8 != 0 || length % 8 != 0)
		return -EFAULT;
	for (size_t at = 0; at < length; at += 8) {
		const struct word *word = place_of(known, address + at);

		if (word->address == 0)
			return -EFAULT;
		memcpy(to + at, word->bytes, sizeof(word->bytes));
	}
	return 0;
}
