/* SPDX-License-Identifier: BSD-3-Clause */
/* Path 1 where nothing is unusual. */
#ifndef VTD_SRC_TRANSLATE_PLAIN_WALK_H
#define VTD_SRC_TRANSLATE_PLAIN_WALK_H

#include <stdbool.h>

#include <vtd/vtd.h>

/*
 * True: *result is the answer, and there is no more to do for the request.
 * False: the whole path has to be gone, and *result is not touched.
 */
bool vtd_plain_translate(struct vtd_unit *unit,
			 const struct vtd_request *request, bool probe,
			 struct vtd_translation *result);

#endif /* VTD_SRC_TRANSLATE_PLAIN_WALK_H */
