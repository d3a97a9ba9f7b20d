/* SPDX-License-Identifier: BSD-3-Clause */
/* What an invalidation removes from the array, and how it finds it. */
#include "atc_array_private.h"

static bool scope_has_tag(const struct vtd_atc_scope *scope, bool pasid_present,
			  uint32_t pasid)
{
	return scope->every_tag || (pasid_present && pasid == scope->pasid);
}

static bool scope_has_block(const struct vtd_atc_scope *scope, uint64_t block,
			    unsigned int shift)
{
	return block >= scope->first >> shift && block <= scope->last >> shift;
}

bool vtd_atc_scope_touches(const struct vtd_atc_scope *scope,
			   const struct vtd_atc_access *access,
			   unsigned int shift)
{
	return scope_has_tag(scope, access->pasid_present, access->pasid) &&
	       scope_has_block(scope, access->address >> shift, shift);
}

static unsigned int drop_group(struct vtd_atc_array *array,
			       struct vtd_atc_group *group)
{
	unsigned int removed = group->live;

	group->live = 0;
	atomic_store(&group->dropped, array->clock | (VTD_ATC_TICK - 1));
	return removed;
}

static unsigned int drop_pasid(struct vtd_atc_array *array, uint32_t pasid)
{
	unsigned int removed = drop_group(array, group_of(array, true, pasid));

	array->tagged.live -= removed;
	return removed;
}

static unsigned int drop_all(struct vtd_atc_array *array)
{
	array->sizes_used = 0;
	return drop_group(array, &array->tagged) +
	       drop_group(array, &array->untagged);
}

static bool is_in_scope(const struct vtd_atc_line *line, unsigned int way,
			const struct vtd_atc_scope *scope)
{
	uint64_t key = line->key[way];

	return key != 0 &&
	       scope_has_block(scope, block_of(key), shift_of(key)) &&
	       scope_has_tag(scope, key & KEY_PASID_PRESENT,
			     pasid_of(key, line->high[way]));
}

static unsigned int remove_from_line(struct vtd_atc_array *array,
				     struct vtd_atc_line *line,
				     const struct vtd_atc_scope *scope)
{
	unsigned int which = 0;
	unsigned int live, snoop;

	for (unsigned int way = VTD_ATC_LINE; way-- > 0;)
		which |= (unsigned int)is_in_scope(line, way, scope) << way;
	if (!which)
		return 0;
	live = live_ways(array, line);
	which &= live;
	for (unsigned int way = 0; which >> way != 0; way++)
		if (which >> way & 1)
			count_live(array, line, way, -1);
	snoop = begin_change(line, live & ~which);
	end_change(array, line, snoop);
	return (unsigned int)__builtin_popcount(which);
}

/* `count`: entries of whole sets. */
static unsigned int remove_from(struct vtd_atc_array *array,
				struct vtd_atc_line *lines, unsigned int count,
				const struct vtd_atc_scope *scope)
{
	unsigned int line_count = count / array->ways * array->set_lines;
	unsigned int removed = 0;

	array->searched += count;
	for (unsigned int i = 0; i < line_count; i++)
		removed += remove_from_line(array, &lines[i], scope);
	return removed;
}

/* How many entries there are where a page of the scope can be: one set, or all
 * of a neighbourhood. */
static unsigned int width_of(const struct vtd_atc_array *array,
			     const struct vtd_atc_scope *scope)
{
	if (scope->every_tag && array->tagged.live)
		return array->ways << array->neighbours_shift;
	return array->ways;
}

/* Whether looking at all places where pages of the scope can be is a short
 * search. */
static bool is_short(const struct vtd_atc_array *array,
		     const struct vtd_atc_scope *scope)
{
	uint64_t places = 0;

	for (unsigned int i = 0; i < PAGE_SIZES; i++)
		if (array->sizes_used & page_size[i].size)
			places += (scope->last >> page_size[i].shift) -
				  (scope->first >> page_size[i].shift) + 1;
	return places <= VTD_ATC_SEARCH_MAX / width_of(array, scope);
}

/* In a short search. */
static unsigned int remove_pages(struct vtd_atc_array *array,
				 const struct vtd_atc_scope *scope)
{
	const unsigned int width = width_of(array, scope);
	const uint32_t pasid = scope->every_tag ? 0 : scope->pasid;
	unsigned int removed = 0;

	for (unsigned int i = 0; i < PAGE_SIZES; i++) {
		unsigned int shift = page_size[i].shift;
		uint64_t last = scope->last >> shift;

		if (!(array->sizes_used & page_size[i].size))
			continue;
		for (uint64_t block = scope->first >> shift; block <= last;
		     block++)
			removed += remove_from(
				array,
				width > array->ways ?
					neighbourhood_of(array, block, shift) :
					set_of(array, block, shift, pasid),
				width, scope);
	}
	return removed;
}

unsigned int vtd_atc_array_remove(struct vtd_atc_array *array,
				  const struct vtd_atc_scope *scope)
{
	bool whole = scope->first == 0 && scope->last == UINT64_MAX;
	unsigned int removed;

	if (whole)
		return scope->every_tag ? drop_all(array) :
					  drop_pasid(array, scope->pasid);
	if (is_short(array, scope))
		return remove_pages(array, scope);
	if (array->entry_count <= VTD_ATC_SEARCH_MAX)
		return remove_from(array, array->lines, array->entry_count,
				   scope);
	if (!scope->every_tag)
		return drop_pasid(array, scope->pasid);
	/* Without them the search may be short. */
	removed = drop_group(array, &array->tagged);
	if (is_short(array, scope))
		return removed + remove_pages(array, scope);
	return removed + drop_all(array);
}
