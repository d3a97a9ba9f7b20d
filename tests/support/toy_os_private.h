/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the files of the toy OS. */
#ifndef VTD_TESTS_TOY_OS_PRIVATE_H
#define VTD_TESTS_TOY_OS_PRIVATE_H

#include "toy_os.h"

/* An empty table of a process. */
uint64_t toy_new_table(struct toy_process *process);
/* Give all frames of its pages up; no access can come any more. */
void toy_release_pages(struct toy_process *process);

void toy_os_start_requests(struct toy_os *os, uint64_t seed);
void toy_os_stop_requests(struct toy_os *os);

/* All that is in the page request queue now is served and answered. */
void toy_os_pass(struct toy_os *os);

#endif /* VTD_TESTS_TOY_OS_PRIVATE_H */
