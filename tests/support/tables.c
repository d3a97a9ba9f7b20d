/* SPDX-License-Identifier: BSD-3-Clause */
#include "tables.h"

#include <assert.h>

#define PAGE UINT64_C(4096)

void tables_init(struct tables *tables, struct fake_host *host)
{
	tables->host = host;
	tables->next = UINT64_C(1) << 20;
}

uint64_t tables_pages(struct tables *tables, unsigned int count)
{
	uint64_t size = count * PAGE;
	uint64_t address = tables->next;

	if ((count & (count - 1)) == 0)
		address = (address + size - 1) & ~(size - 1);
	tables->next = address + size;
	assert(tables->next <= FAKE_HOST_RAM_SIZE);
	for (uint64_t i = 0; i < size; i += 8)
		fake_host_set_64(tables->host, address + i, 0);
	return address;
}

uint64_t tables_page(struct tables *tables)
{
	return tables_pages(tables, 1);
}

void tables_put(struct tables *tables, uint64_t address, const uint64_t *words,
		unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		fake_host_set_64(tables->host, address + 8 * i, words[i]);
}

void tables_change(struct tables *tables, uint64_t entry, uint64_t set,
		   uint64_t clear)
{
	uint64_t word = fake_host_get_64(tables->host, entry);

	fake_host_set_64(tables->host, entry, (word & ~clear) | set);
}

/* The table that `entry` points to; a new one if its bits `present` are 0. */
static uint64_t table_below(struct tables *tables, uint64_t entry,
			    uint64_t present)
{
	uint64_t word = fake_host_get_64(tables->host, entry);

	if ((word & present) == 0) {
		word = tables_page(tables) | present;
		fake_host_set_64(tables->host, entry, word);
	}
	return word & VTD_BITS(51, 12);
}

uint64_t tables_root_entry(uint64_t root, uint16_t sid)
{
	return root + (sid >> 8) * VTD_ROOT_ENTRY_SIZE;
}

uint64_t tables_legacy_context(struct tables *tables, uint64_t root,
			       uint16_t sid)
{
	return table_below(tables, tables_root_entry(root, sid), VTD_ROOT_P) +
	       (sid & 0xff) * VTD_CONTEXT_ENTRY_SIZE;
}

uint64_t tables_sm_root_half(uint64_t root, uint16_t sid)
{
	return tables_root_entry(root, sid) + ((sid & 0x80) != 0 ? 8 : 0);
}

uint64_t tables_sm_context(struct tables *tables, uint64_t root, uint16_t sid)
{
	return table_below(tables, tables_sm_root_half(root, sid), VTD_ROOT_P) +
	       (sid & 0x7f) * VTD_SM_CONTEXT_ENTRY_SIZE;
}

uint64_t tables_pasid_dir_entry(uint64_t dir, uint32_t pasid)
{
	return dir + (pasid >> 6) * VTD_PASID_DIR_ENTRY_SIZE;
}

uint64_t tables_pasid_entry(struct tables *tables, uint64_t dir, uint32_t pasid)
{
	return table_below(tables, tables_pasid_dir_entry(dir, pasid),
			   VTD_PASID_DIR_P) +
	       (pasid & 0x3f) * VTD_PASID_ENTRY_SIZE;
}

void page_table_init(struct page_table *table, struct tables *tables,
		     enum page_table_stage stage, unsigned int levels)
{
	*table = (struct page_table){
		.tables = tables,
		.stage = stage,
		.levels = levels,
		.root = tables_page(tables),
	};
}

static uint64_t entry_in(uint64_t table, uint64_t input, unsigned int level)
{
	return table + (input >> (12 + 9 * (level - 1)) & 0x1ff) * 8;
}

uint64_t page_table_entry(struct page_table *table, uint64_t input,
			  unsigned int level)
{
	uint64_t allow = table->stage == PAGE_TABLE_FIRST_STAGE ? FS_USER_RW :
								  SS_RW;
	uint64_t present = table->stage == PAGE_TABLE_FIRST_STAGE ? VTD_FS_P :
								    SS_RW;
	uint64_t at = table->root;

	for (unsigned int i = table->levels; i > level; i--) {
		uint64_t entry = entry_in(at, input, i);
		uint64_t word = fake_host_get_64(table->tables->host, entry);

		if ((word & present) == 0) {
			word = (tables_page(table->tables) +
				table->gpa_offset) |
			       allow;
			fake_host_set_64(table->tables->host, entry, word);
		}
		at = (word & VTD_BITS(51, 12)) - table->gpa_offset;
	}
	return entry_in(at, input, level);
}

uint64_t page_table_map(struct page_table *table, uint64_t input,
			uint64_t output, unsigned int shift, uint64_t bits)
{
	unsigned int level = (shift - 12) / 9 + 1;
	uint64_t entry = page_table_entry(table, input, level);

	/* PS is bit 7 in both stages. */
	fake_host_set_64(table->tables->host, entry,
			 output | bits | (level > 1 ? VTD_FS_PS : 0));
	return entry;
}

void tables_irte(struct tables *tables, uint64_t table, unsigned int index,
		 uint64_t low, uint64_t high)
{
	const uint64_t words[2] = { low, high };

	tables_put(tables, table + (uint64_t)index * VTD_IRTE_SIZE, words, 2);
}
