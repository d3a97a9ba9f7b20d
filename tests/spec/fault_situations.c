/* SPDX-License-Identifier: BSD-3-Clause */
#include "fault_situations.h"

#define BEYOND_48_BITS (UINT64_C(1) << 48)
#define INTERRUPT_RANGE UINT64_C(0xfee00000)
/* Any bit of a second-stage entry that is always reserved. */
#define SS_RESERVED_BIT VTD_BIT(62)

static void change(struct scene *scene, uint64_t entry, uint64_t set,
		   uint64_t clear)
{
	tables_change(&scene->fixture->tables, entry, set, clear);
}

/* This is where a request meets it. */
static void met_at(struct scene *scene, enum vtd_structure structure,
		   uint64_t address)
{
	scene->wrong = structure;
	scene->wrong_at = address;
	scene->wrong_in_pasid_entry = false;
}

static void met_at_first_leaf(struct scene *scene)
{
	met_at(scene, VTD_STRUCTURE_FIRST_STAGE_ENTRY, scene->first_leaf);
}

static void met_at_second_leaf(struct scene *scene)
{
	met_at(scene, VTD_STRUCTURE_SECOND_STAGE_ENTRY, scene->second_leaf);
}

static void met_at_root_table_address(struct scene *scene)
{
	met_at(scene, VTD_STRUCTURE_ROOT_TABLE_ADDRESS, VTD_REG_RTADDR);
}

/* In a word of the context entry. */
static void met_at_context(struct scene *scene, unsigned int word)
{
	met_at(scene,
	       scene->base == BASE_LEGACY ? VTD_STRUCTURE_CONTEXT_ENTRY :
					    VTD_STRUCTURE_SM_CONTEXT_ENTRY,
	       scene->context + 8 * word);
}

static void met_at_pasid_entry(struct scene *scene, unsigned int word)
{
	met_at(scene, VTD_STRUCTURE_PASID_ENTRY, 8 * word);
	scene->wrong_in_pasid_entry = true;
}

/* The same in both PASID entries; `word` is the word of the entry. */
static void change_pasid_entries(struct scene *scene, unsigned int word,
				 uint64_t set, uint64_t clear)
{
	met_at_pasid_entry(scene, word);
	change(scene, scene->pasid_entry + 8 * word, set, clear);
	change(scene, scene->rid_pasid_entry + 8 * word, set, clear);
}

static void make_hole(struct scene *scene, uint64_t address, uint64_t size)
{
	fake_host_set_hole(&scene->fixture->host, address, size);
}

static void make_read_only(struct scene *scene, uint64_t entry)
{
	scene->fixture->host.read_only =
		(struct fake_range){ entry, entry + 7 };
}

static uint64_t root_entry(const struct scene *scene)
{
	return tables_root_entry(scene->fixture->root, SCENE_SID);
}

static void met_at_root_entry(struct scene *scene)
{
	met_at(scene,
	       scene->base == BASE_LEGACY ? VTD_STRUCTURE_ROOT_ENTRY :
					    VTD_STRUCTURE_SM_ROOT_ENTRY,
	       root_entry(scene));
}

static uint64_t page_of(uint64_t address)
{
	return address & ~UINT64_C(0xfff);
}

/* But the mode is not for such requests. */
void nothing_is_wrong(struct scene *scene)
{
	met_at_root_table_address(scene);
}

/* Root and context entries */

void root_entry_cannot_be_read(struct scene *scene)
{
	make_hole(scene, root_entry(scene), VTD_ROOT_ENTRY_SIZE);
	met_at_root_entry(scene);
}

void root_entry_is_not_present(struct scene *scene)
{
	change(scene, root_entry(scene), 0, VTD_ROOT_P);
	met_at_root_entry(scene);
}

void root_entry_has_reserved_bits(struct scene *scene)
{
	change(scene, root_entry(scene), VTD_BIT(1), 0);
	met_at_root_entry(scene);
}

void context_entry_cannot_be_read(struct scene *scene)
{
	make_hole(scene, scene->context, VTD_CONTEXT_ENTRY_SIZE);
	met_at_context(scene, 0);
}

