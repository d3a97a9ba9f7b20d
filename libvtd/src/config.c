/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <vtd/spec/regs.h>

#include "sized.h"

#define FAULT_RECORDS_MAX 8
/* MAMV: up to 1 GiB in one page-selective request */
#define MASK_ADDRESS_MAX 18
#define HANDLE_MASK_MAX 15 /* MHMV */
#define DOMAIN_ID_BITS 16
#define IOTLB_ENTRIES_MIN 16
#define IOTLB_ENTRIES_MAX (1u << 20)

static const struct vtd_config defaults = {
	.size = sizeof(struct vtd_config),
	.host_address_width = 48,
	.guest_address_width = 48,
	.address_widths = VTD_WIDTH_39 | VTD_WIDTH_48,
	.scalable_mode = true,
	.first_stage = true,
	.second_stage = true,
	.nested = true,
	.pass_through = true,
	.first_stage_5_level = true,
	.first_stage_1g_pages = true,
	.second_stage_2m_pages = true,
	.second_stage_1g_pages = true,
	.second_stage_accessed_dirty = true,
	.extended_accessed = true,
	.page_walk_coherency = true,
	.snoop_control = true,
	.supervisor_requests = true,
	.zero_length_read = true,
	.pasid_bits = VTD_PASID_BITS,
	.device_tlb = true,
	.page_request = true,
	.no_write_flag = true,
	.interrupt_remapping = true,
	.extended_interrupt_mode = true,
	.dma_draining = true,
	.self_flush = true,
	.fault_records = FAULT_RECORDS_MAX,
	.fault_compression = true,
	.device_tlb_timeout = UINT64_C(10) * 1000 * 1000 * 1000,
	.check_waits = 4,
};

void vtd_config_init_sized(struct vtd_config *config, size_t size)
{
	vtd_sized_init(config, size, &defaults, sizeof(defaults));
}

/* One rule: what must not be, and how to say so. */
struct rule {
	bool broken;
	const char *reason;
};

static const char *first_broken(const struct rule *rule, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (rule[i].broken)
			return rule[i].reason;
	return NULL;
}

static const char *check_widths(const struct vtd_config *c)
{
	unsigned int known = VTD_WIDTH_39 | VTD_WIDTH_48 | VTD_WIDTH_57;
	const struct rule rules[] = {
		{ c->host_address_width < 32 || c->host_address_width > 52,
		  "host_address_width must be 32..52" },
		{ c->guest_address_width < c->host_address_width ||
			  c->guest_address_width > 57,
		  "guest_address_width must be host_address_width..57" },
		{ (c->address_widths & ~known) != 0,
		  "address_widths must be a set of VTD_WIDTH_39, _48, _57" },
		{ c->address_widths == 0 && c->scalable_mode,
		  "address_widths may be empty only without scalable_mode" },
		{ c->pasid_bits > VTD_PASID_BITS, "pasid_bits must be 0..20" },
		{ c->fault_records < 1 || c->fault_records > FAULT_RECORDS_MAX,
		  "fault_records must be 1..8" },
		{ c->device_tlb_timeout == 0,
		  "device_tlb_timeout must not be 0" },
	};

	return first_broken(rules, sizeof(rules) / sizeof(*rules));
}

static const char *check_caches(const struct vtd_config *c)
{
	unsigned int entries = c->iotlb_entries;
	const struct rule rules[] = {
		{ (unsigned int)c->iotlb > VTD_IOTLB_KEEP,
		  "iotlb must be VTD_IOTLB_LIVE, _SIZED or _KEEP" },
		{ c->check && c->iotlb == VTD_IOTLB_LIVE,
		  "check needs iotlb VTD_IOTLB_SIZED or _KEEP: with _LIVE nothing is cached that it could compare" },
		{ entries != 0 && (entries < IOTLB_ENTRIES_MIN ||
				   entries > IOTLB_ENTRIES_MAX ||
				   (entries & (entries - 1)) != 0),
		  "iotlb_entries must be 0 or a power of two, 16..2^20" },
	};

	return first_broken(rules, sizeof(rules) / sizeof(*rules));
}

static const char *check_translation(const struct vtd_config *c)
{
	const struct rule rules[] = {
		{ c->first_stage && !c->scalable_mode,
		  "first_stage needs scalable_mode" },
		{ c->scalable_mode && !c->first_stage && !c->second_stage,
		  "scalable_mode needs first_stage or second_stage" },
		{ !c->scalable_mode && !c->second_stage,
		  "second_stage is all that a unit without scalable_mode has" },
		{ c->nested && (!c->first_stage || !c->second_stage),
		  "nested needs first_stage and second_stage" },
		{ c->first_stage_5_level && !c->first_stage,
		  "first_stage_5_level needs first_stage" },
		{ c->first_stage_1g_pages && !c->first_stage,
		  "first_stage_1g_pages needs first_stage" },
		{ c->second_stage_1g_pages && !c->second_stage_2m_pages,
		  "second_stage_1g_pages needs second_stage_2m_pages" },
		{ c->second_stage_accessed_dirty &&
			  (!c->scalable_mode || !c->page_walk_coherency),
		  "second_stage_accessed_dirty needs scalable_mode and "
		  "page_walk_coherency" },
		{ c->extended_accessed &&
			  (!c->first_stage || !c->page_walk_coherency),
		  "extended_accessed needs first_stage and "
		  "page_walk_coherency" },
		{ c->supervisor_requests && !c->scalable_mode,
		  "supervisor_requests needs scalable_mode" },
		{ c->abort_dma && !c->scalable_mode,
		  "abort_dma needs scalable_mode" },
	};

	return first_broken(rules, sizeof(rules) / sizeof(*rules));
}

