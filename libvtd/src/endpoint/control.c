/* SPDX-License-Identifier: BSD-3-Clause */
/* What software does to the capabilities in configuration space, and reset. */
#include "endpoint_private.h"
#include "list.h"

enum vtd_endpoint_reason vtd_epoch_reason(const struct vtd_endpoint *ep,
					  uint64_t epoch)
{
	if (epoch < atomic_load(&ep->reset_epoch))
		return VTD_REASON_RESET;
	if (!ep->ats_enabled)
		return VTD_REASON_ATS_OFF;
	if (!atomic_load(&ep->ats_usable))
		return VTD_REASON_ATS_STOPPED;
	return VTD_REASON_CHANGED;
}

/* After the change, so that whoever sees the new epoch sees the change.  Groups
 * stay outstanding. */
static void end_epoch(struct vtd_endpoint *ep, enum vtd_endpoint_reason reason)
{
	vtd_atc_flush(ep->atc);
	vtd_wait_finish_all(ep, &ep->queued, reason);
	vtd_wait_finish_all(ep, &ep->sent, reason);
	vtd_wait_finish_all(ep, &ep->pausing, reason);
	vtd_wait_finish_all(ep, &ep->asked, reason);
}

void vtd_endpoint_set_source_id(struct vtd_endpoint *ep, uint16_t sid)
{
	pthread_mutex_lock(&ep->lock);
	if (atomic_exchange(&ep->sid, sid) != sid) {
		end_epoch(ep, VTD_REASON_CHANGED);
		/* The old source-id may be another function's from here on. */
		vtd_message_cut_off(ep);
	}
	vtd_endpoint_pump(ep);
	pthread_mutex_unlock(&ep->lock);
}

void vtd_endpoint_ats_control(struct vtd_endpoint *ep, bool enable,
			      unsigned int stu)
{
	pthread_mutex_lock(&ep->lock);
	atomic_store(&ep->stu, stu < VTD_STU_MAX ? stu : VTD_STU_MAX);
	if (enable != ep->ats_enabled) {
		ep->ats_enabled = enable;
		atomic_store(&ep->ats_usable, enable);
		end_epoch(ep, enable ? VTD_REASON_CHANGED : VTD_REASON_ATS_OFF);
	}
	vtd_endpoint_pump(ep);
	pthread_mutex_unlock(&ep->lock);
}

void vtd_endpoint_stop_ats(struct vtd_endpoint *ep, uint64_t epoch,
			   enum vtd_condition condition)
{
	pthread_mutex_lock(&ep->lock);
	if (vtd_endpoint_epoch(ep) == epoch) {
		atomic_store(&ep->ats_usable, false);
		ep->ats_stopped_by = condition;
		end_epoch(ep, VTD_REASON_ATS_STOPPED);
	}
	vtd_endpoint_pump(ep);
	pthread_mutex_unlock(&ep->lock);
}

void vtd_endpoint_pasid_control(struct vtd_endpoint *ep, bool enable,
				bool privileged)
{
	bool changed;

	enable = enable && ep->config.pasid_bits;
	privileged = enable && privileged && ep->config.privileged_mode;
	pthread_mutex_lock(&ep->lock);
	changed = atomic_exchange(&ep->pasid_enabled, enable) != enable;
	if (atomic_exchange(&ep->privileged_enabled, privileged) != privileged)
		changed = true;
	if (changed)
		end_epoch(ep, VTD_REASON_CHANGED);
	vtd_endpoint_pump(ep);
	pthread_mutex_unlock(&ep->lock);
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
		vtd_wait_finish_all(ep, &ep->queued, VTD_REASON_PRI_OFF);
	if (!enable && reset) {
		vtd_prg_forget_all(ep, VTD_REASON_RESET);
		vtd_bus_drain(ep, true);
	}
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
	/* As long as there are messages left, one is on its way. */
	if (!ep->pri_enabled && !ep->pri_outstanding &&
	    !vtd_bus_has_page_request(ep))
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

void vtd_endpoint_end_life(struct vtd_endpoint *ep)
{
	atomic_store(&ep->reset_epoch, vtd_endpoint_epoch(ep) + 1);
	end_epoch(ep, VTD_REASON_RESET);
}

void vtd_endpoint_disable_all(struct vtd_endpoint *ep)
{
	ep->ats_enabled = false;
	atomic_store(&ep->ats_usable, false);
	atomic_store(&ep->stu, 0);
	atomic_store(&ep->pasid_enabled, false);
	atomic_store(&ep->privileged_enabled, false);
	vtd_endpoint_end_life(ep);

	ep->pri_enabled = false;
	ep->pri_failed = false;
	ep->pri_status = 0;
	ep->pri_allocation = 0;
	vtd_prg_forget_all(ep, VTD_REASON_RESET);
	vtd_bus_drain(ep, false);
}

void vtd_endpoint_reset(struct vtd_endpoint *ep)
{
	pthread_mutex_lock(&ep->lock);
	vtd_endpoint_disable_all(ep);
	vtd_endpoint_pump(ep);
	pthread_mutex_unlock(&ep->lock);
}
