/* SPDX-License-Identifier: BSD-3-Clause */
#include "regs/regfile.h"

static const struct vtd_reg_row *row_of(const struct vtd_regfile *regs,
					uint32_t offset)
{
	uint8_t number = regs->row_of_word[offset / 4];

	return number != 0 ? &regs->row[number - 1] : NULL;
}

/* The part of a row's mask that lies in the word at `offset`. */
static uint32_t mask_of_word(const struct vtd_reg_row *row, uint32_t offset,
			     uint64_t mask)
{
	return (uint32_t)(mask >> 8 * (offset - row->offset));
}

static void reset_row(struct vtd_regfile *regs, const struct vtd_reg_row *row,
		      enum vtd_reset reset)
{
	uint64_t kept = reset == VTD_RESET_WARM ? row->sticky : 0;

	for (uint32_t offset = row->offset; offset < row->offset + row->size;
	     offset += 4) {
		uint32_t sticky = mask_of_word(row, offset, kept);
		uint32_t value = mask_of_word(row, offset, row->reset);

		vtd_reg_set_32(regs, offset,
			       (vtd_reg_get_32(regs, offset) & sticky) |
				       (value & ~sticky));
	}
}

void vtd_regfile_reset(struct vtd_regfile *regs, enum vtd_reset reset)
{
	for (unsigned int i = 0; i < regs->rows; i++)
		reset_row(regs, &regs->row[i], reset);
}

void vtd_regfile_init(struct vtd_regfile *regs, const struct vtd_config *config)
{
	for (unsigned int i = 0; i < VTD_REG_WORDS; i++)
		atomic_init(&regs->word[i], 0);
	regs->rows = vtd_register_map(config, regs->row);
	for (unsigned int i = 0; i < regs->rows; i++)
		for (unsigned int at = 0; at < regs->row[i].size; at += 4)
			regs->row_of_word[(regs->row[i].offset + at) / 4] =
				(uint8_t)(i + 1);
	vtd_regfile_reset(regs, VTD_RESET_POWER_GOOD);
}

/* Whether an access is one of those that SPEC 11.2 defines. */
static bool is_defined(uint64_t offset, unsigned int size)
{
	return (size == 4 || size == 8) && offset % size == 0 &&
	       offset < VTD_REGISTER_SPACE_SIZE;
}

uint64_t vtd_regfile_read(const struct vtd_regfile *regs, uint64_t offset,
			  unsigned int size)
{
	if (!is_defined(offset, size))
		return 0;
	return size == 4 ? vtd_reg_get_32(regs, (uint32_t)offset) :
			   vtd_reg_get_64(regs, (uint32_t)offset);
}

static void write_word(struct vtd_regfile *regs, uint32_t offset,
		       uint32_t value, struct vtd_reg_trigger *trigger)
{
	const struct vtd_reg_row *row = row_of(regs, offset);
	uint32_t writable, cleared;

	if (row == NULL)
		return;
	writable = mask_of_word(row, offset, row->writable);
	cleared = mask_of_word(row, offset, row->clear_by_1) & value;
	vtd_reg_set_32(regs, offset,
		       ((vtd_reg_get_32(regs, offset) & ~writable) |
			(value & writable)) &
			       ~cleared);
	if (mask_of_word(row, offset, row->trigger) != 0)
		*trigger = (struct vtd_reg_trigger){ row->action, value };
}

struct vtd_reg_trigger vtd_regfile_write(struct vtd_regfile *regs,
					 uint64_t offset, uint64_t value,
					 unsigned int size)
{
	struct vtd_reg_trigger trigger = { VTD_ACTION_NONE, 0 };

	if (!is_defined(offset, size))
		return trigger;
	write_word(regs, (uint32_t)offset, (uint32_t)value, &trigger);
	if (size == 8)
		write_word(regs, (uint32_t)offset + 4, (uint32_t)(value >> 32),
			   &trigger);
	return trigger;
}
