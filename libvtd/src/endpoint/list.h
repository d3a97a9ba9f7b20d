/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Doubly linked lists of structures in other people's memory: a ring through a
 * head.  Unlinking needs no list.  The owner's lock protects all links.
 */
#ifndef VTD_SRC_ENDPOINT_LIST_H
#define VTD_SRC_ENDPOINT_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include <vtd/atc.h>

/* The structure of `type` whose member `member` is at `link`. */
#define VTD_LIST_ENTRY(link, type, member) \
	((type *)((char *)(link)-offsetof(type, member)))

/* `link` runs over the list; the body must not unlink it. */
#define VTD_LIST_EACH(link, list)                                      \
	for (struct vtd_atc_link *link = (list)->next; link != (list); \
	     link = link->next)

static inline void vtd_list_init(struct vtd_atc_link *list)
{
	list->next = list;
	list->previous = list;
}

static inline bool vtd_list_empty(const struct vtd_atc_link *list)
{
	return list->next == list;
}

static inline void vtd_list_append(struct vtd_atc_link *list,
				   struct vtd_atc_link *link)
{
	link->next = list;
	link->previous = list->previous;
	list->previous->next = link;
	list->previous = link;
}

static inline void vtd_list_remove(struct vtd_atc_link *link)
{
	link->previous->next = link->next;
	link->next->previous = link->previous;
}

#endif /* VTD_SRC_ENDPOINT_LIST_H */
