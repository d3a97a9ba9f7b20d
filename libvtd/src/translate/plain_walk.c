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

#include "translate/address_range.h"
#include "translate/decode.h"
#include "translate/translate.h"
#include "unit.h"

_Static_assert(VTD_ACCESS_READ == VTD_SS_R && VTD_ACCESS_READ == VTD_FS_P &&
		       VTD_ACCESS_WRITE == VTD_SS_W &&
		       VTD_ACCESS_WRITE == VTD_FS_RW,
	       "rights are the bits of entries");
_Static_assert(VTD_FS_PS == VTD_SS_PS && VTD_FS_ADDRESS == VTD_SS_ADDRESS,
	       "entries of both stages look alike");

/* All of it is one function to the compiler, but for what is rare. */
#define INLINE inline __attribute__((always_inline))
#define UNLIKELY(condition) __builtin_expect(condition, 0)

/* The words of a stage where they are cached (struct vtd_plain_stage). */
typedef const _Atomic uint64_t *stage;

#define WORD(words, member)                                         \
	atomic_load_explicit(                                       \
		&(words)[offsetof(struct vtd_plain_stage, member) / \
			 sizeof(uint64_t)],                         \
		memory_order_acquire)

/* What a stage made of an address. */
struct leaf {
	uint64_t word; /* 0: nothing plain */
	/* Bits 1:0: the rights that all entries have, as in them.  From bit 8
	 * on: the shift of the page. */
	uint64_t rest;
};

#define LEAF_SHIFT 8
static const struct leaf no_leaf = { 0, 0 };
/* An entry is not where the walk looked. */
static const struct leaf leaf_elsewhere = { 0, 1 };

static INLINE unsigned int shift_of(struct leaf leaf)
{
	return (unsigned int)(leaf.rest >> LEAF_SHIFT);
}

static INLINE uint64_t offset_in(unsigned int shift)
{
	return (UINT64_C(1) << (shift & 63)) - 1;
}

static INLINE uint64_t address_of(struct leaf leaf, uint64_t address)
{
	uint64_t offset = 0xfff;

	if (UNLIKELY(shift_of(leaf) != VTD_PAGE_SHIFT))
		offset = offset_in(shift_of(leaf));
	return (leaf.word & VTD_SS_ADDRESS & ~offset) | (address & offset);
}

/* The entry for `address` in the table that `word` leads to. */
static INLINE uint64_t entry_of(uint64_t word, uint64_t address,
				unsigned int shift)
{
	return (word & VTD_SS_ADDRESS) |
	       (address >> ((shift - 3) & 63) & 0xff8);
}

static INLINE bool is_leaf(uint64_t word, unsigned int shift)
{
	return shift <= VTD_PAGE_SHIFT || (word & VTD_SS_PS) != 0;
}

/* Whether a page that is not of 4 KiB may be: VTD_PLAIN_ROOT_2M for a shift of
 * 21, VTD_PLAIN_ROOT_1G for 30. */
static bool large_is_plain(stage words, uint64_t word, unsigned int shift)
{
	/* Bit 12 of a large page of the first stage is PAT. */
	uint64_t low = WORD(words, half) != 0 ? 0x1fff : 0xfff;

	return (WORD(words, root) >> (shift / 9 + 4) & 1) != 0 &&
	       (word & offset_in(shift) & ~low) == 0;
}

static INLINE bool input_is_plain(stage words, uint64_t address)
{
	return ((address + WORD(words, half)) & WORD(words, beyond)) == 0;
}

static INLINE struct leaf finish(stage words, uint64_t word, uint64_t need,
				 unsigned int shift, uint64_t all)
{
	if (UNLIKELY((word & (need | WORD(words, leaf_zero))) != need))
		return no_leaf;
	if (UNLIKELY(shift != VTD_PAGE_SHIFT)) {
		if (!large_is_plain(words, word, shift))
			return no_leaf;
	}
	return (struct leaf){ word, (all & VTD_ACCESS_ATOMIC) |
					    (uint64_t)shift << LEAF_SHIFT };
}

/* `bits`: those that are 1 in all entries, besides those that always are.
 * `anywhere`: entries need not be in the largest range of RAM. */
