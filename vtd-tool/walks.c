/* SPDX-License-Identifier: BSD-3-Clause */
#include "walks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static void begin(struct walks *walks)
{
	if (walks->count == WALKS_MAX) {
		walks->dropped++;
		walks->open = NULL;
		return;
	}
	walks->open = &walks->walk[walks->count++];
	*walks->open = (struct walk){
		.line = walks->lines,
		.reason = walks->fault.reason,
		.request = { .sid = walks->fault.sid,
			     .access = walks->fault.write ? VTD_ACCESS_WRITE :
							    VTD_ACCESS_READ,
			     .address = walks->fault.address,
			     .length = 4,
			     .pasid_present = walks->fault.pasid_present,
			     .pasid = walks->fault.pasid },
	};
}

/* "Dump dmar0 table entries for IOVA 0x1026a4000" */
static bool begins_linux(struct walks *walks, const char *line)
{
	const char *name = strstr(line, "Dump ");

	if (name == NULL || strstr(name, " table entries for IOVA ") == NULL)
		return false;
	begin(walks);
	if (walks->open != NULL)
		sscanf(name, "Dump %15s", walks->open->unit);
	return true;
}

/* "print_vtd_entries: iommu #0 dev 0000:00:02.0 gmfn ea0c4f" */
static bool begins_xen(struct walks *walks, const char *line)
{
	if (strstr(line, "print_vtd_entries: ") == NULL)
		return false;
	begin(walks);
	return true;
}

/* Two words behind keys, in hexadecimal. */
static bool take_pair(const char *line, const char *format, uint64_t *first,
		      uint64_t *second)
{
	unsigned long long a, b = 0;
	int count = sscanf(line, format, &a, &b);

	if (count < 1)
		return false;
	*first = a;
	if (second != NULL)
		*second = b;
	return second == NULL || count == 2;
}

static bool take_entry(struct walk *w, const char *line)
{
	const char *at;

	at = strstr(line, "scalable mode root entry: ");
	if (at != NULL) {
		w->scalable = true;
		w->has_root = take_pair(
			at, "scalable mode root entry: hi %llx, low %llx",
			&w->root[1], &w->root[0]);
		return true;
	}
	at = strstr(line, "root entry: ");
	if (at != NULL) {
		w->has_root =
			take_pair(at, "root entry: %llx", &w->root[0], NULL);
		return true;
	}
	at = strstr(line, "context entry: ");
	if (at != NULL) {
		w->has_context = take_pair(at,
					   "context entry: hi %llx, low %llx",
					   &w->context[1], &w->context[0]);
		return true;
	}
	at = strstr(line, "pasid dir entry: ");
	if (at == NULL)
		return false;
	w->has_directory =
		take_pair(at, "pasid dir entry: %llx", &w->directory, NULL);
	return true;
}

static void set_level(struct walk *w, unsigned int level, uint64_t value)
{
	if (level < 1 || level > WALK_LEVELS)
		return;
	w->has_level[level] = true;
	w->level[level] = value;
}

static bool take_numbered(struct walk *w, const char *line)
{
	unsigned long long value;
	unsigned int number;
	const char *at = strstr(line, "pasid table entry[");

	if (at != NULL &&
	    sscanf(at, "pasid table entry[%1u]: %llx", &number, &value) == 2) {
		if (number < 8) {
			w->pasid[number] = value;
			w->has_pasid |= (uint8_t)(1u << number);
		}
		return true;
	}
	at = strstr(line, "pte level: ");
	if (at != NULL && sscanf(at, "pte level: %1u, pte value: %llx", &number,
				 &value) == 2) {
		set_level(w, number, value);
		return true;
	}
	/* Some kernels do not print it then. */
	at = strstr(line, "PTE not present at level ");
	if (at == NULL ||
	    sscanf(at, "PTE not present at level %1u", &number) != 1)
		return false;
	set_level(w, number, 0);
	return true;
}

/* "root_entry[00] = 46e129001", "context[10] = 2_46e128001", "l4[000] = 9c003" */
static bool take_xen(struct walk *w, const char *line)
{
	unsigned long long value, high;
	unsigned int number;
	const char *at = strstr(line, "root_entry[");

	if (at != NULL && sscanf(at, "root_entry[%*x] = %llx", &value) == 1) {
		w->root[0] = value;
		w->has_root = true;
		return true;
	}
	at = strstr(line, "context[");
	if (at != NULL &&
	    sscanf(at, "context[%*x] = %llx_%llx", &high, &value) == 2) {
		w->context[0] = value;
		w->context[1] = high;
		w->has_context = true;
		return true;
	}
	at = strstr(line, " l");
	if (at == NULL || sscanf(at, " l%1u[%*x] = %llx", &number, &value) != 2)
		return false;
	set_level(w, number, value);
	return true;
}

void walks_take_text(struct walks *walks, const char *text, size_t size)
{
	char line[LINE_MAX_LENGTH];
	size_t at = 0;

	while (next_line(text, size, &at, line)) {
		struct message m = message_parse(line);

		walks->lines++;
		if (m.kind == MESSAGE_DMA_FAULT) {
			walks->fault = m;
			walks->open = NULL;
		}
		if (m.kind == MESSAGE_REASON)
			walks->fault.reason = (uint8_t)m.value;
		if (m.kind != MESSAGE_NONE || begins_linux(walks, line) ||
		    begins_xen(walks, line) || walks->open == NULL)
			continue;
		if (!take_entry(walks->open, line) &&
		    !take_numbered(walks->open, line))
			take_xen(walks->open, line);
	}
}
