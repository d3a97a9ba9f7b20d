/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole entries, with what Linux sets in them. */
#include <vtd/kit/tables.h>

#define LEVELS_OF_48_BITS 4

/* AW of a context or PASID entry: 1 is 39 bits. */
static uint64_t width(const struct vtd_kit_page_table *table)
{
	return (table != NULL ? table->levels : LEVELS_OF_48_BITS) - 2;
}

uint64_t vtd_kit_context_set(struct vtd_kit_tables *tables, uint64_t root,
			     uint16_t sid,
			     const struct vtd_kit_translation *translation,
			     bool device_tlb)
{
	const struct vtd_kit_page_table *table = translation->second_stage;
	unsigned int tt = table == NULL ? VTD_TT_PASS_THROUGH :
			  device_tlb	? VTD_TT_ALL :
					  VTD_TT_UNTRANSLATED;
	const uint64_t words[2] = {
		VTD_CONTEXT0_P | vtd_field_make(VTD_CONTEXT0_TT, tt) |
			(table != NULL ? table->root : 0),
		vtd_field_make(VTD_CONTEXT1_AW, width(table)) |
			vtd_field_make(VTD_CONTEXT1_DID, translation->did),
	};
	uint64_t entry = vtd_kit_context_entry(tables, root, sid);

	vtd_kit_tables_put(tables, entry, words, 2);
	return entry;
}

struct vtd_kit_sm_context vtd_kit_sm_context_set(struct vtd_kit_tables *tables,
						 uint64_t root, uint16_t sid,
						 uint32_t rid_pasid)
{
	/* 2^14 entries of 8 bytes: all 20 bits of a PASID (PDTS = 7). */
	const struct vtd_kit_sm_context context = {
		.entry = vtd_kit_sm_context_entry(tables, root, sid),
		.dir = vtd_kit_tables_pages(tables, 32),
	};
	const uint64_t words[4] = {
		context.dir | VTD_SM_CONTEXT0_P | VTD_SM_CONTEXT0_DTE |
			VTD_SM_CONTEXT0_PASIDE | VTD_SM_CONTEXT0_PRE |
			vtd_field_make(VTD_SM_CONTEXT0_PDTS, 7),
		vtd_field_make(VTD_SM_CONTEXT1_RID_PASID, rid_pasid),
	};

	vtd_kit_tables_put(tables, context.entry, words, 4);
	return context;
}

static unsigned int type_of(const struct vtd_kit_translation *translation)
{
	if (translation->first_stage == NULL)
		return translation->second_stage == NULL ?
			       VTD_PGTT_PASS_THROUGH :
			       VTD_PGTT_SECOND_STAGE;
	return translation->second_stage == NULL ? VTD_PGTT_FIRST_STAGE :
						   VTD_PGTT_NESTED;
}

static uint64_t second_stage_word(const struct vtd_kit_page_table *table)
{
	if (table == NULL)
		return 0;
	return table->root | vtd_field_make(VTD_PASID0_AW, width(table));
}

/* Snooping as a kernel has it whose page walks are coherent. */
static uint64_t snoop_bits(const struct vtd_kit_translation *translation)
{
	if (type_of(translation) == VTD_PGTT_PASS_THROUGH)
		return 0;
	return VTD_PASID1_PWSNP |
	       (translation->second_stage == NULL ? VTD_PASID1_PGSNP : 0);
}

static uint64_t first_stage_word(const struct vtd_kit_page_table *table,
				 bool supervisor)
{
	if (table == NULL)
		return 0;
	return (table->root + table->gpa_offset) |
	       (supervisor ? VTD_PASID2_SRE : 0) |
	       vtd_field_make(VTD_PASID2_FSPM, table->levels == 5 ?
						       VTD_FSPM_5_LEVEL :
						       VTD_FSPM_4_LEVEL);
}

void vtd_kit_pasid_put(struct vtd_kit_tables *tables, uint64_t entry,
		       const struct vtd_kit_translation *translation)
{
	const uint64_t words[VTD_PASID_ENTRY_WORDS] = {
		VTD_PASID0_P | second_stage_word(translation->second_stage) |
			vtd_field_make(VTD_PASID0_PGTT, type_of(translation)),
		vtd_field_make(VTD_PASID1_DID, translation->did) |
			snoop_bits(translation),
		first_stage_word(translation->first_stage,
				 translation->supervisor),
	};

	vtd_kit_tables_put(tables, entry, words, VTD_PASID_ENTRY_WORDS);
}

uint64_t vtd_kit_pasid_set(struct vtd_kit_tables *tables, uint64_t dir,
			   uint32_t pasid,
			   const struct vtd_kit_translation *translation)
{
	uint64_t entry = vtd_kit_pasid_entry(tables, dir, pasid);

	vtd_kit_pasid_put(tables, entry, translation);
	return entry;
}

void vtd_kit_irte_put(struct vtd_kit_tables *tables, uint64_t table,
		      unsigned int index, uint64_t low, uint64_t high)
{
	const uint64_t words[2] = { low, high };

	vtd_kit_tables_put(tables, table + (uint64_t)index * VTD_IRTE_SIZE,
			   words, 2);
}

void vtd_kit_irte_set(struct vtd_kit_tables *tables, uint64_t table,
		      unsigned int index, const struct vtd_kit_irte *irte)
{
	uint64_t destination = irte->extended ? VTD_IRTE0_DST :
						VTD_IRTE0_DST_XAPIC;

	vtd_kit_irte_put(
		tables, table, index,
		VTD_IRTE0_P | vtd_field_make(VTD_IRTE0_V, irte->vector) |
			vtd_field_make(destination, irte->destination),
		vtd_field_make(VTD_IRTE1_SID, irte->sid) |
			vtd_field_make(VTD_IRTE1_SVT, irte->verify_source));
}

struct vtd_interrupt_request vtd_kit_interrupt_request(uint16_t sid,
						       unsigned int index)
{
	return (struct vtd_interrupt_request){
		.sid = sid,
		.address = UINT64_C(0xfee00010) |
			   (uint64_t)(index & 0x7fff) << 5 |
			   (uint64_t)(index >> 15 & 1) << 2,
	};
}
