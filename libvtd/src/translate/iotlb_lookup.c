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

bool vtd_iotlb_lookup(struct vtd_iotlb *iotlb,
		      const struct vtd_iotlb_query *query,
		      struct vtd_page *page, enum vtd_walk_kind *kind)
{
	struct vtd_iotlb_entry entry;
	const struct vtd_iotlb_page *kept = &entry.u.page;
	uint64_t offset;

	if (!find(iotlb, query, &entry) ||
	    (query->want & ~(unsigned int)kept->rights) != 0 ||
	    (kept->clean && (query->want & VTD_ACCESS_WRITE) != 0))
		return false;
	offset = query->request->address - entry.key.address;
	*kind = (enum vtd_walk_kind)entry.kind;
	*page = (struct vtd_page){
		.address = kept->address + offset,
		.shift = kept->shift,
		.rights = kept->rights,
		.snoop = kept->snoop,
		.clean = kept->clean,
	};
	return true;
}

void vtd_iotlb_fill(struct vtd_iotlb *iotlb, uint64_t generation,
		    const struct vtd_iotlb_query *query,
		    const struct vtd_page *page)
{
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

	/* So none has to be looked at again for where in it the request goes. */
	if (!vtd_block_meets_interrupt_range(page->address, page->shift))
		vtd_iotlb_put(iotlb, generation, &entry);
}
