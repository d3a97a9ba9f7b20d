/* SPDX-License-Identifier: BSD-3-Clause */
#include "endpoint_state.h"

static uint64_t bit_if(bool on, uint64_t bit)
{
	return on ? bit : 0;
}

static uint64_t control_of(const struct vtd_endpoint *ep)
{
	return bit_if(ep->ats_enabled, VTD_EP_STATE_ATS_ENABLED) |
	       bit_if(atomic_load(&ep->ats_usable), VTD_EP_STATE_ATS_USABLE) |
	       bit_if(atomic_load(&ep->pasid_enabled),
		      VTD_EP_STATE_PASID_ENABLED) |
	       bit_if(atomic_load(&ep->privileged_enabled),
		      VTD_EP_STATE_PRIVILEGED_ENABLED) |
	       bit_if(ep->pri_enabled, VTD_EP_STATE_PRI_ENABLED) |
	       bit_if(ep->pri_failed, VTD_EP_STATE_PRI_FAILED) |
	       vtd_field_make(VTD_EP_STATE_STU, atomic_load(&ep->stu)) |
	       vtd_field_make(VTD_EP_STATE_SID, atomic_load(&ep->sid)) |
	       vtd_field_make(VTD_EP_STATE_PRI_STATUS, ep->pri_status);
}

static enum vtd_condition ats_stopped_by(const struct vtd_endpoint *ep)
{
	return ep->ats_enabled && !atomic_load(&ep->ats_usable) ?
		       ep->ats_stopped_by :
		       VTD_CONDITION_NONE;
}

static void put_groups(struct vtd_blob_writer *w, const struct vtd_endpoint *ep)
{
	vtd_blob_put(w, VTD_PRG_INDICES - ep->free_count);
	for (unsigned int i = 0; i < VTD_PRG_INDICES; i++) {
		const struct vtd_prg *group = &ep->groups[i];
		uint64_t pasid = 0;

		if (!group->outstanding)
			continue;
		if (group->pasid_present)
			pasid = VTD_EP_STATE_GROUP_PASID_PRESENT |
				vtd_field_make(VTD_EP_STATE_GROUP_PASID,
					       group->pasid);
		vtd_blob_put(
			w, vtd_field_make(VTD_EP_STATE_GROUP_INDEX, i) | pasid |
				   vtd_field_make(VTD_EP_STATE_GROUP_MESSAGES,
						  group->messages));
	}
}

static void put_free_indices(struct vtd_blob_writer *w,
			     const struct vtd_endpoint *ep)
{
	uint64_t word = 0;

	for (unsigned int i = 0; i < ep->free_count; i++) {
		unsigned int at = (ep->free_head + i) % VTD_PRG_INDICES;
		unsigned int place = i % VTD_EP_STATE_INDICES_IN_A_WORD;

		word |= (uint64_t)ep->free_indices[at] << (16 * place);
		if (place < VTD_EP_STATE_INDICES_IN_A_WORD - 1 &&
		    i < ep->free_count - 1)
			continue;
		vtd_blob_put(w, word);
		word = 0;
	}
}

size_t vtd_endpoint_save(struct vtd_endpoint *ep, void *blob, size_t size)
{
	struct vtd_blob_writer w = { .bytes = blob, .size = size };

	pthread_mutex_lock(&ep->lock);
	ep->savers++;
	vtd_bus_drain_group(ep);
	vtd_blob_put(&w, VTD_BLOB_MAGIC(VTD_EP_STATE_LETTERS,
					VTD_EP_STATE_VERSION));
	vtd_blob_put(&w, vtd_endpoint_state_config(&ep->config));
	vtd_blob_put(&w, control_of(ep));
	vtd_blob_put(&w, ats_stopped_by(ep));
	vtd_blob_put(&w, ep->pri_allocation);
	vtd_blob_put(&w, ep->tickets);
	put_groups(&w, ep);
	put_free_indices(&w, ep);
	vtd_blob_put_checksum(&w);
	ep->savers--;
	/* Groups that would have begun meanwhile. */
	vtd_endpoint_pump(ep);
	pthread_mutex_unlock(&ep->lock);
	return w.at;
}
