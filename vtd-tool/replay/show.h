/* SPDX-License-Identifier: BSD-3-Clause */
/* Records in words. */
#ifndef VTD_REPLAY_SHOW_H
#define VTD_REPLAY_SHOW_H

#include <vtd/record.h>

#define SHOW_TEXT_MAX 512

/* One line without its end; what does not fit is left out.  Returns `text`. */
const char *show_record(char text[SHOW_TEXT_MAX],
			const struct vtd_record *record);

/* A kind has a row: whoever plays recordings knows it. */
bool show_knows(unsigned int kind);

#endif /* VTD_REPLAY_SHOW_H */
