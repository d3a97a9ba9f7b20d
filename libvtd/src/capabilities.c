/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configurations from CAP and ECAP.  Every value makes one: members that need
 * others are off without them, and what has become different is found by
 * comparing field by field what the result stands for.
 */
#include <vtd/capabilities.h>

#include <endian.h>
#include <errno.h>
#include <string.h>

#include <vtd/spec/regs.h>

#include "config.h"
#include "sized.h"
#include "state.h"

int vtd_config_capabilities(const struct vtd_config *config, uint64_t *cap,
			    uint64_t *ecap)
{
	struct vtd_config known;

	if (vtd_config_take(&known, config) != NULL)
		return -EINVAL;
	*cap = vtd_config_cap(&known);
	*ecap = vtd_config_ecap(&known);
	return 0;
}

static unsigned int at_most(uint64_t value, unsigned int limit)
{
	return value < limit ? (unsigned int)value : limit;
}

static void take_widths(struct vtd_config *c, uint64_t cap)
{
	unsigned int known = VTD_WIDTH_39 | VTD_WIDTH_48 | VTD_WIDTH_57;
	unsigned int guest = at_most(vtd_field_get(cap, VTD_CAP_MGAW) + 1, 57);

	c->guest_address_width = guest > 32 ? guest : 32;
	c->host_address_width = at_most(c->host_address_width,
					at_most(c->guest_address_width, 52));
	if (c->host_address_width < 32)
		c->host_address_width = 32;
	c->address_widths = (unsigned int)vtd_field_get(cap, VTD_CAP_SAGAW) &
			    known;
	if (c->address_widths == 0 && c->scalable_mode)
		c->address_widths = VTD_WIDTH_48;
	c->fault_records = at_most(vtd_field_get(cap, VTD_CAP_NFR) + 1, 8);
}

static void take_stages(struct vtd_config *c, uint64_t cap, uint64_t ecap)
{
	uint64_t large_pages = vtd_field_get(cap, VTD_CAP_SSLPS);

	c->scalable_mode = (ecap & VTD_ECAP_SMTS) != 0 &&
			   (ecap & (VTD_ECAP_FSTS | VTD_ECAP_SSTS)) != 0;
	c->first_stage = c->scalable_mode && (ecap & VTD_ECAP_FSTS) != 0;
	c->second_stage = !c->scalable_mode || (ecap & VTD_ECAP_SSTS) != 0;
	c->nested = c->first_stage && c->second_stage &&
		    (ecap & VTD_ECAP_NEST) != 0;
	c->pass_through = (ecap & VTD_ECAP_PT) != 0;
	c->first_stage_5_level = c->first_stage && (cap & VTD_CAP_FS5LP) != 0;
	c->first_stage_1g_pages = c->first_stage && (cap & VTD_CAP_FS1GP) != 0;
	c->second_stage_2m_pages = (large_pages & 1) != 0;
	c->second_stage_1g_pages = (large_pages & 3) == 3;
	c->page_walk_coherency = (ecap & VTD_ECAP_C) != 0;
	c->second_stage_accessed_dirty = c->scalable_mode &&
					 c->page_walk_coherency &&
					 (ecap & VTD_ECAP_SSADS) != 0;
	c->extended_accessed = c->first_stage && c->page_walk_coherency &&
			       (ecap & VTD_ECAP_EAFS) != 0;
}

static void take_requests(struct vtd_config *c, uint64_t cap, uint64_t ecap)
{
	c->snoop_control = (ecap & VTD_ECAP_SC) != 0;
	c->supervisor_requests = c->scalable_mode && (ecap & VTD_ECAP_SRS) != 0;
	c->abort_dma = c->scalable_mode && (ecap & VTD_ECAP_ADMS) != 0;
	c->zero_length_read = (cap & VTD_CAP_ZLR) != 0;
	c->pasid_bits = 0;
	if (c->scalable_mode && (ecap & VTD_ECAP_PASID) != 0)
		c->pasid_bits = at_most(vtd_field_get(ecap, VTD_ECAP_PSS) + 1,
					VTD_PASID_BITS);
	c->device_tlb = (ecap & VTD_ECAP_DT) != 0;
	c->page_request = c->device_tlb && c->scalable_mode &&
			  (ecap & VTD_ECAP_PRS) != 0;
	c->no_write_flag = c->device_tlb && (ecap & VTD_ECAP_NWFS) != 0;
	c->transient_mapping = c->transient_mapping && c->device_tlb;
	c->caching_mode = (cap & VTD_CAP_CM) != 0;
	c->dma_draining = (cap & (VTD_CAP_DRD | VTD_CAP_DWD)) != 0;
	c->self_flush = (cap & VTD_CAP_ESRTPS) != 0;
}

