/* SPDX-License-Identifier: BSD-3-Clause */
#include "translate/iotlb_lookup.h"

#include <vtd/spec/tables.h>

#include "translate/address_range.h"

/*
 * In scalable mode by source-id and PASID, in legacy mode by domain-id; rights
 * depend on the privilege.
 */
static struct vtd_iotlb_key key_of(const struct vtd_iotlb_query *query,
				   unsigned int shift)
{
	const struct vtd_request *request = query->request;
	struct vtd_iotlb_key key = {
		.address = request->address & UINT64_MAX << shift,
		.source = request->sid,
		.cache = VTD_CACHE_IOTLB,
		.shift = (uint8_t)shift,
		.flags = query->privileged ? VTD_IOTLB_KEY_PRIVILEGED : 0,
	};

	if (query->config->legacy) {
		key.source = query->config->did;
		key.flags |= VTD_IOTLB_KEY_DOMAIN;
	}
	if (request->pasid_present) {
		key.pasid = request->pasid;
		key.flags |= VTD_IOTLB_KEY_PASID;
	}
	return key;
}

/* The largest page first: where two overlap, that is the one to be dropped by
 * most requests. */
static bool find(struct vtd_iotlb *iotlb, const struct vtd_iotlb_query *query,
		 struct vtd_iotlb_entry *entry)
{
	static const unsigned int shift[] = { 30, 21, 12 };

	for (unsigned int i = iotlb->fractured ? 2 : 0; i < 3; i++) {
		struct vtd_iotlb_key key = key_of(query, shift[i]);

		if (vtd_iotlb_find(iotlb, &key, entry))
			return true;
	}
	return false;
}

static struct vtd_page page_of(const struct vtd_iotlb_query *query,
			       const struct vtd_iotlb_entry *entry)
{
	const struct vtd_iotlb_page *kept = &entry->u.page;

	return (struct vtd_page){
		.address = kept->address +
			   (query->request->address - entry->key.address),
		.shift = kept->shift,
		.rights = kept->rights,
		.snoop = kept->snoop,
		.clean = kept->clean,
	};
}

/* What memory has, whatever the request wants of it; no rights: nothing. */
static struct vtd_page walk_memory(const struct vtd_iotlb_memory *memory,
				   const struct vtd_iotlb_query *query)
{
	struct vtd_updates updates;
	struct vtd_trail trail;
	struct vtd_walk walk = {
		.mem = memory->mem,
		.caps = memory->caps,
		.config = query->config,
		.privileged = query->privileged,
		.probe = true,
		.updates = &updates,
		.trail = &trail,
	};
	struct vtd_page page = {
		.address = query->request->address,
		.rights = VTD_ACCESS_ATOMIC,
	};

	vtd_trail_begin(&trail, NULL);
	if (query->config->kind != VTD_WALK_PASS_THROUGH)
		vtd_walk(&walk, query->request->address, &page);
	return page;
}

/* Whether memory gives the request as much. */
static bool is_backed(const struct vtd_iotlb_memory *memory,
		      const struct vtd_iotlb_query *query,
		      const struct vtd_page *kept)
{
	struct vtd_page page;

	if (memory->requester != VTD_CONDITION_NONE)
		return false;
	page = walk_memory(memory, query);
	/* A write that sets no D is lost to who looks for it. */
	if ((query->want & VTD_ACCESS_WRITE) != 0 && page.clean)
		return false;
	return page.address == kept->address &&
	       (kept->rights & ~page.rights) == 0;
}

/* An entry on the way to the tables is not present any more.  The IOTLB is looked
 * up by source-id and PASID (SPEC 6.2.4), and may still know. */
static bool is_gone(enum vtd_condition condition)
{
	return condition == VTD_SRT_2 || condition == VTD_SCT_2 ||
	       condition == VTD_SPD_2 || condition == VTD_SPT_2;
}

static void log_page(struct vtd_trail *trail, const struct vtd_page *page)
{
	const uint64_t words[VTD_CACHED_TRANSLATION_WORDS] = {
		page->address & UINT64_MAX << page->shift,
		page->rights | (page->clean ? 0 : VTD_CACHED_TRANSLATION1_D) |
			(page->snoop ? VTD_CACHED_TRANSLATION1_SNP : 0) |
			vtd_field_make(VTD_CACHED_TRANSLATION1_SHIFT,
				       page->shift),
	};

	vtd_trail_to_cached(trail, VTD_STRUCTURE_CACHED_TRANSLATION, 0);
	vtd_trail_found(trail, words, VTD_CACHED_TRANSLATION_WORDS);
	vtd_trail_log_rights(trail, page->rights);
}

bool vtd_iotlb_lookup(const struct vtd_iotlb_view *view,
		      const struct vtd_iotlb_query *query,
		      const struct vtd_iotlb_memory *memory,
		      struct vtd_page *page)
{
	struct vtd_iotlb_entry entry;
	const struct vtd_iotlb_page *kept = &entry.u.page;

	if ((memory->requester != VTD_CONDITION_NONE &&
	     !is_gone(memory->requester)) ||
	    !find(view->iotlb, query, &entry) ||
	    (query->want & ~(unsigned int)kept->rights) != 0 ||
	    (kept->clean && (query->want & VTD_ACCESS_WRITE) != 0))
		return false;
	*page = page_of(query, &entry);
	if (vtd_trail_is_logged(query->trail))
		log_page(query->trail, page);
	if (view->suspects != NULL)
		vtd_suspects_judge(view->suspects, view->iotlb, &entry,
				   is_backed(memory, query, page));
	return true;
}

void vtd_iotlb_fill(const struct vtd_iotlb_view *view,
		    const struct vtd_iotlb_query *query,
		    const struct vtd_page *page)
{
	struct vtd_iotlb *iotlb = view->iotlb;
	unsigned int shift = iotlb->fractured ? VTD_PAGE_SHIFT : page->shift;
	struct vtd_iotlb_entry entry = {
		.key = key_of(query, shift),
		.kind = query->config->kind,
		.did = query->config->did,
		.pasid = query->config->pasid,
		.u.page = {
			.address = page->address & UINT64_MAX << shift,
			.shift = (uint8_t)page->shift,
			.rights = (uint8_t)page->rights,
			.snoop = query->config->page_snoop || page->snoop,
			.clean = page->clean &&
				 (query->want & page->rights &
				  VTD_ACCESS_WRITE) == 0,
		},
	};

	if (view->look_only)
		return;
	/* So none has to be looked at again for where in it the request goes. */
	if (!vtd_block_meets_interrupt_range(page->address, page->shift))
		vtd_iotlb_put(iotlb, view->generation, &entry);
}
