/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loading the state of an endpoint.  Whoever wrote it is not trusted: all is
 * checked before the first value is used, and what passes is a state in which
 * an endpoint can be.
 */
#include <errno.h>

#include "list.h"
#include "endpoint_state.h"

/* What a blob holds, checked and not yet applied. */
struct snapshot {
	uint64_t control;
	uint64_t ats_stopped_by;
	uint64_t pri_allocation;
	uint64_t tickets;
	uint64_t outstanding; /* messages */
	struct vtd_prg groups[VTD_PRG_INDICES];
	unsigned int free_count;
	uint16_t free_indices[VTD_PRG_INDICES];
};

static bool has(uint64_t word, uint64_t bit)
{
	return (word & bit) != 0;
}

static void get_header(struct vtd_blob_reader *r,
		       const struct vtd_endpoint_config *config)
{
	uint64_t magic = vtd_blob_get(r);
	uint64_t theirs;
	uint64_t differs;

	if (VTD_BLOB_LETTERS(magic) != VTD_EP_STATE_LETTERS)
		vtd_blob_fail(r, "this is no state of an endpoint");
	if (VTD_BLOB_VERSION(magic) > VTD_EP_STATE_VERSION)
		vtd_blob_fail(r, "the state is of a later version of libvtd");
	if (VTD_BLOB_VERSION(magic) < VTD_EP_STATE_VERSION)
		vtd_blob_fail(r, "the state is of a version that never was");
	vtd_blob_get_checksum(r);
	theirs = vtd_blob_get(r);
	differs = theirs ^ vtd_endpoint_state_config(config);
	if (has(differs, VTD_EP_STATE_PASID_BITS))
		vtd_blob_fail(r, "the state is of an endpoint with other "
				 "pasid_bits");
	if (has(differs, VTD_EP_STATE_PRIVILEGED_MODE))
		vtd_blob_fail(r, "the state is of an endpoint with another "
				 "privileged_mode");
	if (has(differs, VTD_EP_STATE_RESPONSE_PASID))
		vtd_blob_fail(r, "the state is of an endpoint with another "
				 "response_pasid_required");
	if (has(differs, VTD_EP_STATE_PRI_CAPACITY))
		vtd_blob_fail(r, "the state is of an endpoint with another "
				 "pri_capacity");
	if (differs)
		vtd_blob_fail(r, "the state is of an endpoint with another "
				 "configuration");
}

/* Combinations of switches that software cannot make. */
static bool can_be(uint64_t control, const struct vtd_endpoint_config *config)
{
	if (has(control, VTD_EP_STATE_ATS_USABLE) &&
	    !has(control, VTD_EP_STATE_ATS_ENABLED))
		return false;
	if (has(control, VTD_EP_STATE_PASID_ENABLED) && !config->pasid_bits)
		return false;
	if (has(control, VTD_EP_STATE_PRIVILEGED_ENABLED) &&
	    (!config->privileged_mode ||
	     !has(control, VTD_EP_STATE_PASID_ENABLED)))
		return false;
	return config->pri_capacity ||
	       !has(control,
		    VTD_EP_STATE_PRI_ENABLED | VTD_EP_STATE_PRI_FAILED);
}

static void get_control(struct vtd_blob_reader *r, struct snapshot *s,
			const struct vtd_endpoint_config *config)
{
	uint64_t stopped = VTD_EP_STATE_ATS_ENABLED;

	s->control = vtd_blob_get(r);
	s->ats_stopped_by = vtd_blob_get(r);
	s->pri_allocation = vtd_blob_get(r);
	s->tickets = vtd_blob_get(r);
	if (has(s->control, VTD_EP_STATE_CONTROL_RESERVED) ||
	    vtd_field_get(s->control, VTD_EP_STATE_STU) > VTD_STU_MAX ||
	    has(vtd_field_get(s->control, VTD_EP_STATE_PRI_STATUS),
		~(uint64_t)(VTD_PRI_RESPONSE_FAILURE |
			    VTD_PRI_UNEXPECTED_INDEX)))
		vtd_blob_fail(r, "a control or status register has bits that "
				 "it cannot have");
	if (!can_be(s->control, config))
		vtd_blob_fail(r, "the control registers contradict each other");
	if (s->ats_stopped_by >= VTD_CONDITIONS ||
	    (s->ats_stopped_by &&
	     (s->control &
	      (VTD_EP_STATE_ATS_ENABLED | VTD_EP_STATE_ATS_USABLE)) != stopped))
		vtd_blob_fail(r, "what stopped ATS cannot have");
	if (s->pri_allocation > config->pri_capacity)
		vtd_blob_fail(r, "the page request allocation is above the "
				 "capacity");
	if (s->tickets > UINT64_MAX / 2)
		vtd_blob_fail(r, "there are more tickets than can have been");
}

