/* SPDX-License-Identifier: BSD-3-Clause */
#include "message.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* The text behind a key; NULL: the key is not there. */
static const char *behind(const char *text, const char *key)
{
	const char *found = text != NULL ? strstr(text, key) : NULL;

	return found != NULL ? found + strlen(key) : NULL;
}

/* The number that a text begins with, 0x or not.  False: there is none. */
static bool take_number(const char *text, int base, uint64_t *value)
{
	char *end;

	if (text == NULL || !isxdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoull(text, &end, base);
	return errno == 0 && end != text;
}

/* "[fault reason 0x05]" of later kernels is hexadecimal, "[fault reason 05]" of
 * earlier ones decimal, "reason 05 -" of Xen hexadecimal. */
static bool take_reason(const char *line, uint64_t *reason)
{
	const char *text = behind(line, "fault reason ");
	int base;

	if (text == NULL) {
		text = behind(line, ": reason ");
		base = 16;
	} else {
		base = strncmp(text, "0x", 2) == 0 ? 16 : 10;
	}
	return take_number(text, base, reason) && *reason <= UINT8_MAX;
}

/* "[00:02.0]" */
static bool take_sid(const char *text, uint16_t *sid)
{
	char part[24];
	size_t length;

	text += strspn(text, " [");
	length = strcspn(text, "] ,");
	if (length >= sizeof(part))
		return false;
	memcpy(part, text, length);
	part[length] = '\0';
	return parse_sid(part, sid);
}

/* "NO_PASID" and "PASID 0x5" in front, "PASID ffffffff" behind of the device. */
static void take_pasid(const char *line, struct message *m)
{
	uint64_t pasid;

	m->pasid_present = take_number(behind(line, " PASID "), 16, &pasid) &&
			   pasid <= 0xfffff;
	m->pasid = m->pasid_present ? (uint32_t)pasid : 0;
}

static bool parse_fault(const char *line, struct message *m)
{
	const char *device = behind(line, "Request device ");
	uint64_t reason;

	if (device == NULL || !take_sid(device, &m->sid))
		return false;
	if (take_number(behind(device, "fault index "), 16, &m->address))
		m->kind = MESSAGE_INTERRUPT_FAULT;
	else if (take_number(behind(device, "fault addr "), 16, &m->address))
		m->kind = MESSAGE_DMA_FAULT;
	else
		return false;
	m->write = strstr(line, "DMA Write") != NULL;
	take_pasid(line, m);
	m->has_reason = take_reason(line, &reason);
	m->reason = m->has_reason ? (uint8_t)reason : 0;
	return true;
}

static bool parse_reason(const char *line, struct message *m)
{
	if (strstr(line, "DMAR") == NULL && strstr(line, "INTR-REMAP") == NULL)
		return false;
	m->kind = MESSAGE_REASON;
	return take_reason(line, &m->value);
}

static bool parse_queue(const char *line, struct message *m)
{
	static const struct {
		const char *key;
		enum message_kind kind;
	} errors[] = {
		{ "Invalidation Queue Error: Reason ", MESSAGE_QUEUE_ERROR },
		{ "Invalidation Time-out Error: SID ", MESSAGE_QUEUE_TIMEOUT },
		{ "Invalidation Completion Error: SID ",
		  MESSAGE_BAD_COMPLETION },
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		if (!take_number(behind(line, errors[i].key), 16, &m->value))
			continue;
		m->kind = errors[i].kind;
		m->sid = (uint16_t)m->value;
		return true;
	}
	return false;
}

/* "QI HEAD: Device-TLB Invalidation qw0 = 0x..., qw1 = 0x..." */
static bool parse_descriptor(const char *line, struct message *m)
{
	const char *head = behind(line, "QI HEAD: ");

	if (head == NULL && behind(line, "QI PRIOR: ") == NULL)
		return false;
	m->kind = MESSAGE_DESCRIPTOR;
	snprintf(m->note, sizeof(m->note), "%s",
		 head != NULL ? "at the head" : "before the head");
	return take_number(behind(line, "qw0 = "), 16, &m->word[0]) &&
	       take_number(behind(line, "qw1 = "), 16, &m->word[1]);
}

/* "IOMMU: dmar0: Invalid page request: 1234 5678", or that without "IOMMU: " behind
 * a line that says why. */
static bool parse_page_request(const char *line, struct message *m)
{
	static const struct {
		const char *key;
		bool with_words;
	} keys[] = {
		{ "Invalid page request: ", true },
		{ "Page request without PASID: ", true },
		{ "Page request in Privilege Mode", false },
		{ "Execution request not supported", false },
		{ "Address is not canonical", false },
	};

	if (behind(line, "PRQ overflow detected") != NULL) {
		m->kind = MESSAGE_PAGE_OVERFLOW;
		return true;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *key = keys[i].key;
		const char *text = behind(line, key);

		if (text == NULL ||
		    (!keys[i].with_words && behind(line, "IOMMU: ") == NULL))
			continue;
		m->kind = MESSAGE_PAGE_REQUEST;
		snprintf(m->note, sizeof(m->note), "%.*s",
			 (int)strcspn(key, ":"), key);
		m->has_words = keys[i].with_words &&
			       take_number(text, 16, &m->word[0]) &&
			       take_number(behind(text, " "), 16, &m->word[1]);
		m->address = m->word[1];
		return true;
	}
	return false;
}

static bool parse_status(const char *line, struct message *m)
{
	m->kind = MESSAGE_FAULT_STATUS;
	if (take_number(behind(line, "handling fault status reg "), 16,
			&m->value))
		return true;
	m->kind = MESSAGE_SUPPRESSED;
	return strstr(line, "callbacks suppressed") != NULL &&
	       take_number(behind(line, "dmar_fault: "), 10, &m->value);
}

struct message message_parse(const char *line)
{
	static bool (*const parsers[])(const char *, struct message *) = {
		parse_fault,	  parse_queue,	      parse_status,
		parse_descriptor, parse_page_request, parse_reason,
	};

	for (size_t i = 0; i < sizeof(parsers) / sizeof(*parsers); i++) {
		struct message m = { .kind = MESSAGE_NONE };

		if (parsers[i](line, &m))
			return m;
	}
	return (struct message){ .kind = MESSAGE_NONE };
}