static void take_interrupts(struct vtd_config *c, uint64_t cap, uint64_t ecap)
{
	c->interrupt_remapping = (ecap & VTD_ECAP_IR) != 0;
	c->extended_interrupt_mode = c->interrupt_remapping &&
				     (ecap & VTD_ECAP_EIM) != 0;
	c->posted_interrupts = c->interrupt_remapping &&
			       (cap & VTD_CAP_PI) != 0;
}

struct differences {
	struct vtd_capability_difference *list;
	size_t size;
	size_t count;
};

static void add(struct differences *d,
		const struct vtd_capability_difference *one)
{
	if (d->count < d->size)
		d->list[d->count] = *one;
	d->count++;
}

static void compare(struct differences *d, const char *name, uint64_t asked,
		    uint64_t modelled)
{
	const struct vtd_register_info *reg = vtd_register_by_name(name);
	uint64_t unnamed = UINT64_MAX;

	for (size_t i = 0; i < reg->fields; i++) {
		uint64_t mask = reg->field[i].mask;

		unnamed &= ~mask;
		if (((asked ^ modelled) & mask) != 0)
			add(d, &(struct vtd_capability_difference){
				       .reg = reg,
				       .field = &reg->field[i],
				       .asked = vtd_field_get(asked, mask),
				       .modelled =
					       vtd_field_get(modelled, mask) });
	}
	if (((asked ^ modelled) & unnamed) != 0)
		add(d, &(struct vtd_capability_difference){
			       .reg = reg,
			       .asked = asked & unnamed,
			       .modelled = modelled & unnamed });
}

int vtd_config_from_capabilities(uint64_t cap, uint64_t ecap,
				 struct vtd_config *config,
				 struct vtd_capability_difference *differ,
				 size_t size)
{
	struct differences d = { .list = differ, .size = size };
	struct vtd_config c;

	vtd_config_init(&c);
	if (vtd_sized_take(&c, sizeof(c), config) != NULL)
		return -EINVAL;
	take_stages(&c, cap, ecap);
	take_widths(&c, cap);
	take_requests(&c, cap, ecap);
	take_interrupts(&c, cap, ecap);
	/* What the program does not know has defaults, as for the unit. */
	vtd_sized_init(config, config->size, &c, sizeof(c));
	compare(&d, "CAP", cap, vtd_config_cap(&c));
	compare(&d, "ECAP", ecap, vtd_config_ecap(&c));
	return (int)d.count;
}

static uint64_t word_of(const void *blob, unsigned int index)
{
	uint64_t raw;

	memcpy(&raw, (const uint8_t *)blob + index * sizeof(raw), sizeof(raw));
	return le64toh(raw);
}

/* The words of a state: see state.h. */
enum {
	WORD_MAGIC,
	WORD_CAP,
	WORD_ECAP,
	WORD_HOST_WIDTH,
	WORD_ROOT,
	WORD_INTERRUPT_TABLE,
	WORD_FAULT_INDEX,
	WORD_REGISTERS,
	WORD_REGISTER, /* offset and value of the first */
};

static const char *state_config(const void *blob, size_t size,
				struct vtd_config *config)
{
	const char *objection;
	uint64_t width;

	if (size < WORD_ROOT * sizeof(uint64_t))
		return "the state is cut short";
	objection = vtd_state_objection(word_of(blob, WORD_MAGIC));
	if (objection != NULL)
		return objection;
	width = word_of(blob, WORD_HOST_WIDTH);
	vtd_config_init_sized(config, config->size);
	config->host_address_width = at_most(width, 64);
	if (vtd_config_from_capabilities(word_of(blob, WORD_CAP),
					 word_of(blob, WORD_ECAP), config, NULL,
					 0) != 0 ||
	    config->host_address_width != width)
		return "the state is of a unit that this library cannot be";
	return NULL;
}

int vtd_state_config(const void *blob, size_t size, struct vtd_config *config,
		     const char **reason)
{
	const char *wrong = state_config(blob, size, config);

	if (reason != NULL)
		*reason = wrong;
	return wrong == NULL ? 0 : -EINVAL;
}

int vtd_state_register(const void *blob, size_t size, uint32_t offset,
		       uint64_t *value)
{
	size_t words = size / sizeof(uint64_t);
	uint64_t count;

	if (words < WORD_REGISTER ||
	    vtd_state_objection(word_of(blob, WORD_MAGIC)) != NULL)
		return -EINVAL;
	count = word_of(blob, WORD_REGISTERS);
	for (unsigned int i = 0; i < count; i++) {
		unsigned int at = WORD_REGISTER + 2 * i;

		if (words < at + 2)
			return -EINVAL;
		if (word_of(blob, at) != offset)
			continue;
		*value = word_of(blob,
				 offset == VTD_REG_RTADDR ? WORD_ROOT :
				 offset == VTD_REG_IRTA ? WORD_INTERRUPT_TABLE :
							  at + 1);
		return 0;
	}
	return -ENOENT;
}
