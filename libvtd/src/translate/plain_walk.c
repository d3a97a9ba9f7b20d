/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The plain walk: path 1 for a request that meets nothing unusual.
 *
 * It writes nothing, counts nothing, takes no lock and opens no bracket, and it
 * decides no fault: whatever is not just as it should be (a bit to be set, a
 * right that is missing, a reserved bit, an address that is not RAM, the
 * interrupt range) is left to the whole walk (translate.c), which starts over.
 * Here each entry is compared with masks that plain.c made when the
 * configuration was decoded.
 *
 * What was read belongs together if no invalidation was processed meanwhile,
 * which is looked at last: so no wait has completed, and software has not
 * reused what it freed.
 */
#include "translate/plain_walk.h"

#include <stddef.h>

#include <vtd/spec/tables.h>

#include "record/values.h"
#include "translate/address_range.h"
#include "translate/decode.h"
#include "translate/plain_stage.h"
#include "translate/translate.h"
#include "unit.h"

_Static_assert(VTD_ACCESS_READ == VTD_SS_R && VTD_ACCESS_READ == VTD_FS_P &&
		       VTD_ACCESS_WRITE == VTD_SS_W &&
		       VTD_ACCESS_WRITE == VTD_FS_RW,
	       "rights are the bits of entries");
_Static_assert(VTD_FS_PS == VTD_SS_PS && VTD_FS_ADDRESS == VTD_SS_ADDRESS,
	       "entries of both stages look alike");

/* All of it is one function to the compiler, but for what is rare. */
#define INLINE VTD_INLINE
#define UNLIKELY VTD_UNLIKELY

/* A request on its way. */
struct plain {
	const struct vtd_mem *mem;
	const struct vtd_config *caps;
	const struct vtd_request *request;
	struct vtd_config_view view;
	uint64_t flags; /* enum vtd_plain_flag */
	bool privileged;
	bool probe;
};

/* What the request gets. */
struct page {
	uint64_t address;
	uint64_t rights;
	unsigned int shift;
	bool snoop;
};

/*
 * What is in memory is read where it is needed, more than once: registers are few, and
 * what is put by costs more.
 */
static INLINE bool is_translation(const struct plain *plain)
{
	return plain->request->type == VTD_AT_TRANSLATION;
}

/* Rights. */
static INLINE uint64_t want_of(const struct plain *plain)
{
	if (!is_translation(plain))
		return plain->request->access;
	return plain->request->no_write && plain->caps->no_write_flag ?
		       VTD_ACCESS_READ :
		       VTD_ACCESS_ATOMIC;
}

static INLINE vtd_plain_words words_at(const struct plain *plain, size_t offset)
{
	return &plain->view.slot->word[offset / sizeof(uint64_t)];
}

static INLINE vtd_plain_words first_of(const struct plain *plain)
{
	return words_at(plain, offsetof(struct vtd_config_entry, plain.first));
}

static INLINE vtd_plain_words second_of(const struct plain *plain)
{
	return words_at(plain, offsetof(struct vtd_config_entry, plain.second));
}

static INLINE uint64_t flags_of(const struct plain *plain)
{
	return vtd_config_view_word(&plain->view,
				    offsetof(struct vtd_config_entry, plain) /
					    sizeof(uint64_t));
}

/* Rights of the first stage that need no bit. */
static INLINE uint64_t given(const struct plain *plain)
{
	return plain->privileged &&
			       (plain->flags & VTD_PLAIN_WRITE_PROTECT) == 0 ?
		       VTD_ACCESS_WRITE :
		       0;
}

static INLINE uint64_t first_stage_bits(const struct plain *plain)
{
	return (want_of(plain) & ~given(plain)) |
	       (plain->privileged ? 0 : VTD_FS_US);
}

/* D is where it is needed.  What does not count as written yet must not serve a
 * write that is made later by this answer. */
static INLINE bool dirty_is_plain(const struct plain *plain,
				  struct vtd_plain_leaf leaf, uint64_t dirty,
				  struct page *page)
{
	if ((leaf.word & dirty) == dirty)
		return true;
	if (!plain->probe)
		page->rights &= ~(uint64_t)VTD_ACCESS_WRITE;
	return (want_of(plain) & VTD_ACCESS_WRITE) == 0;
}

