/* SPDX-License-Identifier: BSD-3-Clause */
#include "machine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <vtd/capabilities.h>
#include <vtd/spec/regs.h>

#include "text.h"
#include "tool.h"

static int read_memory(void *host, uint64_t address, void *buffer,
		       size_t length)
{
	return image_read(host, address, buffer, length);
}

/* The image stays as it is. */
static int write_memory(void *host, uint64_t address, const void *buffer,
			size_t length)
{
	(void)host;
	(void)address;
	(void)buffer;
	(void)length;
	return -EFAULT;
}

static int exchange_memory(void *host, uint64_t address, uint64_t *expected,
			   uint64_t desired)
{
	(void)host;
	(void)address;
	(void)expected;
	(void)desired;
	return -EFAULT;
}

static void send_message(void *host, uint64_t address, uint32_t data)
{
	(void)host;
	(void)address;
	(void)data;
}

static int invalidate(void *host,
		      const struct vtd_device_tlb_invalidation *request)
{
	(void)host;
	(void)request;
	return -ENOENT;
}

static void respond(void *host, const struct vtd_page_group_response *response)
{
	(void)host;
	(void)response;
}

static const struct vtd_host_ops ops = {
	.size = sizeof(ops),
	.memory_read = read_memory,
	.memory_write = write_memory,
	.memory_compare_exchange = exchange_memory,
	.interrupt_message = send_message,
	.device_tlb_invalidate = invalidate,
	.page_group_response = respond,
};

static void take(const struct regset *set, const char *name, bool *has,
		 uint64_t *value)
{
	if (!*has)
		*has = regset_get(set, name, value);
}

static void take_page_queue(struct machine_source *source,
			    const struct regset *set)
{
	uint64_t status;

	if (source->has_page_queue)
		return;
	source->has_page_queue = regset_get(set, "PQA", &source->page_queue) &&
				 regset_get(set, "PQH", &source->page_head) &&
				 regset_get(set, "PQT", &source->page_tail);
	source->page_overflow =
		regset_get(set, "PRS", &status) && (status & VTD_PRS_PRO) != 0;
}

void machine_take(struct machine_source *source, const struct regset *set,
		  unsigned int host_address_width)
{
	take(set, "CAP", &source->has_cap, &source->cap);
	take(set, "ECAP", &source->has_ecap, &source->ecap);
	take(set, "RTADDR", &source->has_root, &source->root);
	take(set, "IRTA", &source->has_interrupt_table,
	     &source->interrupt_table);
	take(set, "GSTS", &source->has_status, &source->status);
	take_page_queue(source, set);
	if (source->host_address_width == 0)
		source->host_address_width = host_address_width;
}

static const struct regset *choose(const struct regsets *sets, const char *unit)
{
	const struct regset *any = NULL;
	uint64_t root;

	for (unsigned int i = 0; i < sets->count; i++) {
		const struct regset *set = &sets->set[i];

		if (unit != NULL && strcmp(unit, set->unit) != 0)
			continue;
		if (any == NULL && set->count != 0)
			any = set;
		if (regset_get(set, "RTADDR", &root) && root != 0)
			return set;
	}
	return any;
}

bool machine_take_file(struct machine_source *source, const char *path,
		       const char *unit)
{
	static struct regsets sets;
	const struct regset *set;
	struct vtd_config config;
	size_t size;
	char *text = read_file(path, &size);

	if (text == NULL)
		return false;
	memset(&sets, 0, sizeof(sets));
	vtd_config_init(&config);
	if (!is_state(text, size))
		regsets_take_text(&sets, text, size);
	else if (vtd_state_config(text, size, &config, NULL) == 0)
		sets.host_address_width = config.host_address_width;
	if (is_state(text, size))
		regsets_take_state(&sets, text, size);
	free(text);
	set = choose(&sets, unit);
	if (set == NULL && sets.host_address_width == 0) {
		complain("%s: there are no registers of %s in it", path,
			 unit != NULL ? unit : "a unit");
		return false;
	}
	machine_take(source, set != NULL ? set : &sets.set[0],
		     sets.host_address_width);
	return true;
}

static void configure(const struct machine_source *source,
		      struct vtd_config *config)
{
	vtd_config_init(config);
	if (source->host_address_width >= 32 &&
	    source->host_address_width <= 52)
		config->host_address_width = source->host_address_width;
	else if (!source->quiet)
		complain("the host address width is not said "
			 "(--host-width): taking %u",
			 config->host_address_width);
	if (source->has_cap && source->has_ecap) {
		vtd_config_from_capabilities(source->cap, source->ecap, config,
					     NULL, 0);
		return;
	}
	if (!source->quiet)
		complain("CAP and ECAP are not said (--cap, --ecap, --from): "
			 "taking a unit that can do everything");
	config->guest_address_width = 57;
	config->address_widths = VTD_WIDTH_39 | VTD_WIDTH_48 | VTD_WIDTH_57;
	config->abort_dma = true;
	config->posted_interrupts = true;
}

/* Latch the tables, then switch on what was on; without GSTS: everything. */
static void program(struct vtd_unit *unit, const struct machine_source *source)
{
	uint64_t status = source->has_status ? source->status :
					       VTD_GSTS_TES | VTD_GSTS_IRES;
	uint64_t on = status & VTD_GSTS_CFIS;

	if (source->has_page_queue) {
		vtd_unit_write(unit, VTD_REG_PQA, source->page_queue, 8);
		vtd_unit_write(unit, VTD_REG_PQH, source->page_head, 8);
		vtd_unit_write(unit, VTD_REG_PQT, source->page_tail, 8);
	}
	if (source->has_root) {
		vtd_unit_write(unit, VTD_REG_RTADDR, source->root, 8);
		vtd_unit_write(unit, VTD_REG_GCMD, VTD_GCMD_SRTP, 4);
		on |= status & VTD_GSTS_TES;
	}
	if (source->has_interrupt_table) {
		vtd_unit_write(unit, VTD_REG_IRTA, source->interrupt_table, 8);
		vtd_unit_write(unit, VTD_REG_GCMD, VTD_GCMD_SIRTP, 4);
		on |= status & VTD_GSTS_IRES;
	}
	vtd_unit_write(unit, VTD_REG_GCMD, on, 4);
}

static void check_pointer(struct vtd_unit *unit, uint64_t offset, bool has,
			  uint64_t value, const char *name)
{
	uint64_t taken = vtd_unit_read(unit, offset, 8);

	if (has && taken != value)
		complain("%s 0x%" PRIx64 " has bits that the unit does not "
			 "have: taking 0x%" PRIx64,
			 name, value, taken);
}

struct vtd_unit *machine_create(const struct machine_source *source,
				struct image *image)
{
	struct vtd_config config;
	struct vtd_unit *unit;

	configure(source, &config);
	if (vtd_unit_create(&config, &ops, image, &unit) != 0) {
		complain("the unit cannot be made");
		return NULL;
	}
	program(unit, source);
	check_pointer(unit, VTD_REG_RTADDR, source->has_root, source->root,
		      "RTADDR");
	check_pointer(unit, VTD_REG_IRTA, source->has_interrupt_table,
		      source->interrupt_table, "IRTA");
	return unit;
}
