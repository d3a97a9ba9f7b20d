/* SPDX-License-Identifier: BSD-3-Clause */
/* What software does to the capabilities in configuration space, and reset. */
#include "endpoint_private.h"
#include "list.h"

#define EPOCH_USABLE 1u

#define STU_MAX 31u

/* Make the epoch usable or not; no change if it is so already. */
static void set_ats_usable(struct vtd_endpoint *ep, bool usable)
{
	unsigned int epoch = atomic_load(&ep->ats_epoch);

	while ((epoch & EPOCH_USABLE) != (usable ? EPOCH_USABLE : 0) &&
	       !atomic_compare_exchange_weak(&ep->ats_epoch, &epoch, epoch + 1))
		;
}

void vtd_endpoint_ats_control(struct vtd_endpoint *ep, bool enable,
			      unsigned int stu)
{
	atomic_store(&ep->stu, stu < STU_MAX ? stu : STU_MAX);
	if (!enable) {
		atomic_store(&ep->ats_enabled, false);
		set_ats_usable(ep, false);
	} else if (!atomic_exchange(&ep->ats_enabled, true)) {
		/* Before anything can be looked up again. */
		vtd_atc_flush(ep->atc);
		set_ats_usable(ep, true);
	}
}

void vtd_endpoint_pasid_control(struct vtd_endpoint *ep, bool enable,
				bool privileged)
{
	enable = enable && ep->config.pasid_bits;
	atomic_store(&ep->privileged_enabled,
		     enable && privileged && ep->config.privileged_mode);
	atomic_store(&ep->pasid_enabled, enable);
}

bool vtd_pri_usable(const struct vtd_endpoint *ep)
{
	return ep->pri_enabled && !ep->pri_failed;
}

void vtd_endpoint_pri_control(struct vtd_endpoint *ep, bool enable, bool reset)
{
	enable = enable && ep->config.pri_capacity;
	pthread_mutex_lock(&ep->lock);
	if (enable && !ep->pri_enabled) {
		ep->pri_failed = false;
		ep->pri_status = 0;
	}
	ep->pri_enabled = enable;
	if (!enable)
		vtd_wait_finish_all(ep, &ep->queued, VTD_ENDPOINT_REFUSED);
	if (!enable && reset)
		vtd_prg_forget_all(ep, VTD_ENDPOINT_ABORTED);
	vtd_endpoint_pump(ep);
	pthread_mutex_unlock(&ep->lock);
}

void vtd_endpoint_pri_allocation(struct vtd_endpoint *ep, uint32_t messages)
{
	uint32_t capacity = ep->config.pri_capacity;

	pthread_mutex_lock(&ep->lock);
	ep->pri_allocation = messages < capacity ? messages : capacity;
	vtd_endpoint_pump(ep);
	pthread_mutex_unlock(&ep->lock);
}

uint16_t vtd_endpoint_pri_status(struct vtd_endpoint *ep)
{
	uint16_t status;

	pthread_mutex_lock(&ep->lock);
	status = ep->pri_status;
	if (!ep->pri_enabled && !ep->pri_outstanding)
		status |= VTD_PRI_STOPPED;
	pthread_mutex_unlock(&ep->lock);
	if (ep->config.response_pasid_required)
		status |= VTD_PRI_RESPONSE_PASID_REQUIRED;
	return status;
}

void vtd_endpoint_pri_status_clear(struct vtd_endpoint *ep, uint16_t bits)
{
	pthread_mutex_lock(&ep->lock);
	ep->pri_status &= (uint16_t)~bits;
	pthread_mutex_unlock(&ep->lock);
}

void vtd_endpoint_reset(struct vtd_endpoint *ep)
{
	vtd_endpoint_ats_control(ep, false, 0);
	vtd_endpoint_pasid_control(ep, false, false);
	vtd_atc_flush(ep->atc);

	pthread_mutex_lock(&ep->lock);
	ep->resets++;
	ep->pri_enabled = false;
	ep->pri_failed = false;
	ep->pri_status = 0;
	ep->pri_allocation = 0;
	vtd_wait_finish_all(ep, &ep->queued, VTD_ENDPOINT_ABORTED);
	vtd_prg_forget_all(ep, VTD_ENDPOINT_ABORTED);
	pthread_cond_broadcast(&ep->changed);
	vtd_endpoint_pump(ep);
	pthread_mutex_unlock(&ep->lock);
}