static INLINE bool first_stage(const struct plain *plain, struct page *page)
{
	struct vtd_plain_leaf leaf = vtd_plain_walk(plain->mem, first_of(plain),
						    page->address,
						    first_stage_bits(plain));

	page->address = vtd_plain_address(leaf, page->address);
	page->shift = vtd_plain_shift(leaf);
	page->rights = leaf.rest | given(plain);
	return leaf.word != 0 && dirty_is_plain(plain, leaf, VTD_FS_D, page);
}

static INLINE bool second_stage(const struct plain *plain, struct page *page)
{
	struct vtd_plain_leaf leaf = vtd_plain_walk(
		plain->mem, second_of(plain), page->address, want_of(plain));

	page->address = vtd_plain_address(leaf, page->address);
	page->shift = vtd_plain_shift(leaf);
	page->rights = leaf.rest;
	page->snoop = (leaf.word & VTD_SS_SNP) != 0;
	return leaf.word != 0 &&
	       dirty_is_plain(plain, leaf,
			      VTD_PLAIN_WORD(second_of(plain), dirty), page);
}

static INLINE bool both_stages(const struct plain *plain, struct page *page)
{
	struct vtd_plain_nested nested = {
		.first = first_of(plain),
		.second = second_of(plain),
		.bits = first_stage_bits(plain),
		.want = want_of(plain),
	};
	struct vtd_plain_leaf first, second;

	if (!vtd_plain_walk_nested(plain->mem, &nested, page->address))
		return false;
	first = nested.first_leaf;
	second = nested.second_leaf;
	page->address = vtd_plain_address(
		second, vtd_plain_address(first, page->address));
	page->shift = vtd_plain_shift(first) < vtd_plain_shift(second) ?
			      vtd_plain_shift(first) :
			      vtd_plain_shift(second);
	page->rights = (first.rest | given(plain)) & second.rest;
	page->snoop = (second.word & VTD_SS_SNP) != 0;
	return dirty_is_plain(plain, first, VTD_FS_D, page) &&
	       dirty_is_plain(plain, second,
			      VTD_PLAIN_WORD(second_of(plain), dirty), page);
}

/* Neither end of the block may be in the interrupt range; a translation request
 * gets all of it or nothing. */
static INLINE bool block_is_plain(const struct plain *plain,
				  const struct vtd_request *request,
				  struct page *page)
{
	unsigned int shift = page->shift;

	if (UNLIKELY(vtd_in_interrupt_range(page->address)))
		return false;
	if (shift == VTD_PAGE_SHIFT)
		return true;
	page->shift = vtd_block_shift(page->address, shift);
	if (is_translation(plain) && shift != page->shift)
		return false;
	if (!request->pasid_present)
		page->shift = vtd_block_shift(request->address, page->shift);
	return true;
}

static INLINE bool pass_through(const struct plain *plain,
				const struct vtd_config *caps,
				struct page *page)
{
	page->shift = vtd_block_shift(page->address,
				      is_translation(plain) ?
					      vtd_largest_page(caps) :
					      caps->host_address_width);
	return page->address >> caps->host_address_width == 0 &&
	       !vtd_in_interrupt_range(page->address);
}

static INLINE bool go(const struct plain *plain, const struct vtd_config *caps,
		      const struct vtd_request *request, struct page *page)
{
	switch (plain->flags &
		(VTD_PLAIN_FIRST_STAGE | VTD_PLAIN_SECOND_STAGE)) {
	case VTD_PLAIN_FIRST_STAGE:
		return first_stage(plain, page) &&
		       block_is_plain(plain, request, page);
	case VTD_PLAIN_SECOND_STAGE:
		return second_stage(plain, page) &&
		       block_is_plain(plain, request, page);
	case 0:
		return pass_through(plain, caps, page);
	default:
		return both_stages(plain, page) &&
		       block_is_plain(plain, request, page);
	}
}