static void get_group(struct vtd_blob_reader *r, struct snapshot *s,
		      const struct vtd_endpoint_config *config, int *last)
{
	uint64_t word = vtd_blob_get(r);
	int prgi = (int)vtd_field_get(word, VTD_EP_STATE_GROUP_INDEX);
	const struct vtd_prg group = {
		.outstanding = true,
		.pasid_present = has(word, VTD_EP_STATE_GROUP_PASID_PRESENT),
		.pasid =
			(uint32_t)vtd_field_get(word, VTD_EP_STATE_GROUP_PASID),
		.messages = (unsigned int)vtd_field_get(
			word, VTD_EP_STATE_GROUP_MESSAGES),
	};

	if (prgi <= *last)
		vtd_blob_fail(r, "page request groups are not in order");
	if (has(word, VTD_EP_STATE_GROUP_RESERVED) || !group.messages ||
	    (group.pasid_present ? group.pasid >> config->pasid_bits :
				   group.pasid))
		vtd_blob_fail(r, "a page request group cannot be");
	s->outstanding += group.messages;
	s->groups[prgi] = group;
	*last = prgi;
}

static void get_groups(struct vtd_blob_reader *r, struct snapshot *s,
		       const struct vtd_endpoint_config *config)
{
	uint64_t count = vtd_blob_get(r);
	int last = -1;

	if (count > VTD_PRG_INDICES) {
		vtd_blob_fail(r, "there are more page request groups than "
				 "indices");
		return;
	}
	s->free_count = VTD_PRG_INDICES - (unsigned int)count;
	for (uint64_t i = 0; i < count; i++)
		get_group(r, s, config, &last);
	if (s->outstanding > config->pri_capacity)
		vtd_blob_fail(r, "more page requests are outstanding than "
				 "there can be");
	if (count && has(s->control, VTD_EP_STATE_PRI_FAILED))
		vtd_blob_fail(r, "page requests are outstanding after a "
				 "response failure");
}

/* Each index that no group has, once. */
static void get_free_indices(struct vtd_blob_reader *r, struct snapshot *s)
{
	bool taken[VTD_PRG_INDICES];
	uint64_t word = 0;

	for (unsigned int i = 0; i < VTD_PRG_INDICES; i++)
		taken[i] = s->groups[i].outstanding;
	for (unsigned int i = 0; i < s->free_count; i++) {
		uint16_t prgi;

		if (i % VTD_EP_STATE_INDICES_IN_A_WORD == 0)
			word = vtd_blob_get(r);
		prgi = (uint16_t)word;
		word >>= 16;
		if (prgi >= VTD_PRG_INDICES || taken[prgi]) {
			vtd_blob_fail(r, "an index is free that is not, or "
					 "twice");
			return;
		}
		taken[prgi] = true;
		s->free_indices[i] = prgi;
	}
	if (word)
		vtd_blob_fail(r, "there are too many free indices");
}

static void get_snapshot(struct vtd_blob_reader *r, struct snapshot *s,
			 const struct vtd_endpoint_config *config)
{
	get_header(r, config);
	get_control(r, s, config);
	get_groups(r, s, config);
	if (!r->reason)
		get_free_indices(r, s);
	vtd_blob_end(r);
}

/* Everything is off. */
static void apply(struct vtd_endpoint *ep, const struct snapshot *s)
{
	const uint64_t control = s->control;

	atomic_store(&ep->sid,
		     (unsigned int)vtd_field_get(control, VTD_EP_STATE_SID));
	atomic_store(&ep->stu,
		     (unsigned int)vtd_field_get(control, VTD_EP_STATE_STU));
	atomic_store(&ep->pasid_enabled,
		     has(control, VTD_EP_STATE_PASID_ENABLED));
	atomic_store(&ep->privileged_enabled,
		     has(control, VTD_EP_STATE_PRIVILEGED_ENABLED));
	ep->ats_enabled = has(control, VTD_EP_STATE_ATS_ENABLED);
	atomic_store(&ep->ats_usable, has(control, VTD_EP_STATE_ATS_USABLE));
	ep->ats_stopped_by = (enum vtd_condition)s->ats_stopped_by;
	ep->pri_enabled = has(control, VTD_EP_STATE_PRI_ENABLED);
	ep->pri_failed = has(control, VTD_EP_STATE_PRI_FAILED);
	ep->pri_status =
		(uint16_t)vtd_field_get(control, VTD_EP_STATE_PRI_STATUS);
	ep->pri_allocation = (uint32_t)s->pri_allocation;
	/* None is used again, whichever side it is of. */
	if (ep->tickets < s->tickets)
		ep->tickets = s->tickets;
	vtd_prg_restore(ep, s->groups, s->free_indices);
	vtd_endpoint_end_life(ep);
}

int vtd_endpoint_load(struct vtd_endpoint *ep, const void *blob, size_t size,
		      const char **reason)
{
	struct vtd_blob_reader r = { .bytes = blob, .size = size };
	struct snapshot s = { .control = 0 };

	get_snapshot(&r, &s, &ep->config);
	if (reason)
		*reason = r.reason;
	if (r.reason)
		return -EINVAL;
	pthread_mutex_lock(&ep->lock);
	vtd_endpoint_disable_all(ep);
	apply(ep, &s);
	vtd_endpoint_pump(ep);
	pthread_mutex_unlock(&ep->lock);
	return 0;
}