void context_entry_is_not_present(struct scene *scene)
{
	change(scene, scene->context, 0, VTD_CONTEXT0_P);
	met_at_context(scene, 0);
}

void context_entry_has_reserved_bits(struct scene *scene)
{
	change(scene, scene->context, VTD_BIT(4), 0);
	met_at_context(scene, 0);
}

void sm_context_entry_has_reserved_bits(struct scene *scene)
{
	change(scene, scene->context, VTD_BIT(7), 0);
	met_at_context(scene, 0);
}

void legacy_address_width_is_unsupported(struct scene *scene)
{
	change(scene, scene->context + 8, 3, VTD_CONTEXT1_AW);
	met_at_context(scene, 1);
}

void legacy_translation_type_is_reserved(struct scene *scene)
{
	change(scene, scene->context, VTD_CONTEXT0_TT, 0);
	met_at_context(scene, 0);
}

void legacy_translation_type_is_untranslated_only(struct scene *scene)
{
	change(scene, scene->context, 0, VTD_CONTEXT0_TT);
	met_at_context(scene, 0);
}

void page_requests_are_on_and_device_tlb_is_off(struct scene *scene)
{
	change(scene, scene->context, VTD_SM_CONTEXT0_PRE, VTD_SM_CONTEXT0_DTE);
	met_at_context(scene, 0);
}

void rid_pasid_is_beyond_the_directory(struct scene *scene)
{
	/* 2^7 entries of 64 PASIDs. */
	change(scene, scene->context, 0, VTD_SM_CONTEXT0_PDTS);
	change(scene, scene->context + 8, 0x2000, VTD_SM_CONTEXT1_RID_PASID);
	met_at_context(scene, 1);
}

void device_tlb_is_off(struct scene *scene)
{
	change(scene, scene->context, 0,
	       VTD_SM_CONTEXT0_DTE | VTD_SM_CONTEXT0_PRE);
	met_at_context(scene, 0);
}

void pasids_are_off(struct scene *scene)
{
	change(scene, scene->context, 0, VTD_SM_CONTEXT0_PASIDE);
	met_at_context(scene, 0);
}

void pasid_is_beyond_the_directory(struct scene *scene)
{
	change(scene, scene->context, 0, VTD_SM_CONTEXT0_PDTS);
	scene->pasid = 0x2000;
	met_at_context(scene, 0);
}

void page_requests_are_off(struct scene *scene)
{
	change(scene, scene->context, 0, VTD_SM_CONTEXT0_PRE);
	met_at_context(scene, 0);
}

void pasid_is_rid_pasid(struct scene *scene)
{
	scene->pasid = SCENE_RID_PASID;
	met_at_context(scene, 1);
}

void pasid_is_wider_than_the_unit_supports(struct scene *scene)
{
	scene->fixture->config.pasid_bits = 16;
	scene->pasid = 0x10000;
}

/* Root table address register */

void mode_is_abort_dma_and_unit_has_none(struct scene *scene)
{
	scene->ttm = VTD_TTM_ABORT_DMA;
	met_at_root_table_address(scene);
}

void mode_is_abort_dma(struct scene *scene)
{
	scene->fixture->config.abort_dma = true;
	scene->ttm = VTD_TTM_ABORT_DMA;
	met_at_root_table_address(scene);
}

void mode_is_reserved(struct scene *scene)
{
	scene->ttm = VTD_TTM_RESERVED;
	met_at_root_table_address(scene);
}

void mode_is_scalable_and_unit_has_none(struct scene *scene)
{
	fixture_legacy_only(&scene->fixture->config);
	scene->fixture->config.abort_dma = false;
	met_at_root_table_address(scene);
}

/* PASID directory and PASID entries */

void pasid_directory_entry_cannot_be_read(struct scene *scene)
{
	make_hole(scene, scene->dir_entry, VTD_PASID_DIR_ENTRY_SIZE);
	met_at(scene, VTD_STRUCTURE_PASID_DIRECTORY_ENTRY, scene->dir_entry);
}

