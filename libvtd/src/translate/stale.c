/* SPDX-License-Identifier: BSD-3-Clause */
#include "translate/stale.h"

#include <inttypes.h>
#include <stdio.h>

#include <vtd/spec/tables.h>

#include "lint.h"
#include "record/values.h"
#include "translate/translate.h"
#include "unit.h"

#define LINE_MAX 400

/* What is refused has no rights. */
static bool is_mapped(const struct vtd_translation *translation)
{
	return translation->read || translation->write;
}

/* The address or what is in its place, in `text`. */
static void describe(const struct vtd_translation *translation, char text[24])
{
	if (is_mapped(translation))
		snprintf(text, 24, "%" PRIx64 " %s%s", translation->address,
			 translation->read ? "r" : "",
			 translation->write ? "w" : "");
	else
		snprintf(text, 24, "nothing");
}

static void describe_near(const struct vtd_stale_use *use, char *text,
			  size_t size)
{
	const struct vtd_near_invalidation *near = &use->near[0];

	if (use->near_count == 0)
		snprintf(text, size, "no invalidation came near it");
	else
		snprintf(text, size,
			 "%s of %" PRIx64 "-%" PRIx64
			 " domain %u pasid %" PRIx32 " left it: %s",
			 vtd_invalidation_name(near->kind), near->first,
			 near->last, near->did, near->pasid,
			 vtd_spared_text(near->spared));
}

static void trace(struct vtd_unit *unit, const struct vtd_stale_use *use)
{
	const struct vtd_request *request = &use->request;
	char used[24], memory[24], near[160], line[LINE_MAX];

	if (unit->ops.trace == NULL)
		return;
	describe(&use->used, used);
	describe(&use->memory, memory);
	describe_near(use, near, sizeof(near));
	snprintf(line, sizeof(line),
		 "stale use: %s, %04x pasid %" PRIx32 " %s %" PRIx64
		 " got %s, memory has %s; domain %u, %" PRIu64
		 " waits, %" PRIu64 " uses since; %s",
		 vtd_cache_name(use->cache), request->sid, use->pasid,
		 (request->access & VTD_ACCESS_WRITE) != 0 ? "write" : "read",
		 request->address, used, memory, use->did, use->waits,
		 use->uses, near);
	unit->ops.trace(unit->host, line);
}

static void report(struct vtd_unit *unit, const struct vtd_stale_use *use)
{
	vtd_unit_count(unit, VTD_COUNT_STALE_USES);
	if (unit->ops.stale_use != NULL)
		unit->ops.stale_use(unit->host, use);
	trace(unit, use);
}

/* Both are present, and lead to different places. */
static void look_for_exchange(struct vtd_unit *unit,
			      const struct vtd_stale_use *use)
{
	const struct vtd_lint_report report = {
		.lint = VTD_LINT_PRESENT_TO_PRESENT,
		.sid = use->request.sid,
		.pasid = use->pasid,
		.address = use->request.address,
		.value = use->memory.address,
	};

	if (is_mapped(&use->used) && is_mapped(&use->memory) &&
	    use->used.address != use->memory.address)
		vtd_lint_raise(unit, &report);
}

static void look_at(struct vtd_unit *unit,
		    const struct vtd_iotlb_entry *suspect,
		    const struct vtd_stale_use *of)
{
	struct vtd_stale_use use;

	vtd_unit_count(unit, VTD_COUNT_STALE_SUSPECTS);
	if (!vtd_iotlb_differs(unit->iotlb, suspect, unit->config.check_waits,
			       &use))
		return;
	use.request = of->request;
	use.used = of->used;
	use.memory = of->memory;
	look_for_exchange(unit, &use);
	vtd_lint_deliver(unit);
	report(unit, &use);
}

void vtd_stale_report(struct vtd_unit *unit, const struct vtd_request *request,
		      const struct vtd_translation *used,
		      const struct vtd_suspects *suspects)
{
	struct vtd_stale_use of = { .request = *request, .used = *used };

	vtd_translate(unit, request, true, &of.memory);
	for (unsigned int i = 0; i < suspects->count; i++)
		look_at(unit, &suspects->entry[i], &of);
}

/* Whether memory gives the device as much as it has used; what does not give all that
 * the access needs gives nothing. */
static bool is_backed(const struct vtd_stale_use *of)
{
	uint64_t page = UINT64_MAX << VTD_PAGE_SHIFT;

	return is_mapped(&of->memory) &&
	       (of->memory.address & page) == (of->used.address & page);
}

/* What is known of the device's cache is what it was seen to use; the domain is
 * not looked for. */
static void device_tlb_used(struct vtd_unit *unit,
			    const struct vtd_request *request,
			    const struct vtd_translation *used)
{
	uint64_t page = UINT64_MAX << VTD_PAGE_SHIFT;
	struct vtd_iotlb_entry entry = {
		.key = {
			.address = request->address & page,
			.pasid = request->pasid_present ? request->pasid : 0,
			.source = request->sid,
			.cache = VTD_CACHE_DEVICE_TLB,
			.shift = VTD_PAGE_SHIFT,
			.flags = request->pasid_present ? VTD_IOTLB_KEY_PASID :
							  0,
		},
		.pasid = request->pasid_present ? request->pasid : 0,
		.u.page = {
			.address = used->address & page,
			.rights = (used->read ? VTD_ACCESS_READ : 0) |
				  (used->write ? VTD_ACCESS_WRITE : 0),
		},
	};
	struct vtd_stale_use of = { .request = *request, .used = *used };
	struct vtd_iotlb_entry known;
	bool is_known;

	if (!unit->config.check)
		return;
	is_known = vtd_iotlb_find(unit->iotlb, &entry.key, &known) &&
		   known.u.page.address == entry.u.page.address;
	vtd_translate(unit, request, true, &of.memory);
	if (is_backed(&of)) {
		if (is_known)
			vtd_iotlb_agrees(unit->iotlb, &known);
		return;
	}
	if (!is_known) {
		vtd_iotlb_put(unit->iotlb, vtd_iotlb_generation(unit->iotlb),
			      &entry);
		if (!vtd_iotlb_find(unit->iotlb, &entry.key, &known))
			return;
	}
	look_at(unit, &known, &of);
}

void vtd_unit_device_tlb_used(struct vtd_unit *unit,
			      const struct vtd_request *request,
			      const struct vtd_translation *used)
{
	vtd_record_device_tlb_used(unit->recorder, request, used);
	device_tlb_used(unit, request, used);
	VTD_RECORDER_RETURN(unit->recorder, VTD_RECORD_DEVICE_TLB_USED);
}
