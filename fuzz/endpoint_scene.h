/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the files of the endpoint's fuzz target. */
#ifndef VTD_FUZZ_ENDPOINT_SCENE_H
#define VTD_FUZZ_ENDPOINT_SCENE_H

#include <vtd/dump.h>
#include <vtd/endpoint.h>

#include "fuzz.h"

struct scene;

#define ACCESSES 4
#define ASKED 6
#define WAITS 6
#define INVALIDATIONS 8
#define PRI_CAPACITY 12

enum access_state {
	ACCESS_CLOSED,
	ACCESS_OPENING,
	ACCESS_ASKED, /* waits for the answer to a translation request */
	ACCESS_OPEN,
};

struct access {
	enum access_state state;
	struct vtd_endpoint_access access;
	struct vtd_endpoint_mapping tried;
	/* The one that is open: `tried`, or that of the translation, which must
	 * not move. */
	struct vtd_endpoint_mapping *mapping;
	unsigned int opened; /* scene.time then */
};

/* A translation request that was not answered at once. */
struct asked {
	uint64_t ticket;
	uint64_t address;
};

/* What an access in ACCESS_ASKED waits for. */
struct translation {
	struct scene *scene;
	struct access *access;
	unsigned int epoch;
	bool overtaken; /* by an invalidation of its page */
	struct vtd_endpoint_translation translation;
};

struct wait {
	bool busy;
	struct scene *scene;
	struct vtd_endpoint_wait wait;
};

/* One that waits may be given a second time; `earlier` is the first then. */
struct invalidation {
	bool busy;
	struct scene *scene;
	struct vtd_atc_invalidation invalidation;
	struct vtd_device_tlb_invalidation message;
	unsigned int sent;
	bool twice;
	struct vtd_device_tlb_invalidation earlier;
	unsigned int earlier_sent;
};

struct scene {
	struct fuzz_input input;
	struct vtd_endpoint *ep;
	struct vtd_endpoint_canceller canceller[2];
	struct access access[ACCESSES];
	struct translation translation[ACCESSES];
	struct asked asked[ASKED];
	unsigned int asked_count;
	uint64_t last_ticket;
	struct wait wait[WAITS];
	struct invalidation invalidation[INVALIDATIONS];
	unsigned int time;
	unsigned int depth; /* of calls from callbacks */
	uint16_t last_prgi;
	uint32_t last_pasid;
	bool run_is_due;
	bool later; /* translation requests are answered later */
	/* What the control registers say, and how often that has changed. */
	struct {
		bool ats;
		bool pasid;
		bool privileged;
		uint16_t sid;
	} control;
	unsigned int epoch;
};

/* Callbacks may call back in: take a step now and then. */
void scene_react(struct scene *scene);

/* Steps; endpoint_accesses.c */
void scene_open_access(struct scene *scene);
void scene_end_access(struct scene *scene);
void scene_invalidate(struct scene *scene);
void scene_ask_for_pages(struct scene *scene);

/* End all accesses. */
void scene_end_accesses(struct scene *scene);

/* It has opened, having begun in this epoch. */
void scene_opened(struct scene *scene, struct access *access,
		  struct vtd_endpoint_mapping *mapping, unsigned int epoch);

/* With a bus that answers later; endpoint_later.c */
void scene_translation_request_later(void *bus,
				     const struct vtd_request *request,
				     uint64_t ticket);
void scene_translate(struct scene *scene, struct access *access,
		     const struct vtd_endpoint_access *wanted,
		     unsigned int epoch);
void scene_answer(struct scene *scene);
struct vtd_translation scene_take_answer(struct scene *scene, uint64_t address);

#endif /* VTD_FUZZ_ENDPOINT_SCENE_H */
