/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A stage for fault conditions: a device whose every request works, on which a
 * test breaks one thing.
 */
#ifndef VTD_TESTS_FAULT_SCENE_H
#define VTD_TESTS_FAULT_SCENE_H

#include "fixture.h"

/* What the device's requests are translated by. */
enum scene_base {
	BASE_LEGACY, /* TT=01 */
	BASE_LEGACY_PASS_THROUGH,
	BASE_FIRST_STAGE, /* PGTT=1, for RID_PASID and for the PASID */
	BASE_SECOND_STAGE,
	BASE_NESTED,
	BASE_PASS_THROUGH,
};

#define SCENE_SID 0x0108
#define SCENE_RID_PASID 0x20
#define SCENE_PASID 5 /* in the same PASID table as RID_PASID */
#define SCENE_ADDRESS UINT64_C(0x7f0012345000)
#define SCENE_PAGE UINT64_C(0x5000000)
/* Nested: first-stage tables are at this much more in guest-physical space. */
#define SCENE_GPA_OFFSET UINT64_C(0x40000000)

struct scene {
	struct fixture *fixture;
	enum scene_base base;
	unsigned int ttm;
	struct page_table first;
	struct page_table second;
	uint64_t context; /* entries */
	uint64_t dir_entry;
	uint64_t pasid_entry; /* of SCENE_PASID */
	uint64_t rid_pasid_entry;
	uint64_t first_leaf;
	uint64_t second_leaf;	     /* of the page */
	uint64_t first_root_mapping; /* nested: second-stage leaf that maps */
	uint64_t first_leaf_mapping; /* the root, the leaf's table */
	/* Where a situation put something wrong: the structure, and the address
	 * of the word.  The request itself, unless it says so. */
	enum vtd_structure wrong;
	uint64_t wrong_at;
	bool wrong_in_pasid_entry; /* at that offset in the one in use */
	/* What requests look like. */
	uint64_t address;
	uint64_t translated_address;
	uint32_t pasid;
	enum vtd_access access;
	uint32_t length;
	bool privileged;
	bool execute;
};

/* Build it, with no unit yet; `fixture` comes from fixture_setup(). */
void scene_build(struct scene *scene, struct fixture *fixture,
		 enum scene_base base);
/* Create the unit and turn it on. */
void scene_start(struct scene *scene);

/* The columns of the table of fault conditions. */
enum scene_kind {
	KIND_U0,
	KIND_UP,
	KIND_T0,
	KIND_TP,
	KIND_X0,
	KIND_XP,
	KIND_PR,
	KIND_PN,
	KINDS
};

/* Make a request of a kind other than PR and PN. */
void scene_request(const struct scene *scene, enum scene_kind kind,
		   struct vtd_translation *result);
/* Make a page request. */
void scene_page_request(const struct scene *scene, bool with_pasid, bool last);

#endif /* VTD_TESTS_FAULT_SCENE_H */
