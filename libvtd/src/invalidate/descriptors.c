/* SPDX-License-Identifier: BSD-3-Clause */
#include "invalidate/descriptors.h"

#include <vtd/spec/descriptors.h>

#include "invalidate/caches.h"
#include "invalidate/descriptor_lint.h"
#include "invalidate/device_tlb.h"
#include "invalidate/waits.h"
#include "unit.h"

typedef enum vtd_descriptor_outcome descriptor_fn(struct vtd_unit *unit,
						  const uint64_t *words,
						  struct vtd_effects *effects);

static uint16_t did_of(const uint64_t *words)
{
	return (uint16_t)vtd_field_get(words[0], VTD_DESC0_DID);
}

static uint32_t pasid_of(const uint64_t *words)
{
	return (uint32_t)vtd_field_get(words[0], VTD_DESC0_PASID);
}

static enum vtd_descriptor_outcome context_cache(struct vtd_unit *unit,
						 const uint64_t *words,
						 struct vtd_effects *effects)
{
	struct vtd_invalidation request = {
		.kind = VTD_INVALIDATION_CONTEXT,
		.change.scope = VTD_CHANGE_GLOBAL,
		.change.did = did_of(words),
		.change.sid =
			(uint16_t)vtd_field_get(words[0], VTD_DESC_CC0_SID),
		.change.sid_mask = vtd_field_function_mask(
			vtd_field_get(words[0], VTD_DESC_CC0_FM)),
		.change.last = UINT64_MAX,
	};

	switch (vtd_field_get(words[0], VTD_DESC0_G)) {
	case VTD_GRANULARITY_SELECTIVE:
		request.change.scope = VTD_CHANGE_DEVICE;
		break;
	case VTD_GRANULARITY_DOMAIN:
		/* Scalable-mode context entries have no domain-id. */
		if (vtd_unit_ttm(unit) == VTD_TTM_LEGACY)
			request.change.scope = VTD_CHANGE_DOMAIN;
		break;
	default:
		break;
	}
	vtd_invalidate(unit, &request, effects);
	return VTD_DESCRIPTOR_DONE;
}

static enum vtd_descriptor_outcome pasid_cache(struct vtd_unit *unit,
					       const uint64_t *words,
					       struct vtd_effects *effects)
{
	uint64_t granularity = vtd_field_get(words[0], VTD_DESC0_G);
	struct vtd_invalidation request = {
		.kind = VTD_INVALIDATION_PASID,
		.change.scope = VTD_CHANGE_DOMAIN,
		.change.did = did_of(words),
		.change.pasid = pasid_of(words),
		.change.last = UINT64_MAX,
	};

	if (granularity == VTD_GRANULARITY_PC_GLOBAL)
		request.change.scope = VTD_CHANGE_GLOBAL;
	if (granularity == VTD_GRANULARITY_PC_PASID) {
		request.change.scope = VTD_CHANGE_RANGE;
		request.change.pasid_present = true;
	}
	vtd_invalidate(unit, &request, effects);
	return VTD_DESCRIPTOR_DONE;
}

/* Set the range of descriptors 2h and 6h. */
static void page_range(struct vtd_invalidation *request, uint64_t word)
{
	request->leaf_only = (word & VTD_DESC1_IH) != 0;
	vtd_range_of_mask(request, word & VTD_DESC1_ADDRESS,
			  (unsigned int)vtd_field_get(word, VTD_DESC1_AM));
}

static enum vtd_descriptor_outcome
iotlb(struct vtd_unit *unit, const uint64_t *words, struct vtd_effects *effects)
{
	uint64_t granularity = vtd_field_get(words[0], VTD_DESC0_G);
	struct vtd_invalidation request = {
		.kind = VTD_INVALIDATION_IOTLB,
		.change.scope = VTD_CHANGE_GLOBAL,
		.change.did = did_of(words),
		.change.last = UINT64_MAX,
	};

	if (granularity == VTD_GRANULARITY_DOMAIN)
		request.change.scope = VTD_CHANGE_DOMAIN;
	if (granularity == VTD_GRANULARITY_SELECTIVE)
		page_range(&request, words[1]);
	vtd_invalidate(unit, &request, effects);
	return VTD_DESCRIPTOR_DONE;
}