/* Whether nothing about what is asked is unusual. */
static INLINE bool request_is_plain(const struct vtd_request *request)
{
	if (request->type != VTD_AT_TRANSLATION &&
	    UNLIKELY(request->type != VTD_AT_UNTRANSLATED ||
		     (uint64_t)request->access - 1 >= VTD_ACCESS_ATOMIC))
		return false;
	return request->pasid_present ?
		       !request->execute :
		       !vtd_in_interrupt_range(request->address);
}

/* Whether the requester is known, and may ask this. */
static INLINE bool requester_is_plain(struct plain *plain,
				      struct vtd_config_cache *cache,
				      const struct vtd_request *request)
{
	const struct vtd_requester requester = {
		.sid = request->sid,
		.pasid_present = request->pasid_present,
		.pasid = request->pasid,
	};

	if (UNLIKELY(!vtd_config_cache_view(cache, &requester, &plain->view)))
		return false;
	plain->flags = flags_of(plain);
	plain->privileged = request->pasid_present ?
				    request->privileged :
				    (plain->flags & VTD_PLAIN_RID_PRIVILEGED) !=
					    0;
	return (!plain->privileged ||
		(plain->flags & VTD_PLAIN_PRIVILEGED_REQUESTS) != 0) &&
	       (!is_translation(plain) ||
		(plain->flags & VTD_PLAIN_TRANSLATION_REQUESTS) != 0);
}

static INLINE void
answer(const struct plain *plain, const struct vtd_request *request,
       const struct page *page, struct vtd_translation *result)
{
	uint64_t rights = page->rights;

	if (is_translation(plain))
		rights &= want_of(plain);
	*result = (struct vtd_translation){
		.status = VTD_STATUS_SUCCESS,
		.address = page->address,
		.size_shift = page->shift,
		.read = (rights & VTD_ACCESS_READ) != 0,
		.write = (rights & VTD_ACCESS_WRITE) != 0,
		.privileged = request->pasid_present && request->privileged,
		.snoop = page->snoop,
	};
}

static INLINE bool translate(struct vtd_unit *unit,
			     const struct vtd_request *request, bool probe,
			     struct vtd_translation *result)
{
	uint64_t changes =
		atomic_load_explicit(&unit->changes, memory_order_acquire);
	struct plain plain = {
		.mem = &unit->mem,
		.caps = &unit->config,
		.request = request,
		.probe = probe,
	};
	struct page page = {
		.address = request->address,
		.rights = VTD_ACCESS_ATOMIC,
	};

	if (UNLIKELY(changes % 2 != 0) ||
	    UNLIKELY(!vtd_unit_is_on(unit, VTD_GSTS_TES)) ||
	    UNLIKELY(!request_is_plain(request)) ||
	    UNLIKELY(!requester_is_plain(&plain, &unit->config_cache, request)))
		return false;
	if (UNLIKELY(!go(&plain, &unit->config, request, &page)))
		return false;
	page.snoop |= (flags_of(&plain) & VTD_PLAIN_SNOOP) != 0;
	if (UNLIKELY(!vtd_config_view_is_valid(&plain.view)) ||
	    UNLIKELY(atomic_load_explicit(&unit->changes,
					  memory_order_acquire) != changes))
		return false;
	answer(&plain, request, &page, result);
	return true;
}

bool vtd_plain_translate(struct vtd_unit *unit,
			 const struct vtd_request *request, bool probe,
			 struct vtd_translation *result)
{
	return translate(unit, request, probe, result);
}

void vtd_unit_translate(struct vtd_unit *unit,
			const struct vtd_request *request,
			struct vtd_translation *result)
{
	if (UNLIKELY(!translate(unit, request, false, result)))
		vtd_translate_whole(unit, request, result);
}

void vtd_unit_probe(struct vtd_unit *unit, const struct vtd_request *request,
		    struct vtd_translation *result)
{
	if (vtd_plain_translate(unit, request, true, result))
		return;
	vtd_record_request(unit->recorder, VTD_RECORD_PROBE, request);
	vtd_translate(unit, request, true, result);
	vtd_record_translation(unit->recorder, VTD_RECORD_PROBE, result);
}