static const char *check_requests(const struct vtd_config *c)
{
	const struct rule rules[] = {
		{ c->pasid_bits != 0 && !c->scalable_mode,
		  "pasid_bits needs scalable_mode" },
		{ c->page_request && !c->device_tlb,
		  "page_request needs device_tlb" },
		{ c->page_request && !c->scalable_mode,
		  "page_request needs scalable_mode" },
		{ c->transient_mapping && !c->device_tlb,
		  "transient_mapping needs device_tlb" },
		{ c->no_write_flag && !c->device_tlb,
		  "no_write_flag needs device_tlb" },
		{ c->extended_interrupt_mode && !c->interrupt_remapping,
		  "extended_interrupt_mode needs interrupt_remapping" },
		{ c->posted_interrupts && !c->interrupt_remapping,
		  "posted_interrupts needs interrupt_remapping" },
	};

	return first_broken(rules, sizeof(rules) / sizeof(*rules));
}

const char *vtd_config_take(struct vtd_config *config,
			    const struct vtd_config *program)
{
	const char *reason;

	*config = defaults;
	reason = vtd_sized_take(config, sizeof(*config), program);
	if (reason == NULL)
		reason = check_widths(config);
	if (reason == NULL)
		reason = check_translation(config);
	if (reason == NULL)
		reason = check_requests(config);
	if (reason == NULL)
		reason = check_caches(config);
	return reason;
}

const char *vtd_config_check(const struct vtd_config *config)
{
	struct vtd_config known;

	return vtd_config_take(&known, config);
}

/* Major version 1: register-based invalidation is there in legacy mode. */
uint32_t vtd_config_version(const struct vtd_config *config)
{
	(void)config;
	return (uint32_t)vtd_field_make(VTD_VER_MAX, 1);
}

static uint64_t flag(bool on, uint64_t bit)
{
	return on ? bit : 0;
}

uint64_t vtd_config_cap(const struct vtd_config *c)
{
	unsigned int large_pages = (c->second_stage_2m_pages ? 1 : 0) |
				   (c->second_stage_1g_pages ? 2 : 0);

	return vtd_field_make(VTD_CAP_ND, (DOMAIN_ID_BITS - 4) / 2) |
	       vtd_field_make(VTD_CAP_SAGAW, c->address_widths) |
	       vtd_field_make(VTD_CAP_MGAW, c->guest_address_width - 1) |
	       vtd_field_make(VTD_CAP_FRO, VTD_REG_FRCD / 16) |
	       vtd_field_make(VTD_CAP_SSLPS, large_pages) |
	       vtd_field_make(VTD_CAP_NFR, c->fault_records - 1) |
	       vtd_field_make(VTD_CAP_MAMV, MASK_ADDRESS_MAX) | VTD_CAP_PSI |
	       flag(c->dma_draining, VTD_CAP_DRD | VTD_CAP_DWD) |
	       flag(c->caching_mode, VTD_CAP_CM) |
	       flag(c->zero_length_read, VTD_CAP_ZLR) |
	       flag(c->first_stage_1g_pages, VTD_CAP_FS1GP) |
	       flag(c->first_stage_5_level, VTD_CAP_FS5LP) |
	       flag(c->posted_interrupts, VTD_CAP_PI) |
	       flag(c->self_flush, VTD_CAP_ESRTPS) |
	       flag(c->self_flush && c->interrupt_remapping, VTD_CAP_ESIRTPS);
}

static uint64_t ecap_of_scalable_mode(const struct vtd_config *c)
{
	if (!c->scalable_mode)
		return 0;
	return VTD_ECAP_SMTS | VTD_ECAP_RPS |
	       flag(c->first_stage, VTD_ECAP_FSTS) |
	       flag(c->second_stage, VTD_ECAP_SSTS) |
	       flag(c->nested, VTD_ECAP_NEST) |
	       flag(c->page_walk_coherency, VTD_ECAP_SMPWCS) |
	       flag(c->second_stage_accessed_dirty, VTD_ECAP_SSADS) |
	       flag(c->extended_accessed, VTD_ECAP_EAFS) |
	       flag(c->supervisor_requests, VTD_ECAP_SRS | VTD_ECAP_RPRIVS) |
	       flag(c->abort_dma, VTD_ECAP_ADMS) |
	       flag(c->page_request,
		    VTD_ECAP_PRS | VTD_ECAP_PDS | VTD_ECAP_SMS) |
	       (c->pasid_bits != 0 ?
			VTD_ECAP_PASID | vtd_field_make(VTD_ECAP_PSS,
							c->pasid_bits - 1) :
			0);
}

uint64_t vtd_config_ecap(const struct vtd_config *c)
{
	return VTD_ECAP_QI | ecap_of_scalable_mode(c) |
	       vtd_field_make(VTD_ECAP_IRO, VTD_REG_IVA / 16) |
	       vtd_field_make(VTD_ECAP_MHMV, HANDLE_MASK_MAX) |
	       flag(c->page_walk_coherency, VTD_ECAP_C) |
	       flag(c->device_tlb, VTD_ECAP_DT) |
	       flag(c->interrupt_remapping, VTD_ECAP_IR) |
	       flag(c->extended_interrupt_mode, VTD_ECAP_EIM) |
	       flag(c->pass_through, VTD_ECAP_PT) |
	       flag(c->snoop_control, VTD_ECAP_SC) |
	       flag(c->no_write_flag, VTD_ECAP_NWFS);
}