static enum vtd_descriptor_outcome pasid_iotlb(struct vtd_unit *unit,
					       const uint64_t *words,
					       struct vtd_effects *effects)
{
	struct vtd_invalidation request = {
		.kind = VTD_INVALIDATION_PASID_IOTLB,
		.change.scope = VTD_CHANGE_RANGE,
		.change.did = did_of(words),
		.change.pasid_present = true,
		.change.pasid = pasid_of(words),
		.change.last = UINT64_MAX,
	};

	if (vtd_field_get(words[0], VTD_DESC0_G) ==
	    VTD_GRANULARITY_PAGE_IN_PASID)
		page_range(&request, words[1]);
	vtd_invalidate(unit, &request, effects);
	return VTD_DESCRIPTOR_DONE;
}

static enum vtd_descriptor_outcome
send(struct vtd_unit *unit, const struct vtd_device_tlb_invalidation *request,
     struct vtd_effects *effects)
{
	if (!vtd_device_tlb_send(unit, request, effects))
		return VTD_DESCRIPTOR_DEFERRED;
	vtd_note_device_tlb(unit, request);
	return VTD_DESCRIPTOR_DONE;
}

static enum vtd_descriptor_outcome device_tlb(struct vtd_unit *unit,
					      const uint64_t *words,
					      struct vtd_effects *effects)
{
	struct vtd_device_tlb_invalidation request = {
		.sid = (uint16_t)vtd_field_get(words[0], VTD_DESC_DTLB0_SID),
	};

	vtd_device_tlb_range(&request, words[1] & VTD_DESC1_ADDRESS,
			     (words[1] & VTD_DESC_DTLB1_S) != 0);
	return send(unit, &request, effects);
}

static enum vtd_descriptor_outcome pasid_device_tlb(struct vtd_unit *unit,
						    const uint64_t *words,
						    struct vtd_effects *effects)
{
	struct vtd_device_tlb_invalidation request = {
		.sid = (uint16_t)vtd_field_get(words[0], VTD_DESC_PDTLB0_SID),
		.pasid_present = true,
		.pasid = pasid_of(words),
		.global = (words[1] & VTD_DESC_PDTLB1_GI) != 0,
	};

	vtd_device_tlb_range(&request, words[1] & VTD_DESC1_ADDRESS,
			     (words[1] & VTD_DESC_PDTLB1_S) != 0);
	return send(unit, &request, effects);
}

static enum vtd_descriptor_outcome
interrupt_entry_cache(struct vtd_unit *unit, const uint64_t *words,
		      struct vtd_effects *effects)
{
	uint32_t index = (uint32_t)vtd_field_get(words[0], VTD_DESC_IEC0_IIDX);
	uint32_t low_bits = 0xffff;

	if ((words[0] & VTD_DESC_IEC0_G) != 0) {
		uint64_t mask = vtd_field_get(words[0], VTD_DESC_IEC0_IM);

		low_bits = mask < 16 ? (UINT32_C(1) << mask) - 1 : 0xffff;
	}
	vtd_invalidate_interrupts(unit, index & ~low_bits, index | low_bits,
				  effects);
	return VTD_DESCRIPTOR_DONE;
}

