/* SPDX-License-Identifier: BSD-3-Clause */
#include "random_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SID 0x0100
#define PASID 9

static uint64_t random_state = UINT64_C(0x243f6a8885a308d3);

static uint64_t draw(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static unsigned int pick(unsigned int count)
{
	return (unsigned int)(draw() >> 33) % count;
}

static bool once_in(unsigned int count)
{
	return pick(count) == 0;
}

static uint64_t maybe(uint64_t bits)
{
	return once_in(2) ? bits : 0;
}

static void draw_config(struct vtd_config *config)
{
	enum vtd_iotlb_kind iotlb = config->iotlb;

	do {
		vtd_config_init(config);
		config->iotlb = iotlb;
		config->host_address_width = 36 + pick(17);
		config->guest_address_width = 57;
		config->address_widths = VTD_WIDTH_39 | VTD_WIDTH_48 |
					 VTD_WIDTH_57;
		config->first_stage_1g_pages = once_in(2);
		config->second_stage_2m_pages = !once_in(4);
		config->second_stage_1g_pages = once_in(2);
		config->second_stage_accessed_dirty = once_in(2);
		config->extended_accessed = once_in(2);
		config->snoop_control = once_in(2);
		config->supervisor_requests = once_in(2);
		config->zero_length_read = once_in(2);
		config->no_write_flag = once_in(2);
		config->transient_mapping = once_in(2);
	} while (vtd_config_check(config) != NULL);
}

static void note_entries(struct random_scene *scene, struct page_table *table,
			 uint64_t input, unsigned int leaf_shift)
{
	for (unsigned int level = (leaf_shift - 12) / 9 + 1;
	     level <= table->levels; level++) {
		assert_true(scene->entries < RANDOM_SCENE_ENTRIES_MAX);
		scene->entry[scene->entries++] =
			page_table_entry(table, input, level);
	}
}

static void map_and_note(struct random_scene *scene, struct page_table *table,
			 uint64_t input, uint64_t output, unsigned int shift)
{
	uint64_t align = UINT64_MAX << shift;
	bool first = table->stage == PAGE_TABLE_FIRST_STAGE;
	uint64_t snoop =
		scene->fixture->config.snoop_control ? maybe(VTD_SS_SNP) : 0;

	page_table_map(table, input & align, output & align, shift,
		       first ? FS_USER_RW : SS_RW | snoop);
	if (scene->block == 0 || ~align < scene->block)
		scene->block = ~align;
	note_entries(scene, table, input, shift);
}

static unsigned int draw_shift(void)
{
	static const unsigned int shift[] = { 12, 12, 12, 21, 30 };

	return shift[pick(5)];
}

/* Where the interrupt range is, or near it, now and then. */
static uint64_t draw_page(uint64_t ordinary)
{
	if (once_in(6))
		return UINT64_C(0xfee00000) - 0x2000 + (draw() & 0x7000);
	return ordinary;
}

static uint64_t draw_input(const struct random_scene *scene)
{
	uint64_t low = draw_page(UINT64_C(0x2340012000));

	if (scene->type == VTD_PGTT_SECOND_STAGE || once_in(2))
		return low;
	return scene->first.levels == 4 ? UINT64_C(0xffffff0040012000) :
					  UINT64_C(0x00ff7f0040012000);
}

static void build_first(struct random_scene *scene, uint64_t output)
{
	struct page_table *table = &scene->first;

	page_table_init(table, &scene->fixture->tables, PAGE_TABLE_FIRST_STAGE,
			4 + pick(2));
	if (scene->type == VTD_PGTT_NESTED)
		table->gpa_offset = once_in(2) ? UINT64_C(0x40000000) :
						 UINT64_C(0x200000000000);
	scene->first_root = table->root + table->gpa_offset;
	scene->input = draw_input(scene);
	map_and_note(scene, table, scene->input, output, draw_shift());
}

/* Of guest-physical addresses of tables, only that of the top one can be this
 * high. */
static void move_first_root(struct random_scene *scene)
{
	scene->first_root |= UINT64_C(1) << (52 + pick(5));
	page_table_map(&scene->second, scene->first_root, scene->first.root, 12,
		       SS_RW);
	note_entries(scene, &scene->second, scene->first_root, 12);
}

static void build_nested(struct random_scene *scene)
{
	unsigned int shift = once_in(2) ? 12 : 21; /* of its tables */
	uint64_t begin = scene->fixture->tables.next;
	uint64_t end;

	/* Beyond HAW, which a guest-physical address may be. */
	scene->gpa = draw_page(once_in(2) ? UINT64_C(0x500012000) :
					    UINT64_C(0x400500012000));
	build_first(scene, scene->gpa);
	end = scene->fixture->tables.next;
	page_table_init(&scene->second, &scene->fixture->tables,
			PAGE_TABLE_SECOND_STAGE, 4 + pick(2));
	begin &= UINT64_MAX << shift;
	for (uint64_t page = begin; page < end; page += UINT64_C(1) << shift) {
		uint64_t gpa = page + scene->first.gpa_offset;

		page_table_map(&scene->second, gpa, page, shift, SS_RW);
		note_entries(scene, &scene->second, gpa, shift);
	}
	if (scene->second.levels == 5 && once_in(3))
		move_first_root(scene);
	map_and_note(scene, &scene->second, scene->gpa, scene->output,
		     draw_shift());
}

static void build_tables(struct random_scene *scene)
{
	scene->output = draw_page(UINT64_C(0x800012000));
	switch (scene->type) {
	case VTD_PGTT_FIRST_STAGE:
		build_first(scene, scene->output);
		break;
	case VTD_PGTT_SECOND_STAGE:
		page_table_init(&scene->second, &scene->fixture->tables,
				PAGE_TABLE_SECOND_STAGE, 3 + pick(3));
		scene->input = draw_input(scene);
		map_and_note(scene, &scene->second, scene->input, scene->output,
			     draw_shift());
		break;
	case VTD_PGTT_NESTED:
		build_nested(scene);
		break;
	default:
		scene->input = scene->output;
	}
}

static void build_legacy(struct random_scene *scene)
{
	struct fixture *f = scene->fixture;
	bool passes = scene->type == VTD_PGTT_PASS_THROUGH;
	const uint64_t words[2] = {
		scene->second.root | VTD_CONTEXT0_P |
			vtd_field_make(VTD_CONTEXT0_TT,
				       passes ? VTD_TT_PASS_THROUGH : pick(2)),
		FIXTURE_DID << 8 | (passes ? 2 : scene->second.levels - 2),
	};

	tables_put(&f->tables, tables_legacy_context(&f->tables, f->root, SID),
		   words, 2);
}

static void build_scalable(struct random_scene *scene)
{
	struct fixture *f = scene->fixture;
	const struct vtd_config *caps = &f->config;
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	const uint64_t words[VTD_PASID_ENTRY_WORDS] = {
		VTD_PASID0_P | vtd_field_make(VTD_PASID0_PGTT, scene->type) |
			scene->second.root |
			(scene->second.levels != 0 ?
				 vtd_field_make(VTD_PASID0_AW,
						scene->second.levels - 2) :
				 0) |
			(caps->second_stage_accessed_dirty ?
				 maybe(VTD_PASID0_SSADE) :
				 0),
		FIXTURE_DID | maybe(VTD_PASID1_PWSNP) |
			(caps->snoop_control ? maybe(VTD_PASID1_PGSNP) : 0),
		scene->first_root |
			vtd_field_make(VTD_PASID2_FSPM,
				       scene->first.levels == 5) |
			maybe(VTD_PASID2_WPE) |
			(caps->supervisor_requests ? maybe(VTD_PASID2_SRE) :
						     0) |
			(caps->extended_accessed ? maybe(VTD_PASID2_EAFE) : 0),
	};

	if (caps->supervisor_requests && once_in(4))
		tables_change(&f->tables, context.entry + 8,
			      VTD_SM_CONTEXT1_RID_PRIV, 0);
	tables_put(&f->tables, tables_pasid_entry(&f->tables, context.dir, 0),
		   words, VTD_PASID_ENTRY_WORDS);
	tables_put(&f->tables,
		   tables_pasid_entry(&f->tables, context.dir, PASID), words,
		   VTD_PASID_ENTRY_WORDS);
}

/* None of it, all in one range, or in two, of which the walk tries the larger
 * first. */
static void publish_ram(struct random_scene *scene)
{
	const char *ram = (const char *)scene->fixture->host.ram;
	uint64_t split = scene->split;

	scene->range[0] = (struct vtd_ram_range){
		.length = once_in(2) ? FAKE_HOST_RAM_SIZE : split,
		.memory = ram,
	};
	split += once_in(2) ? 0 : 2 * 4096; /* a gap */
	scene->range[1] = (struct vtd_ram_range){
		.first = split,
		.length = FAKE_HOST_RAM_SIZE - split,
		.memory = ram + split,
	};
	scene->ram = (struct vtd_ram_map){
		.range = scene->range,
		.count = scene->range[0].length == FAKE_HOST_RAM_SIZE ? 1 : 2,
	};
	if (!once_in(4))
		assert_int_equal(vtd_unit_set_ram(scene->fixture->unit,
						  &scene->ram, NULL),
				 0);
}

void random_scene_build(struct random_scene *scene, struct fixture *fixture)
{
	static const uint64_t types[] = {
		VTD_PGTT_FIRST_STAGE,
		VTD_PGTT_SECOND_STAGE,
		VTD_PGTT_NESTED,
		VTD_PGTT_PASS_THROUGH,
	};

	*scene = (struct random_scene){ .fixture = fixture,
					.type = types[pick(4)] };
	draw_config(&fixture->config);
	scene->legacy = (scene->type == VTD_PGTT_SECOND_STAGE ||
			 scene->type == VTD_PGTT_PASS_THROUGH) &&
			once_in(2);
	scene->split = UINT64_C(0x1000000) * (once_in(2) ? 1 : 3);
	fixture->tables.next = scene->split - pick(12) * 4096;
	build_tables(scene);
	if (scene->legacy)
		build_legacy(scene);
	else
		build_scalable(scene);
	fixture_start(fixture);
	publish_ram(scene);
	fixture_enable(fixture,
		       scene->legacy ? VTD_TTM_LEGACY : VTD_TTM_SCALABLE);
	for (unsigned int i = 0; i < scene->entries; i++)
		scene->word[i] =
			fake_host_get_64(&fixture->host, scene->entry[i]);
}

/* Bits that mean something, or any. */
static uint64_t draw_bit(void)
{
	static const unsigned int often[] = { 0, 1,  2,	 5,  6,	 7, 8,
					      9, 10, 11, 12, 13, 62 };

	return UINT64_C(1) << (once_in(3) ? pick(64) : often[pick(13)]);
}

/* Tables that have been used before, with an oddity or none. */
void random_scene_draw_tables(struct random_scene *scene)
{
	struct fake_host *host = &scene->fixture->host;
	/* A, D and EA of both stages. */
	uint64_t used = VTD_FS_A | VTD_FS_D | VTD_FS_EA | VTD_SS_A | VTD_SS_D;

	for (unsigned int i = 0; i < scene->entries; i++)
		fake_host_set_64(host, scene->entry[i], scene->word[i] | used);
	for (unsigned int i = pick(3); i > 0 && scene->entries > 0; i--) {
		uint64_t entry = scene->entry[pick(scene->entries)];

		fake_host_set_64(host, entry,
				 fake_host_get_64(host, entry) ^ draw_bit());
	}
}

struct vtd_request random_scene_draw_request(const struct random_scene *scene)
{
	struct vtd_request request = {
		.sid = once_in(50) ? SID + 1 : SID,
		.type = once_in(3) ? VTD_AT_TRANSLATION : VTD_AT_UNTRANSLATED,
		.access = (enum vtd_access)(once_in(8) ? 0 : 1 + pick(3)),
		.address = scene->input ^ (draw() & 0xfff),
		.length = once_in(2) ? 4 : 8,
		.pasid_present = once_in(scene->legacy ? 20 : 2),
		.pasid = PASID,
		.privileged = once_in(4),
		.execute = once_in(16),
		.no_write = once_in(4),
	};

	if (once_in(40))
		request.type = VTD_AT_TRANSLATED;
	if (once_in(2))
		request.address ^= draw() & scene->block;
	if (once_in(16))
		request.address ^= UINT64_C(1) << pick(64);
	if (once_in(16))
		request.address = UINT64_C(0xfee00000) + (draw() & 0xffffc);
	return request;
}