void pasid_directory_entry_is_not_present(struct scene *scene)
{
	change(scene, scene->dir_entry, 0, VTD_PASID_DIR_P);
	met_at(scene, VTD_STRUCTURE_PASID_DIRECTORY_ENTRY, scene->dir_entry);
}

void pasid_directory_entry_has_reserved_bits(struct scene *scene)
{
	change(scene, scene->dir_entry, VTD_BIT(2), 0);
	met_at(scene, VTD_STRUCTURE_PASID_DIRECTORY_ENTRY, scene->dir_entry);
}

void pasid_entry_cannot_be_read(struct scene *scene)
{
	make_hole(scene, page_of(scene->pasid_entry), 4096);
	met_at_pasid_entry(scene, 0);
}

void pasid_entry_is_not_present(struct scene *scene)
{
	change_pasid_entries(scene, 0, 0, VTD_PASID0_P);
}

void pasid_entry_has_reserved_bits(struct scene *scene)
{
	change_pasid_entries(scene, 0, VTD_BIT(5), 0);
}

void pasid_entry_has_unsupported_address_width(struct scene *scene)
{
	change_pasid_entries(scene, 0, vtd_field_make(VTD_PASID0_AW, 3), 0);
}

void pasid_entry_has_reserved_translation_type(struct scene *scene)
{
	change_pasid_entries(scene, 0, 0, VTD_PASID0_PGTT);
}

void pasid_entry_has_reserved_first_stage_mode(struct scene *scene)
{
	change_pasid_entries(scene, 2, vtd_field_make(VTD_PASID2_FSPM, 2),
			     VTD_PASID2_FSPM);
}

void first_stage_table_is_beyond_48_bits(struct scene *scene)
{
	change_pasid_entries(scene, 2, BEYOND_48_BITS, 0);
}

void execute_is_requested(struct scene *scene)
{
	scene->execute = true;
}

void request_is_privileged_and_none_are_allowed(struct scene *scene)
{
	change_pasid_entries(scene, 2, 0, VTD_PASID2_SRE);
	change(scene, scene->context + 8, VTD_SM_CONTEXT1_RID_PRIV, 0);
	scene->privileged = true;
}

/* First-stage entries */

void lower_first_stage_entry_cannot_be_read(struct scene *scene)
{
	make_hole(scene, scene->first_leaf, 8);
	met_at_first_leaf(scene);
}

void top_first_stage_entry_cannot_be_read(struct scene *scene)
{
	make_hole(scene, scene->first.root, 4096);
	met_at(scene, VTD_STRUCTURE_FIRST_STAGE_ENTRY,
	       page_table_entry(&scene->first, scene->address, 4));
}

void first_stage_entry_is_not_present(struct scene *scene)
{
	change(scene, scene->first_leaf, 0, VTD_FS_P);
	met_at_first_leaf(scene);
}

void first_stage_entry_has_reserved_bits(struct scene *scene)
{
	change(scene, scene->first_leaf, VTD_BIT(51), 0);
	met_at_first_leaf(scene);
}

void first_stage_entry_points_beyond_48_bits(struct scene *scene)
{
	change(scene, scene->first_leaf, BEYOND_48_BITS, 0);
	met_at_first_leaf(scene);
}

void top_first_stage_table_may_not_be_read(struct scene *scene)
{
	change(scene, scene->first_root_mapping, 0, VTD_SS_R);
	met_at(scene, VTD_STRUCTURE_SECOND_STAGE_ENTRY,
	       scene->first_root_mapping);
}

void lower_first_stage_table_may_not_be_read(struct scene *scene)
{
	change(scene, scene->first_leaf_mapping, 0, VTD_SS_R);
	met_at(scene, VTD_STRUCTURE_SECOND_STAGE_ENTRY,
	       scene->first_leaf_mapping);
}

