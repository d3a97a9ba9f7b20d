/* SPDX-License-Identifier: BSD-3-Clause */
/* What the two ends of a wire share (docs/wire.md): a stream socket for messages,
 * a file for guest memory. */
#ifndef EXAMPLES_REMOTE_H
#define EXAMPLES_REMOTE_H

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <vtd/kit/wire.h>

/* Open files of a device process. */
enum { REMOTE_SOCKET = 3, REMOTE_MEMORY = 4 };
#define REMOTE_MEMORY_SIZE (UINT64_C(1) << 20)

/* Guest memory, of which both have the file; NULL: it cannot be had. */
static char *remote_memory(int file)
{
	void *memory = mmap(NULL, REMOTE_MEMORY_SIZE, PROT_READ | PROT_WRITE,
			    MAP_SHARED, file, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static bool remote_send(int fd, const struct vtd_kit_wire_message *message)
{
	uint8_t bytes[VTD_KIT_WIRE_SIZE];

	return vtd_kit_wire_encode(message, bytes) == 0 &&
	       send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL) == sizeof(bytes);
}

/* Blocks.  False: the other end is gone, or says what it should not. */
static bool remote_receive(int fd, struct vtd_kit_wire_message *message)
{
	uint8_t bytes[VTD_KIT_WIRE_SIZE];

	return recv(fd, bytes, sizeof(bytes), MSG_WAITALL) == sizeof(bytes) &&
	       vtd_kit_wire_decode(bytes, message) == 0;
}

#endif /* EXAMPLES_REMOTE_H */