/* The queue completes it as soon as nothing before it is outstanding. */
static enum vtd_descriptor_outcome
wait(struct vtd_unit *unit, const uint64_t *words, struct vtd_effects *effects)
{
	const struct vtd_wait pending = {
		.interrupt = (words[0] & VTD_DESC_WAIT0_IF) != 0,
		.write_status = (words[0] & VTD_DESC_WAIT0_SW) != 0,
		.fence = (words[0] & VTD_DESC_WAIT0_FN) != 0,
		.page_drain = (words[0] & VTD_DESC_WAIT0_PD) != 0,
		.status_data = (uint32_t)vtd_field_get(
			words[0], VTD_DESC_WAIT0_STATUS_DATA),
		/* Bits from HAW upwards are ignored. */
		.status_address =
			words[1] & VTD_DESC_WAIT1_STATUS_ADDRESS &
			VTD_BITS(unit->config.host_address_width - 1, 0),
	};

	(void)effects;
	return vtd_waits_add(&unit->queue, &pending) ? VTD_DESCRIPTOR_WAITS :
						       VTD_DESCRIPTOR_DEFERRED;
}

static enum vtd_descriptor_outcome
page_group_response(struct vtd_unit *unit, const uint64_t *words,
		    struct vtd_effects *effects)
{
	struct vtd_page_group_response response = {
		.sid = (uint16_t)vtd_field_get(words[0], VTD_DESC_PGR0_RID),
		.pasid_present = (words[0] & VTD_DESC_PGR0_PP) != 0,
		.prgi = (uint16_t)vtd_field_get(words[1], VTD_DESC_PGR1_PRGI),
		.code = (uint8_t)vtd_field_get(words[0], VTD_DESC_PGR0_RC),
	};

	if (response.pasid_present)
		response.pasid = pasid_of(words);
	vtd_unit_count_locked(unit, VTD_COUNT_PAGE_RESPONSES, 1);
	if (vtd_unit_lints(unit))
		vtd_lint_response(unit, &response);
	vtd_effects_add(effects, VTD_EFFECT_PAGE_GROUP_RESPONSE)->u.response =
		response;
	return VTD_DESCRIPTOR_DONE;
}

/* What a descriptor type needs; a set. */
enum feature {
	NEEDS_DEVICE_TLB = 1 << 0,
	NEEDS_PAGE_REQUEST = 1 << 1,
	NEEDS_INTERRUPT_REMAPPING = 1 << 2,
	NEEDS_SCALABLE_MODE = 1 << 3, /* and a 256-bit queue */
};

struct descriptor_row {
	descriptor_fn *execute; /* NULL: no such type */
	uint8_t needs;
	uint8_t granularities; /* set of valid G values */
	uint64_t reserved[2];
};

#define G(value) (1u << (value))
#define NO_G 0xf /* of a type without G: whatever is there */
/* Without DIT the PFSID fields are reserved. */
#define PFSID (VTD_DESC_DTLB0_PFSID_LOW | VTD_DESC_DTLB0_PFSID_HIGH)

