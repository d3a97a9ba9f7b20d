/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A unit on a fake host, with an allocator of tables and an empty root table:
 * what nearly every test starts from.
 *
 * The state of cmocka is a `struct fixture *` (fixture_setup, fixture_teardown).
 * A test changes `config` if it has to, builds tables, calls fixture_run().
 */
#ifndef VTD_TESTS_FIXTURE_H
#define VTD_TESTS_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include <vtd/vtd.h>

#include "fake_host.h"
#include "regs.h"
#include "tables.h"

struct recorded;

struct fixture {
	struct vtd_config config;
	struct fake_host host;
	struct vtd_kit_tables tables;
	struct vtd_unit *unit;
	uint64_t root;		 /* an empty root table */
	struct regs_queue queue; /* once fixture_enable() was called */
	/* With VTD_RECORDED in the environment, what the unit does. */
	struct recorded *recorded;
};

/* cmocka setup and teardown: a host with tables, and no unit yet; `config` is
 * what vtd_config_init() says and may be changed before fixture_start(). */
int fixture_setup(void **state);
int fixture_teardown(void **state);
/* cmocka setup: as above with a unit of that `config`, and nothing in it on. */
int fixture_setup_started(void **state);

/* Without scalable mode, and without all that needs it. */
void fixture_legacy_only(struct vtd_config *config);

/* Create the unit. */
void fixture_start(struct fixture *fixture);
/* Start the invalidation queue, set the root table, turn translation on. */
void fixture_enable(struct fixture *fixture, unsigned int ttm);
/* Both. */
void fixture_run(struct fixture *fixture, unsigned int ttm);

/* A scalable-mode context with a PASID directory for all PASIDs, and all
 * requests enabled. */
#define fixture_context vtd_kit_sm_context
struct fixture_context fixture_sm_context(struct fixture *fixture, uint16_t sid,
					  uint32_t rid_pasid);

/* PASID entries, with all that Linux sets; returns the address of the entry. */
uint64_t fixture_pasid_first_stage(struct fixture *fixture, uint64_t dir,
				   uint32_t pasid,
				   const struct page_table *first_stage);
uint64_t fixture_pasid_second_stage(struct fixture *fixture, uint64_t dir,
				    uint32_t pasid,
				    const struct page_table *second_stage);
uint64_t fixture_pasid_pass_through(struct fixture *fixture, uint64_t dir,
				    uint32_t pasid);
/* From a first-stage entry. */
void fixture_pasid_nest(struct fixture *fixture, uint64_t entry,
			const struct page_table *first_stage,
			const struct page_table *second_stage);

#define FIXTURE_DID 1

/* One request; by value, for compound literals. */
struct vtd_translation fixture_translate(struct fixture *fixture,
					 struct vtd_request request);
/* One access of a device, without and with PASID. */
struct vtd_translation fixture_access(struct fixture *fixture, uint16_t sid,
				      uint64_t address, enum vtd_access access);
struct vtd_translation
fixture_access_with_pasid(struct fixture *fixture, uint16_t sid, uint32_t pasid,
			  uint64_t address, enum vtd_access access);
/* The reason in the next pending fault record, 0 if there is none; the record is
 * cleared. */
unsigned int fixture_take_reason(struct fixture *fixture);

#endif /* VTD_TESTS_FIXTURE_H */
