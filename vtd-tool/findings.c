/* SPDX-License-Identifier: BSD-3-Clause */
#include "findings.h"

#include <string.h>

#include "text.h"

static bool is_fault(const struct message *m)
{
	return m->kind == MESSAGE_DMA_FAULT ||
	       m->kind == MESSAGE_INTERRUPT_FAULT;
}

/* Whether two messages are one finding: but for the address. */
static bool same(const struct message *a, const struct message *b)
{
	if (a->kind != b->kind || a->sid != b->sid)
		return false;
	if (is_fault(a))
		return a->write == b->write && a->reason == b->reason &&
		       a->has_reason == b->has_reason &&
		       a->pasid_present == b->pasid_present &&
		       a->pasid == b->pasid;
	/* The index of the first record says little. */
	if (a->kind == MESSAGE_FAULT_STATUS)
		return ((a->value ^ b->value) & 0xff) == 0;
	if (a->kind == MESSAGE_PAGE_REQUEST)
		return a->word[0] == b->word[0] &&
		       a->has_words == b->has_words &&
		       strcmp(a->note, b->note) == 0;
	return a->value == b->value && a->word[0] == b->word[0] &&
	       a->word[1] == b->word[1] && strcmp(a->note, b->note) == 0;
}

static struct finding *find(struct findings *findings, const struct message *m)
{
	for (unsigned int i = 0; i < findings->count; i++)
		if (same(&findings->finding[i].message, m))
			return &findings->finding[i];
	return NULL;
}

static void add(struct findings *findings, const struct message *m,
		unsigned int line)
{
	struct finding *f = find(findings, m);

	if (f == NULL) {
		if (findings->count == FINDINGS_MAX) {
			findings->dropped++;
			return;
		}
		f = &findings->finding[findings->count++];
		*f = (struct finding){ .message = *m,
				       .line = line,
				       .lowest = m->address };
	}
	f->count++;
	if (m->address < f->lowest)
		f->lowest = m->address;
	if (m->address > f->highest)
		f->highest = m->address;
}

void findings_end(struct findings *findings)
{
	if (findings->half.kind != MESSAGE_NONE)
		add(findings, &findings->half, findings->half_line);
	findings->half.kind = MESSAGE_NONE;
}

static void take(struct findings *findings, const struct message *m)
{
	if (m->kind == MESSAGE_REASON) {
		if (findings->half.kind == MESSAGE_NONE)
			return;
		findings->half.has_reason = true;
		findings->half.reason = (uint8_t)m->value;
		findings_end(findings);
		return;
	}
	if (m->kind == MESSAGE_NONE)
		return;
	findings_end(findings);
	if (!is_fault(m) || m->has_reason) {
		add(findings, m, findings->lines);
		return;
	}
	findings->half = *m;
	findings->half_line = findings->lines;
}

void findings_take_text(struct findings *findings, const char *text,
			size_t size)
{
	char line[LINE_MAX_LENGTH];
	size_t at = 0;

	while (next_line(text, size, &at, line)) {
		struct message m = message_parse(line);

		findings->lines++;
		take(findings, &m);
	}
}