void first_stage_table_may_not_be_written(struct scene *scene)
{
	change(scene, scene->first_leaf_mapping, 0, VTD_SS_W);
	met_at(scene, VTD_STRUCTURE_SECOND_STAGE_ENTRY,
	       scene->first_leaf_mapping);
}

void page_walk_is_not_snooped(struct scene *scene)
{
	change_pasid_entries(scene, 1, 0, VTD_PASID1_PWSNP);
	/* At the first entry in which a bit is to be set. */
	met_at(scene, VTD_STRUCTURE_FIRST_STAGE_ENTRY,
	       page_table_entry(&scene->first, scene->address, 4));
}

void first_stage_entry_cannot_be_written(struct scene *scene)
{
	make_read_only(scene, scene->first_leaf);
	met_at_first_leaf(scene);
}

void address_is_not_canonical(struct scene *scene)
{
	scene->address = UINT64_C(1) << 47;
}

void page_is_a_supervisor_page(struct scene *scene)
{
	change(scene, scene->first_leaf, 0, VTD_FS_US);
	met_at_first_leaf(scene);
}

void write_to_page_that_first_stage_lets_be_read(struct scene *scene)
{
	change(scene, scene->first_leaf, 0, VTD_FS_RW);
	scene->access = VTD_ACCESS_WRITE;
	met_at_first_leaf(scene);
}

/* Second-stage entries */

void lower_second_stage_entry_cannot_be_read(struct scene *scene)
{
	make_hole(scene, scene->second_leaf, 8);
	met_at_second_leaf(scene);
}

void top_second_stage_entry_cannot_be_read(struct scene *scene)
{
	make_hole(scene, scene->second.root, 4096);
	met_at(scene, VTD_STRUCTURE_SECOND_STAGE_ENTRY,
	       page_table_entry(&scene->second, scene->address, 4));
}

void second_stage_entry_allows_nothing(struct scene *scene)
{
	change(scene, scene->second_leaf, 0, SS_RW);
	met_at_second_leaf(scene);
}

void second_stage_entry_has_reserved_bits(struct scene *scene)
{
	change(scene, scene->second_leaf, SS_RESERVED_BIT, 0);
	met_at_second_leaf(scene);
}

void second_stage_a_d_in_a_walk_not_snooped(struct scene *scene)
{
	change_pasid_entries(scene, 0, VTD_PASID0_SSADE, 0);
	change_pasid_entries(scene, 1, 0, VTD_PASID1_PWSNP);
	met_at(scene, VTD_STRUCTURE_SECOND_STAGE_ENTRY,
	       page_table_entry(&scene->second, scene->address, 4));
}

void second_stage_entry_cannot_be_written(struct scene *scene)
{
	change_pasid_entries(scene, 0, VTD_PASID0_SSADE, 0);
	make_read_only(scene, scene->second_leaf);
	met_at_second_leaf(scene);
}

void write_to_page_that_second_stage_lets_be_read(struct scene *scene)
{
	change(scene, scene->second_leaf, 0, VTD_SS_W);
	scene->access = VTD_ACCESS_WRITE;
	met_at_second_leaf(scene);
}

void read_of_page_that_second_stage_lets_be_written(struct scene *scene)
{
	change(scene, scene->second_leaf, 0, VTD_SS_R);
	met_at_second_leaf(scene);
}

/* Addresses */

void address_is_beyond_48_bits(struct scene *scene)
{
	scene->address = BEYOND_48_BITS;
	scene->translated_address = BEYOND_48_BITS;
}

void output_is_in_interrupt_range(struct scene *scene)
{
	uint64_t leaf = scene->base == BASE_FIRST_STAGE ? scene->first_leaf :
							  scene->second_leaf;

	if (scene->base == BASE_FIRST_STAGE)
		met_at_first_leaf(scene);
	else
		met_at_second_leaf(scene);
	change(scene, leaf, INTERRUPT_RANGE, VTD_FS_ADDRESS);
	scene->translated_address = INTERRUPT_RANGE;
}

void read_in_the_interrupt_range(struct scene *scene)
{
	scene->address = INTERRUPT_RANGE;
	scene->length = 4;
}
