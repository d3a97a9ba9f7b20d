/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public structures that begin with their size (vtd.h, "Growth"): the program's
 * headers may be older or newer than this library.
 */
#ifndef VTD_SRC_SIZED_H
#define VTD_SRC_SIZED_H

#include <stddef.h>
#include <string.h>

/* Fill in a program's structure of `size` bytes: defaults as far as it goes, 0
 * in what only the program knows. */
static inline void vtd_sized_init(void *to, size_t size, const void *defaults,
				  size_t known)
{
	if (size < sizeof(size))
		return;
	memset(to, 0, size);
	memcpy(to, defaults, size < known ? size : known);
	memcpy(to, &size, sizeof(size));
}

/*
 * Take a program's structure over into `to`, which has the defaults and `known`
 * bytes; what the program does not know keeps them.  Returns NULL, or why it
 * cannot be, in words.
 */
static inline const char *vtd_sized_take(void *to, size_t known,
					 const void *from)
{
	const unsigned char *bytes = (const unsigned char *)from;
	size_t size;

	memcpy(&size, from, sizeof(size));
	if (size <= sizeof(size))
		return "size is not set: use the function that fills in defaults";
	for (size_t i = known; i < size; i++)
		if (bytes[i] != 0)
			return "size says that there are members which this "
			       "library does not know, and one of them is set";
	if (size > known)
		size = known;
	memcpy((unsigned char *)to + sizeof(size), bytes + sizeof(size),
	       size - sizeof(size));
	return NULL;
}

#endif /* VTD_SRC_SIZED_H */
