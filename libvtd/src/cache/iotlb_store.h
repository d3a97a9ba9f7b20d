/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An array of entries that are found by a key: what each of a unit's caches is
 * made of.  Either set-associative, where a full set gives up its oldest entry;
 * or associative as a whole, where a full array gives up its oldest.  What is
 * given up follows from the order of the calls alone.  Callers exclude each
 * other.
 */
#ifndef VTD_SRC_CACHE_IOTLB_STORE_H
#define VTD_SRC_CACHE_IOTLB_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "translate/walk_config.h"

enum vtd_iotlb_key_flag {
	VTD_IOTLB_KEY_PASID = 1, /* of a request with PASID */
	VTD_IOTLB_KEY_PRIVILEGED = 2,
	VTD_IOTLB_KEY_DOMAIN = 4, /* `source` is a domain-id */
};

struct vtd_iotlb_key {
	uint64_t address; /* the first of the block */
	uint32_t pasid;	  /* 0 if there is none */
	uint16_t source;  /* source-id, or domain-id */
	uint8_t cache;	  /* enum vtd_cache */
	uint8_t shift;	  /* of the block */
	uint8_t flags;	  /* enum vtd_iotlb_key_flag */
};

/* What a page or a request for it comes to. */
struct vtd_iotlb_page {
	uint64_t address; /* of the first byte of the block of the key */
	uint8_t shift;	  /* of the page, which may be larger */
	uint8_t rights;	  /* enum vtd_access */
	bool snoop;
	bool clean; /* D is tracked and was 0: serves no write */
};

/* An entry that leads to a table: where to, and the bits that all entries down to
 * it have. */
struct vtd_iotlb_table {
	uint64_t table;
	uint64_t all;
};

/* A context entry or a PASID entry. */
struct vtd_iotlb_config {
	struct vtd_walk_config config;
	struct vtd_pasid_dir dir;
};

struct vtd_iotlb_entry {
	struct vtd_iotlb_key key;
	/* What invalidations go by, besides the key. */
	uint8_t kind; /* enum vtd_walk_kind */
	uint16_t did;
	uint32_t pasid; /* the request's, or RID_PASID */
	/* vtd_iotlb_put()'s: which entry it is, and how many invalidations came
	 * before it. */
	uint64_t serial;
	uint64_t after;
	union {
		struct vtd_iotlb_page page;
		struct vtd_iotlb_table table;
		struct vtd_iotlb_config config;
	} u;
};

struct vtd_iotlb_slot {
	struct vtd_iotlb_entry entry;
	/* Indices of slots, or VTD_IOTLB_NO_SLOT. */
	uint32_t next; /* in the bucket, newest first; or the next free one */
	uint32_t older;
	uint32_t newer;
	/* Uses since memory was first seen to differ, and the waits that had
	 * completed then (iotlb_notice.h). */
	uint64_t uses;
	uint64_t noticed;
	bool reported;
	bool used; /* there is an entry in it */
};

#define VTD_IOTLB_NO_SLOT UINT32_MAX

struct vtd_iotlb_store {
	struct vtd_iotlb_slot *slot;
	uint32_t *bucket;
	uint32_t slots;
	uint32_t buckets; /* a power of two */
	uint32_t ways;	  /* entries of a bucket at most; 0: any number */
	uint32_t free;
	uint32_t touched; /* no slot from this one on was ever used */
	uint32_t oldest;
	uint32_t newest;
	uint64_t dropped; /* entries that gave way to others */
};

/* `slots` and `ways`: powers of two, or `ways` 0.  False: no memory. */
bool vtd_iotlb_store_init(struct vtd_iotlb_store *store, uint32_t slots,
			  uint32_t ways);
void vtd_iotlb_store_free(struct vtd_iotlb_store *store);

/* NULL: there is none. */
struct vtd_iotlb_slot *vtd_iotlb_store_find(struct vtd_iotlb_store *store,
					    const struct vtd_iotlb_key *key);
/* In place of what has the key, and as the newest. */
struct vtd_iotlb_slot *vtd_iotlb_store_put(struct vtd_iotlb_store *store,
					   const struct vtd_iotlb_entry *entry);
void vtd_iotlb_store_drop(struct vtd_iotlb_store *store,
			  struct vtd_iotlb_slot *slot);

/* From the oldest to the newest; NULL: no more.  The next one is asked for
 * before a slot is dropped. */
struct vtd_iotlb_slot *
vtd_iotlb_store_oldest(const struct vtd_iotlb_store *store);
struct vtd_iotlb_slot *
vtd_iotlb_store_newer(const struct vtd_iotlb_store *store,
		      const struct vtd_iotlb_slot *slot);

#endif /* VTD_SRC_CACHE_IOTLB_STORE_H */
