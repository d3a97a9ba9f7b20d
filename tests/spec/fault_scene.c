/* SPDX-License-Identifier: BSD-3-Clause */
#include "fault_scene.h"

static void build_first_stage(struct scene *scene, uint64_t output)
{
	uint64_t offset = scene->base == BASE_NESTED ? SCENE_GPA_OFFSET : 0;

	page_table_init(&scene->first, &scene->fixture->tables,
			PAGE_TABLE_FIRST_STAGE, 4);
	scene->first.gpa_offset = offset;
	scene->first_leaf = page_table_map(&scene->first, SCENE_ADDRESS, output,
					   12, FS_USER_RW);
}

static void build_second_stage(struct scene *scene, uint64_t input)
{
	page_table_init(&scene->second, &scene->fixture->tables,
			PAGE_TABLE_SECOND_STAGE, 4);
	scene->second_leaf =
		page_table_map(&scene->second, input, SCENE_PAGE, 12, SS_RW);
}

/* Nested: the second stage maps the first-stage tables and the page. */
static void build_nested(struct scene *scene)
{
	struct fixture *fixture = scene->fixture;
	uint64_t gpa = UINT64_C(0x123000);
	uint64_t begin = fixture->tables.next;
	uint64_t end;

	build_first_stage(scene, gpa);
	end = fixture->tables.next;
	build_second_stage(scene, gpa);
	for (uint64_t page = begin; page < end; page += 4096) {
		uint64_t leaf = page_table_map(&scene->second,
					       page + SCENE_GPA_OFFSET, page,
					       12, SS_RW);

		if (page == scene->first.root)
			scene->first_root_mapping = leaf;
		if (page == (scene->first_leaf & ~UINT64_C(0xfff)))
			scene->first_leaf_mapping = leaf;
	}
}

static uint64_t put_pasid_entry(struct scene *scene, uint64_t dir,
				uint32_t pasid)
{
	struct fixture *fixture = scene->fixture;
	uint64_t entry;

	switch (scene->base) {
	case BASE_FIRST_STAGE:
		return fixture_pasid_first_stage(fixture, dir, pasid,
						 &scene->first);
	case BASE_SECOND_STAGE:
		return fixture_pasid_second_stage(fixture, dir, pasid,
						  &scene->second);
	case BASE_NESTED:
		entry = fixture_pasid_first_stage(fixture, dir, pasid,
						  &scene->first);
		fixture_pasid_nest(fixture, entry, &scene->first,
				   &scene->second);
		return entry;
	default:
		return fixture_pasid_pass_through(fixture, dir, pasid);
	}
}

static void build_scalable(struct scene *scene)
{
	struct fixture_context context =
		fixture_sm_context(scene->fixture, SCENE_SID, SCENE_RID_PASID);

	scene->ttm = VTD_TTM_SCALABLE;
	scene->context = context.entry;
	scene->dir_entry = tables_pasid_dir_entry(context.dir, SCENE_PASID);
	scene->pasid_entry = put_pasid_entry(scene, context.dir, SCENE_PASID);
	scene->rid_pasid_entry =
		put_pasid_entry(scene, context.dir, SCENE_RID_PASID);
}

static void build_legacy(struct scene *scene, uint64_t type)
{
	const uint64_t words[2] = {
		scene->second.root | VTD_CONTEXT0_P |
			vtd_field_make(VTD_CONTEXT0_TT, type),
		vtd_field_make(VTD_CONTEXT1_AW, 2) |
			vtd_field_make(VTD_CONTEXT1_DID, FIXTURE_DID),
	};

	scene->ttm = VTD_TTM_LEGACY;
	scene->context = tables_legacy_context(&scene->fixture->tables,
					       scene->fixture->root, SCENE_SID);
	tables_put(&scene->fixture->tables, scene->context, words, 2);
}

void scene_build(struct scene *scene, struct fixture *fixture,
		 enum scene_base base)
{
	*scene = (struct scene){
		.fixture = fixture,
		.base = base,
		.address = SCENE_ADDRESS,
		.translated_address = SCENE_PAGE,
		.pasid = SCENE_PASID,
		.access = VTD_ACCESS_READ,
		.length = 8,
	};
	switch (base) {
	case BASE_FIRST_STAGE:
		build_first_stage(scene, SCENE_PAGE);
		break;
	case BASE_NESTED:
		build_nested(scene);
		break;
	default:
		build_second_stage(scene, SCENE_ADDRESS);
	}
	if (base == BASE_LEGACY)
		build_legacy(scene, VTD_TT_ALL);
	else if (base == BASE_LEGACY_PASS_THROUGH)
		build_legacy(scene, VTD_TT_PASS_THROUGH);
	else
		build_scalable(scene);
}

void scene_start(struct scene *scene)
{
	fixture_run(scene->fixture, scene->ttm);
}

void scene_request(const struct scene *scene, enum scene_kind kind,
		   struct vtd_translation *result)
{
	static const enum vtd_address_type types[] = {
		[KIND_U0] = VTD_AT_UNTRANSLATED,
		[KIND_UP] = VTD_AT_UNTRANSLATED,
		[KIND_T0] = VTD_AT_TRANSLATION,
		[KIND_TP] = VTD_AT_TRANSLATION,
		[KIND_X0] = VTD_AT_TRANSLATED,
		[KIND_XP] = VTD_AT_TRANSLATED,
	};
	struct vtd_request request = {
		.sid = SCENE_SID,
		.type = types[kind],
		.access = scene->access,
		.length = scene->length,
		.address = types[kind] == VTD_AT_TRANSLATED ?
				   scene->translated_address :
				   scene->address,
	};

	if (kind == KIND_UP || kind == KIND_TP || kind == KIND_XP) {
		request.pasid_present = true;
		request.pasid = scene->pasid;
		request.privileged = scene->privileged;
		request.execute = scene->execute;
	}
	vtd_unit_translate(scene->fixture->unit, &request, result);
}

void scene_page_request(const struct scene *scene, bool with_pasid, bool last)
{
	const struct vtd_page_request request = {
		.sid = SCENE_SID,
		.pasid_present = with_pasid,
		.pasid = with_pasid ? scene->pasid : 0,
		.read = true,
		.write = true,
		.last = last,
		.prgi = 3,
		.address = scene->address,
	};

	vtd_unit_page_request(scene->fixture->unit, &request);
}
