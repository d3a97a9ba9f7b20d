/* SPDX-License-Identifier: BSD-3-Clause */
/* Pages, and where entries are in tables. */
#include <vtd/kit/tables.h>

#define PAGE UINT64_C(4096)

void vtd_kit_tables_init(struct vtd_kit_tables *tables,
			 struct vtd_kit_host *host, uint64_t first)
{
	*tables = (struct vtd_kit_tables){ .host = host, .next = first };
}

uint64_t vtd_kit_tables_pages(struct vtd_kit_tables *tables, unsigned int count)
{
	uint64_t size = count * PAGE;
	uint64_t address = tables->next;

	if ((count & (count - 1)) == 0)
		address = (address + size - 1) & ~(size - 1);
	if (size == 0 || address > tables->host->ram_size ||
	    size > tables->host->ram_size - address) {
		tables->exhausted = true;
		return 0;
	}
	tables->next = address + size;
	for (uint64_t i = 0; i < size; i += 8)
		vtd_kit_host_set_64(tables->host, address + i, 0);
	return address;
}

uint64_t vtd_kit_tables_page(struct vtd_kit_tables *tables)
{
	return vtd_kit_tables_pages(tables, 1);
}

void vtd_kit_tables_put(struct vtd_kit_tables *tables, uint64_t address,
			const uint64_t *words, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		vtd_kit_host_set_64(tables->host, address + 8 * (uint64_t)i,
				    words[i]);
}

void vtd_kit_tables_change(struct vtd_kit_tables *tables, uint64_t address,
			   uint64_t set, uint64_t clear)
{
	uint64_t word = vtd_kit_host_get_64(tables->host, address);

	vtd_kit_host_set_64(tables->host, address, (word & ~clear) | set);
}

/* The table that `entry` points to; a new one if its bits `present` are 0. */
static uint64_t table_below(struct vtd_kit_tables *tables, uint64_t entry,
			    uint64_t present)
{
	uint64_t word = vtd_kit_host_get_64(tables->host, entry);

	if ((word & present) == 0) {
		word = vtd_kit_tables_page(tables) | present;
		vtd_kit_host_set_64(tables->host, entry, word);
	}
	return word & VTD_BITS(51, 12);
}

uint64_t vtd_kit_root_entry(uint64_t root, uint16_t sid)
{
	return root + (sid >> 8) * VTD_ROOT_ENTRY_SIZE;
}

uint64_t vtd_kit_context_entry(struct vtd_kit_tables *tables, uint64_t root,
			       uint16_t sid)
{
	return table_below(tables, vtd_kit_root_entry(root, sid), VTD_ROOT_P) +
	       (sid & 0xff) * VTD_CONTEXT_ENTRY_SIZE;
}

uint64_t vtd_kit_sm_root_half(uint64_t root, uint16_t sid)
{
	return vtd_kit_root_entry(root, sid) + ((sid & 0x80) != 0 ? 8 : 0);
}

uint64_t vtd_kit_sm_context_entry(struct vtd_kit_tables *tables, uint64_t root,
				  uint16_t sid)
{
	return table_below(tables, vtd_kit_sm_root_half(root, sid),
			   VTD_ROOT_P) +
	       (sid & 0x7f) * VTD_SM_CONTEXT_ENTRY_SIZE;
}

uint64_t vtd_kit_pasid_dir_entry(uint64_t dir, uint32_t pasid)
{
	return dir + (pasid >> 6) * VTD_PASID_DIR_ENTRY_SIZE;
}

uint64_t vtd_kit_pasid_entry(struct vtd_kit_tables *tables, uint64_t dir,
			     uint32_t pasid)
{
	return table_below(tables, vtd_kit_pasid_dir_entry(dir, pasid),
			   VTD_PASID_DIR_P) +
	       (pasid & 0x3f) * VTD_PASID_ENTRY_SIZE;
}

void vtd_kit_page_table_init(struct vtd_kit_page_table *table,
			     struct vtd_kit_tables *tables,
			     enum vtd_kit_stage stage, unsigned int levels)
{
	*table = (struct vtd_kit_page_table){
		.tables = tables,
		.stage = stage,
		.levels = levels,
		.root = vtd_kit_tables_page(tables),
	};
}

static uint64_t entry_in(uint64_t table, uint64_t input, unsigned int level)
{
	return table + (input >> (12 + 9 * (level - 1)) & 0x1ff) * 8;
}

uint64_t vtd_kit_page_table_entry(struct vtd_kit_page_table *table,
				  uint64_t input, unsigned int level)
{
	const bool first = table->stage == VTD_KIT_FIRST_STAGE;
	const uint64_t rights = VTD_SS_R | VTD_SS_W;
	const uint64_t present = first ? VTD_FS_P : rights;
	const uint64_t allow = first ? VTD_FS_P | VTD_FS_RW | VTD_FS_US :
				       rights;
	struct vtd_kit_tables *tables = table->tables;
	uint64_t at = table->root;

	for (unsigned int i = table->levels; i > level; i--) {
		uint64_t entry = entry_in(at, input, i);
		uint64_t word = vtd_kit_host_get_64(tables->host, entry);

		if ((word & present) == 0) {
			word = (vtd_kit_tables_page(tables) +
				table->gpa_offset) |
			       allow;
			vtd_kit_host_set_64(tables->host, entry, word);
		}
		at = (word & VTD_BITS(51, 12)) - table->gpa_offset;
	}
	return entry_in(at, input, level);
}

uint64_t vtd_kit_page_table_map(struct vtd_kit_page_table *table,
				uint64_t input, uint64_t output,
				unsigned int shift, uint64_t bits)
{
	unsigned int level = (shift - 12) / 9 + 1;
	uint64_t entry = vtd_kit_page_table_entry(table, input, level);

	/* PS is bit 7 in both stages. */
	vtd_kit_host_set_64(table->tables->host, entry,
			    output | bits | (level > 1 ? VTD_FS_PS : 0));
	return entry;
}
