/* SPDX-License-Identifier: BSD-3-Clause */
/* Remapping faults, as the kernel's log tells them. */
#ifndef CLIENT_FAULTS_H
#define CLIENT_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

struct fault {
	char device[16]; /* 0000:00:03.0 */
	uint64_t address;
	unsigned int reason;
	bool write;
};

/* Forgets all faults so far. */
void faults_forget(void);
/* The next fault since then; false when there is none yet. */
bool faults_next(struct fault *fault);

#endif