static const struct descriptor_row rows[16] = {
	[VTD_DESC_CONTEXT_CACHE] = {
		.execute = context_cache,
		.granularities = G(VTD_GRANULARITY_GLOBAL) |
				 G(VTD_GRANULARITY_DOMAIN) |
				 G(VTD_GRANULARITY_SELECTIVE),
		.reserved = { VTD_DESC_CC0_RESERVED, UINT64_MAX },
	},
	[VTD_DESC_IOTLB] = {
		.execute = iotlb,
		.granularities = G(VTD_GRANULARITY_GLOBAL) |
				 G(VTD_GRANULARITY_DOMAIN) |
				 G(VTD_GRANULARITY_SELECTIVE),
		.reserved = { VTD_DESC_IOTLB0_RESERVED,
			      VTD_DESC_IOTLB1_RESERVED },
	},
	[VTD_DESC_DEVICE_TLB] = {
		.execute = device_tlb,
		.needs = NEEDS_DEVICE_TLB,
		.granularities = NO_G,
		.reserved = { VTD_DESC_DTLB0_RESERVED | PFSID,
			      VTD_DESC_DTLB1_RESERVED },
	},
	[VTD_DESC_INTERRUPT_ENTRY_CACHE] = {
		.execute = interrupt_entry_cache,
		.needs = NEEDS_INTERRUPT_REMAPPING,
		.granularities = NO_G,
		.reserved = { VTD_DESC_IEC0_RESERVED, UINT64_MAX },
	},
	[VTD_DESC_WAIT] = {
		.execute = wait,
		.granularities = NO_G,
		.reserved = { VTD_DESC_WAIT0_RESERVED,
			      VTD_DESC_WAIT1_RESERVED },
	},
	[VTD_DESC_PASID_IOTLB] = {
		.execute = pasid_iotlb,
		.needs = NEEDS_SCALABLE_MODE,
		.granularities = G(VTD_GRANULARITY_PASID) |
				 G(VTD_GRANULARITY_PAGE_IN_PASID),
		.reserved = { VTD_DESC_PIOTLB0_RESERVED,
			      VTD_DESC_PIOTLB1_RESERVED },
	},
	[VTD_DESC_PASID_CACHE] = {
		.execute = pasid_cache,
		.needs = NEEDS_SCALABLE_MODE,
		.granularities = G(VTD_GRANULARITY_PC_DOMAIN) |
				 G(VTD_GRANULARITY_PC_PASID) |
				 G(VTD_GRANULARITY_PC_GLOBAL),
		.reserved = { VTD_DESC_PC0_RESERVED, UINT64_MAX },
	},
	[VTD_DESC_PASID_DEVICE_TLB] = {
		.execute = pasid_device_tlb,
		.needs = NEEDS_DEVICE_TLB | NEEDS_SCALABLE_MODE,
		.granularities = NO_G,
		.reserved = { PFSID, VTD_DESC_PDTLB1_RESERVED },
	},
	[VTD_DESC_PAGE_GROUP_RESPONSE] = {
		.execute = page_group_response,
		.needs = NEEDS_PAGE_REQUEST | NEEDS_SCALABLE_MODE,
		.granularities = NO_G,
		.reserved = { VTD_DESC_PGR0_RESERVED, VTD_DESC_PGR1_RESERVED },
	},
};

unsigned int vtd_descriptor_features(struct vtd_unit *unit, bool wide)
{
	const struct vtd_config *config = &unit->config;
	unsigned int features = 0;

	if (config->device_tlb)
		features |= NEEDS_DEVICE_TLB;
	if (config->page_request)
		features |= NEEDS_PAGE_REQUEST;
	if (config->interrupt_remapping)
		features |= NEEDS_INTERRUPT_REMAPPING;
	if (wide && vtd_unit_ttm(unit) != VTD_TTM_LEGACY)
		features |= NEEDS_SCALABLE_MODE;
	return features;
}

static const struct descriptor_row *row_of(uint64_t word)
{
	return &rows[vtd_field_get(word, VTD_DESC0_TYPE_LOW)];
}

enum vtd_iqei vtd_descriptor_check(const uint64_t *words, unsigned int features)
{
	const struct descriptor_row *row = row_of(words[0]);
	uint64_t reserved = row->reserved[0];

	if (vtd_field_get(words[0], VTD_DESC0_TYPE_HIGH) != 0 ||
	    row->execute == NULL || (row->needs & ~features) != 0)
		return VTD_IQEI_INVALID_TYPE;
	if (row == &rows[VTD_DESC_WAIT] && (features & NEEDS_PAGE_REQUEST) == 0)
		reserved |= VTD_DESC_WAIT0_PD;
	if (((words[0] & reserved) | (words[1] & row->reserved[1]) | words[2] |
	     words[3]) != 0 ||
	    (row->granularities & G(vtd_field_get(words[0], VTD_DESC0_G))) == 0)
		return VTD_IQEI_RESERVED_FIELD;
	return VTD_IQEI_NONE;
}

enum vtd_descriptor_outcome vtd_descriptor_execute(struct vtd_unit *unit,
						   const uint64_t *words,
						   struct vtd_effects *effects)
{
	enum vtd_descriptor_outcome outcome =
		row_of(words[0])->execute(unit, words, effects);

	if (outcome != VTD_DESCRIPTOR_DEFERRED && vtd_unit_lints(unit))
		vtd_lint_descriptor(unit, words);
	return outcome;
}
