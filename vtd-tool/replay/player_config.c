/* SPDX-License-Identifier: BSD-3-Clause */
/* What unit a recording is of. */
#include "player_private.h"

static bool is_on(const struct vtd_record *record, unsigned int i)
{
	return value_of(record, i) != 0;
}

/* In the order of docs/recording.md. */
static void take_config(const struct vtd_record *record,
			struct vtd_config *config)
{
	unsigned int i = 1;

	vtd_config_init(config);
	config->host_address_width = (unsigned int)value_of(record, i++);
	config->guest_address_width = (unsigned int)value_of(record, i++);
	config->address_widths = (unsigned int)value_of(record, i++);
	config->scalable_mode = is_on(record, i++);
	config->first_stage = is_on(record, i++);
	config->second_stage = is_on(record, i++);
	config->nested = is_on(record, i++);
	config->pass_through = is_on(record, i++);
	config->first_stage_5_level = is_on(record, i++);
	config->first_stage_1g_pages = is_on(record, i++);
	config->second_stage_2m_pages = is_on(record, i++);
	config->second_stage_1g_pages = is_on(record, i++);
	config->second_stage_accessed_dirty = is_on(record, i++);
	config->extended_accessed = is_on(record, i++);
	config->page_walk_coherency = is_on(record, i++);
	config->snoop_control = is_on(record, i++);
	config->supervisor_requests = is_on(record, i++);
	config->abort_dma = is_on(record, i++);
	config->zero_length_read = is_on(record, i++);
	config->pasid_bits = (unsigned int)value_of(record, i++);
	config->device_tlb = is_on(record, i++);
	config->page_request = is_on(record, i++);
	config->no_write_flag = is_on(record, i++);
	config->interrupt_remapping = is_on(record, i++);
	config->extended_interrupt_mode = is_on(record, i++);
	config->posted_interrupts = is_on(record, i++);
	config->caching_mode = is_on(record, i++);
	config->dma_draining = is_on(record, i++);
	config->transient_mapping = is_on(record, i++);
	config->self_flush = is_on(record, i++);
	config->fault_records = (unsigned int)value_of(record, i++);
	config->fault_compression = is_on(record, i++);
	config->device_tlb_timeout = value_of(record, i++);
	config->iotlb = (enum vtd_iotlb_kind)value_of(record, i++);
	config->iotlb_entries = (unsigned int)value_of(record, i++);
	config->check = is_on(record, i++);
	config->check_waits = (unsigned int)value_of(record, i++);
}

/* What the program lacked is missing here, too. */
static void take_callbacks(uint64_t mask, struct vtd_host_ops *ops)
{
	*ops = player_host_ops;
	if ((mask & 1) == 0)
		ops->device_tlb_invalidate = NULL;
	if ((mask & 2) == 0)
		ops->page_group_response = NULL;
	if ((mask & 4) == 0)
		ops->timer_set = NULL;
	if ((mask & 8) == 0)
		ops->clock = NULL;
	if ((mask & 16) == 0)
		ops->mappings_changed = NULL;
	if ((mask & 32) == 0)
		ops->interrupts_changed = NULL;
	if ((mask & 64) == 0)
		ops->trace = NULL;
	if ((mask & 128) == 0)
		ops->stale_use = NULL;
	if ((mask & 256) == 0)
		ops->lint = NULL;
}

void player_take_config(const struct vtd_record *record,
			struct vtd_config *config, struct vtd_host_ops *ops)
{
	take_config(record, config);
	take_callbacks(value_of(record, 0), ops);
}