static INLINE struct leaf walk_in(const struct vtd_mem *mem, stage words,
				  uint64_t address, uint64_t bits,
				  bool anywhere)
{
	struct vtd_mem_window window = vtd_mem_window(mem);
	uint64_t need = bits | WORD(words, one);
	uint64_t in_table = need | WORD(words, table_zero);
	uint64_t word = WORD(words, root);
	unsigned int shift = word & VTD_PLAIN_ROOT_SHIFT;
	uint64_t all = VTD_ACCESS_ATOMIC;

	if (UNLIKELY(!input_is_plain(words, address)))
		return no_leaf;
	for (;; shift -= 9) {
		uint64_t entry = entry_of(word, address, shift);

		if (anywhere) {
			if (!vtd_mem_read_word(mem, &window, entry, &word))
				return no_leaf;
		} else {
			if (UNLIKELY(entry - window.first >= window.length))
				return leaf_elsewhere;
			word = vtd_mem_load(
				(const uint64_t *)(uintptr_t)(entry +
							      window.bias));
		}
		all &= word;
		if (is_leaf(word, shift))
			break;
		if (UNLIKELY((word & in_table) != need))
			return no_leaf;
	}
	return finish(words, word, need, shift, all);
}

/* Without a call in it: all is in registers. */
static __attribute__((noinline)) struct leaf
walk(const struct vtd_mem *mem, stage words, uint64_t address, uint64_t bits)
{
	return walk_in(mem, words, address, bits, false);
}

static __attribute__((noinline)) struct leaf
walk_anywhere(const struct vtd_mem *mem, stage words, uint64_t address,
	      uint64_t bits)
{
	return walk_in(mem, words, address, bits, true);
}

/* First stage whose tables are behind a second stage.  With A/D in that one,
 * pages of tables are written to. */
static __attribute__((noinline)) struct leaf
walk_nested(const struct vtd_mem *mem, stage words, stage second,
	    uint64_t address, uint64_t bits)
{
	struct vtd_mem_window window = vtd_mem_window(mem);
	uint64_t dirty = WORD(second, dirty);
	uint64_t rights = dirty != 0 ? VTD_ACCESS_ATOMIC : VTD_ACCESS_READ;
	uint64_t need = bits | WORD(words, one);
	uint64_t in_table = need | WORD(words, table_zero);
	uint64_t word = WORD(words, root);
	unsigned int shift = word & VTD_PLAIN_ROOT_SHIFT;
	uint64_t all = VTD_ACCESS_ATOMIC;

	if (!input_is_plain(words, address))
		return no_leaf;
	for (;; shift -= 9) {
		uint64_t entry = entry_of(word, address, shift);
		struct leaf leaf = walk_anywhere(mem, second, entry, rights);

		if (leaf.word == 0 || (leaf.word & dirty) != dirty ||
		    !vtd_mem_read_word(mem, &window, address_of(leaf, entry),
				       &word))
			return no_leaf;
		all &= word;
		if (is_leaf(word, shift))
			break;
		if ((word & in_table) != need)
			return no_leaf;
	}
	return finish(words, word, need, shift, all);
}

/* A request on its way. */
struct plain {
	const struct vtd_mem *mem;
	struct vtd_config_view view;
	uint64_t flags; /* enum vtd_plain_flag */
	uint64_t want;	/* rights */
	bool translation;
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

#define FIRST(plain)                                                      \
	(&(plain)->view.slot                                              \
		  ->word[offsetof(struct vtd_config_entry, plain.first) / \
			 sizeof(uint64_t)])
#define SECOND(plain)                                                      \
	(&(plain)->view.slot                                               \
		  ->word[offsetof(struct vtd_config_entry, plain.second) / \
			 sizeof(uint64_t)])

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
	return (plain->want & ~given(plain)) |
	       (plain->privileged ? 0 : VTD_FS_US);
}

/* Take over what the last stage says. */
static INLINE bool take(const struct plain *plain, struct leaf leaf,
			uint64_t dirty, uint64_t given, struct page *page)
{
	page->address = address_of(leaf, page->address);
	page->shift = shift_of(leaf);
	page->rights = leaf.rest | given;
	if ((leaf.word & dirty) == dirty)
		return true;
	/* What does not count as written yet must not serve a write that is
	 * made later by this answer. */
	if (!plain->probe)
		page->rights &= ~(uint64_t)VTD_ACCESS_WRITE;
	return (plain->want & VTD_ACCESS_WRITE) == 0;
}

