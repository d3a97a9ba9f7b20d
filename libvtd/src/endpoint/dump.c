/* SPDX-License-Identifier: BSD-3-Clause */
/* What is in an endpoint, for those who look. */
#include <vtd/dump.h>

#include "endpoint_private.h"

static void copy_group(const struct vtd_prg *from, unsigned int prgi,
		       struct vtd_dump_group *to)
{
	*to = (struct vtd_dump_group){
		.prgi = (uint16_t)prgi,
		.pasid_present = from->pasid_present,
		.waited = from->wait != NULL,
		.pasid = from->pasid,
		.messages = from->messages,
	};
}

void vtd_endpoint_dump(struct vtd_endpoint *ep, struct vtd_dump_endpoint *state,
		       struct vtd_dump_group *group, size_t room)
{
	pthread_mutex_lock(&ep->lock);
	*state = (struct vtd_dump_endpoint){
		.sid = (uint16_t)atomic_load(&ep->sid),
		.ats_enabled = ep->ats_enabled,
		.ats_usable = atomic_load(&ep->ats_usable),
		.pasid_enabled = atomic_load(&ep->pasid_enabled),
		.pri_enabled = ep->pri_enabled,
		.pri_failed = ep->pri_failed,
		.pri_status = ep->pri_status,
		.pri_allocation = ep->pri_allocation,
		.pri_outstanding = ep->pri_outstanding,
	};
	for (unsigned int i = 0; i < VTD_PRG_INDICES; i++) {
		if (!ep->groups[i].outstanding)
			continue;
		if (state->groups < room)
			copy_group(&ep->groups[i], i, &group[state->groups]);
		state->groups++;
	}
	pthread_mutex_unlock(&ep->lock);
}
