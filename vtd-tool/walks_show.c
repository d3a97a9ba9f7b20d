/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The entries become an image of memory, each where the one before it says, and
 * the look-up in that is the library's: it knows which bits are wrong.
 */
#include <stdio.h>
#include <string.h>

#include <vtd/spec/regs.h>
#include <vtd/spec/tables.h>

#include "explanation.h"
#include "json.h"
#include "machine.h"
#include "walks.h"

static void add(struct image *image, uint64_t address, const uint64_t *word,
		unsigned int words)
{
	for (unsigned int i = 0; i < words; i++)
		image_add_word(image, address + 8 * i, word[i]);
}

/* Where the root table was is not printed: a page that nothing else is in. */
static uint64_t root_table(const struct walk *w)
{
	uint64_t taken[] = { w->root[0],   w->root[1],	w->context[0],
			     w->directory, w->pasid[0], w->pasid[2],
			     w->level[5],  w->level[4], w->level[3],
			     w->level[2] };
	uint64_t page = 0x1000;

	for (unsigned int i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		if ((taken[i] & VTD_TABLE_ADDRESS) == page) {
			page += 0x1000;
			i = UINT32_MAX;
		}
	return page;
}

/* The context entry has four words, and two are printed. */
static void add_context(struct image *image, const struct walk *w)
{
	unsigned int devfn = w->request.sid & 0xff;
	uint64_t word[4] = { w->context[0], w->context[1], 0, 0 };
	uint64_t root = w->root[w->scalable && devfn >= 0x80];
	uint64_t table = root & VTD_TABLE_ADDRESS;

	if (w->scalable)
		add(image, table + (devfn & 0x7f) * VTD_SM_CONTEXT_ENTRY_SIZE,
		    word, 4);
	else
		add(image, table + devfn * VTD_CONTEXT_ENTRY_SIZE, word, 2);
}

static void add_pasid(struct image *image, const struct walk *w)
{
	uint64_t pasid =
		w->request.pasid_present ?
			w->request.pasid :
			vtd_field_get(w->context[1], VTD_SM_CONTEXT1_RID_PASID);
	uint64_t directory = w->context[0] & VTD_SM_CONTEXT0_PASIDDIRPTR;
	uint64_t table = w->directory & VTD_PASID_DIR_SMPTBLPTR;

	if (w->has_directory)
		add(image, directory + (pasid >> 6) * VTD_PASID_DIR_ENTRY_SIZE,
		    &w->directory, 1);
	if (w->has_pasid == 0xff)
		add(image, table + (pasid & 63) * VTD_PASID_ENTRY_SIZE,
		    w->pasid, VTD_PASID_ENTRY_WORDS);
}

/* The page table that kernels walk; 0: they walk none that is printed whole. */
static uint64_t page_table(const struct walk *w)
{
	if (!w->scalable)
		return w->context[0] & VTD_CONTEXT0_SSPTPTR;
	switch (vtd_field_get(w->pasid[0], VTD_PASID0_PGTT)) {
	case VTD_PGTT_FIRST_STAGE:
		return w->pasid[2] & VTD_PASID2_FSPTPTR;
	case VTD_PGTT_SECOND_STAGE:
		return w->pasid[0] & VTD_PASID0_SSPTPTR;
	default:
		return 0;
	}
}

static void add_pages(struct image *image, const struct walk *w)
{
	uint64_t table = page_table(w);

	for (unsigned int level = WALK_LEVELS; level > 0 && table != 0;
	     level--) {
		uint64_t index = w->request.address >>
				 (VTD_PAGE_SHIFT + 9 * (level - 1));

		if (!w->has_level[level])
			continue;
		add(image, table + (index & 0x1ff) * 8, &w->level[level], 1);
		table = w->level[level] & VTD_SS_ADDRESS;
	}
}

static void make_image(struct image *image, const struct walk *w,
		       struct machine_source *source)
{
	uint64_t table = root_table(w);

	source->has_root = true;
	source->root = table | vtd_field_make(VTD_RTADDR_TTM, w->scalable);
	if (w->has_root)
		add(image,
		    table + (uint64_t)(w->request.sid >> 8) *
				    VTD_ROOT_ENTRY_SIZE,
		    w->root, 2);
	if (w->has_context)
		add_context(image, w);
	add_pasid(image, w);
	add_pages(image, w);
}

/* What is not said: whatever lets most requests through. */
static void take_unit(const struct walk *w, const struct regsets *sets,
		      struct machine_source *source)
{
	for (unsigned int i = 0; i < sets->count; i++)
		if (strcmp(sets->set[i].unit, w->unit) == 0) {
			machine_take(source, &sets->set[i],
				     sets->host_address_width);
			break;
		}
	if (source->host_address_width == 0)
		source->host_address_width = 52;
	/* The tables were in use when they were printed. */
	source->has_status = false;
	source->quiet = true;
}

static void show(const struct walk *w, const struct regsets *sets, bool json)
{
	struct machine_source source = { .has_cap = false };
	struct image image = { .words = 0 };
	struct vtd_unit *unit;

	take_unit(w, sets, &source);
	make_image(&image, w, &source);
	unit = machine_create(&source, &image);
	if (unit == NULL)
		return;
	if (!json)
		printf("line %u: tables of %s, for the ", w->line,
		       w->unit[0] != '\0' ? w->unit : "a unit");
	explain_request(unit, &image, &w->request, w->reason, json);
	vtd_unit_destroy(unit);
}

void walks_show(const struct walks *walks, const struct regsets *sets,
		bool json)
{
	if (json)
		json_open("tables", '[');
	for (unsigned int i = 0; i < walks->count; i++)
		show(&walks->walk[i], sets, json);
	if (json)
		json_close();
}