/* Both stages. */
static bool nested(const struct plain *plain, struct page *page)
{
	struct leaf first = walk_nested(plain->mem, FIRST(plain), SECOND(plain),
					page->address, first_stage_bits(plain));
	struct page guest = *page;
	struct leaf second;

	if (first.word == 0 ||
	    !take(plain, first, VTD_FS_D, given(plain), &guest))
		return false;
	second = walk_anywhere(plain->mem, SECOND(plain), guest.address,
			       plain->want);
	page->address = guest.address;
	if (second.word == 0 ||
	    !take(plain, second, WORD(SECOND(plain), dirty), 0, page))
		return false;
	page->snoop |= (second.word & VTD_SS_SNP) != 0;
	page->rights &= guest.rights;
	if (guest.shift < page->shift)
		page->shift = guest.shift;
	return true;
}

static INLINE bool one_stage(const struct plain *plain, bool first,
			     struct page *page)
{
	stage words = first ? FIRST(plain) : SECOND(plain);
	uint64_t bits = first ? first_stage_bits(plain) : plain->want;
	struct leaf leaf = walk(plain->mem, words, page->address, bits);

	if (UNLIKELY(leaf.word == 0)) {
		if (leaf.rest == 0)
			return false;
		leaf = walk_anywhere(plain->mem, words, page->address, bits);
		if (leaf.word == 0)
			return false;
	}
	if (!first)
		page->snoop |= (leaf.word & VTD_SS_SNP) != 0;
	return take(plain, leaf, WORD(words, dirty), first ? given(plain) : 0,
		    page);
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
	if (plain->translation && shift != page->shift)
		return false;
	if (!request->pasid_present)
		page->shift = vtd_block_shift(request->address, page->shift);
	return true;
}

static INLINE bool pass_through(const struct plain *plain,
				const struct vtd_config *caps,
				struct page *page)
{
	page->shift = vtd_block_shift(
		page->address, plain->translation ? vtd_largest_page(caps) :
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
		return one_stage(plain, true, page) &&
		       block_is_plain(plain, request, page);
	case VTD_PLAIN_SECOND_STAGE:
		return one_stage(plain, false, page) &&
		       block_is_plain(plain, request, page);
	case 0:
		return pass_through(plain, caps, page);
	default:
		return nested(plain, page) &&
		       block_is_plain(plain, request, page);
	}
}

/* What is asked, and whether anything about that is unusual. */
static INLINE bool request_is_plain(struct plain *plain,
				    const struct vtd_config *caps,
				    const struct vtd_request *request)
{
	plain->translation = request->type == VTD_AT_TRANSLATION;
	plain->want = request->access;
	if (plain->translation)
		plain->want = request->no_write && caps->no_write_flag ?
				      VTD_ACCESS_READ :
				      VTD_ACCESS_ATOMIC;
	else if (UNLIKELY(request->type != VTD_AT_UNTRANSLATED))
		return false;
	if (UNLIKELY(plain->want - 1 >= VTD_ACCESS_ATOMIC))
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
	plain->flags = vtd_config_view_word(
		&plain->view, offsetof(struct vtd_config_entry, plain) / 8);
	plain->privileged = request->pasid_present ?
				    request->privileged :
				    (plain->flags & VTD_PLAIN_RID_PRIVILEGED) !=
					    0;
	return (!plain->privileged ||
		(plain->flags & VTD_PLAIN_PRIVILEGED_REQUESTS) != 0) &&
	       (!plain->translation ||
		(plain->flags & VTD_PLAIN_TRANSLATION_REQUESTS) != 0);
}

static INLINE void
answer(const struct plain *plain, const struct vtd_request *request,
       const struct page *page, struct vtd_translation *result)
{
	uint64_t rights = page->rights;

	if (plain->translation)
		rights &= plain->want;
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
	struct plain plain = { .mem = &unit->mem, .probe = probe };
	struct page page = {
		.address = request->address,
		.rights = VTD_ACCESS_ATOMIC,
	};

	if (UNLIKELY(changes % 2 != 0) ||
	    UNLIKELY(!vtd_unit_is_on(unit, VTD_GSTS_TES)) ||
	    UNLIKELY(!request_is_plain(&plain, &unit->config, request)) ||
	    UNLIKELY(!requester_is_plain(&plain, &unit->config_cache, request)))
		return false;
	page.snoop = (plain.flags & VTD_PLAIN_SNOOP) != 0;
	if (UNLIKELY(!go(&plain, &unit->config, request, &page)) ||
	    UNLIKELY(!vtd_config_view_is_valid(&plain.view)) ||
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
	if (!vtd_plain_translate(unit, request, true, result))
		vtd_translate(unit, request, true, result);
}
